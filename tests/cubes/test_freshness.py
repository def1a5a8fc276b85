"""A source that ends before the others is compared up to its last day; one that ended, or was followed, is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from cubes.ask.answer import ask
from cubes.ask.source_lags import lags
from cubes.query import parse_query
from data.model.calendar import day_key
from data.store.warehouse import Warehouse, writing
from tests.made_once import made_once
from tests.tiny import Line, tiny_warehouse

FIRST, AUTUMN, LAST = date(2023, 11, 1), date(2024, 10, 20), date(2024, 11, 30)


def firm(folder: Path, **sources: tuple[date, date, int]) -> Warehouse:
    """Each source sells for 10 every so many days from its first to its last day, by a channel of its own."""
    path = folder / "w.duckdb"
    made_once(path, sources, lambda: _make(path, sources))
    return Warehouse(path)


def _make(path: Path, sources: dict[str, tuple[date, date, int]]) -> None:
    lines = [
        Line(day=begin + timedelta(days=at), order=f"{name}{at}", channel=name, revenue="10")
        for name, (begin, end, every) in sources.items()
        for at in range(0, (end - begin).days + 1, every)
    ]
    tiny_warehouse(path, lines).close()
    with writing(path) as connection:
        for batch, name in enumerate(sources, 2):
            connection.execute(
                "INSERT INTO batch VALUES (?, ?, TIMESTAMP '2024-12-01', TIMESTAMP '2024-12-01', 'load')",
                [batch, name],
            )
            connection.execute(
                "UPDATE sale SET batch = ? FROM channel AS c WHERE c.channel_key = sale.channel_key AND c.id = ?",
                [batch, name],
            )


@pytest.fixture
def late(tmp_path: Path) -> Warehouse:
    return firm(tmp_path, till=(FIRST, LAST, 1), web=(FIRST, date(2024, 11, 10), 1))


@pytest.mark.parametrize("compare", ["year", "previous", "weekdays", "2024-10"])
@pytest.mark.parametrize("rows", ["", "month", "channel"])
def test_flat_trade_does_not_fall_where_a_source_is_late(late: Warehouse, rows: str, compare: str) -> None:
    query = parse_query({"where": ["month=2024-11"], "rows": [rows], "compare": [compare]})
    answer = ask(late, query)
    told = (
        dict(zip(answer.frame["channel"], answer.frame["revenue:base"], strict=True))
        if rows == "channel"
        else {}
    )
    days = 31 if compare in ("previous", "2024-10") else 30
    if rows == "channel":
        assert told == {"till": 10 * days, "web": 100}
    else:
        assert answer.frame["revenue:base"].to_list() == [10 * days + 100]
    assert "web ends on 2024-11-10, 20 days before the rest" in answer.notes[0]


def test_periods_before_are_compared_whole_and_not_noted(late: Warehouse) -> None:
    answer = ask(late, parse_query({"where": ["month=2024-10"], "compare": ["previous"]}))
    assert answer.frame.select("revenue", "revenue:base").row(0) == (620, 600)
    assert len(answer.notes) == 1


def test_customers_are_counted_of_what_was_delivered(late: Warehouse) -> None:
    measures = ("orders", "customers", "average_order_value")
    query = replace(parse_query({"where": ["month=2024-11"], "compare": ["year"]}), measures=measures)
    frame = ask(late, query).frame
    assert frame["orders:base"][0] == 40
    assert frame["average_order_value:growth"][0] == 0


@pytest.mark.parametrize(
    ("sources", "late"),
    [
        ({"till": (FIRST, LAST, 1), "web": (FIRST, LAST - timedelta(days=1), 1)}, []),  # a day late is usual
        ({"till": (FIRST, LAST, 1), "web": (FIRST, LAST - timedelta(days=2), 1)}, ["web"]),
        ({"till": (FIRST, LAST, 1), "fair": (FIRST, LAST - timedelta(days=20), 25)}, []),  # sells now and then
        ({"till": (FIRST, LAST, 1), "old": (FIRST, LAST - timedelta(days=93), 1)}, []),  # ended long ago
        ({"new": (date(2024, 10, 1), LAST, 1), "old": (FIRST, date(2024, 9, 30), 1)}, []),  # was followed
        ({"new": (date(2024, 9, 1), LAST, 1), "old": (FIRST, date(2024, 9, 30), 1)}, []),  # beside each other
        ({"till": (AUTUMN, LAST, 1), "web": (AUTUMN, LAST - timedelta(days=9), 1)}, ["web"]),  # a young firm
        ({"till": (FIRST, LAST, 1)}, []),
    ],
)  # fmt: skip
def test_what_is_late_and_what_has_ended(
    tmp_path: Path, sources: dict[str, tuple[date, date, int]], late: list[str]
) -> None:
    warehouse = firm(tmp_path, **sources)
    found = lags(warehouse, "sale")
    assert [each.source for each in found] == late
    assert all(each.last == day_key(sources[each.source][1]) for each in found)
    warehouse.close()
