"""Whether orders are whole is told from neighbours, and where that proves nothing, by putting lines together."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.model.canonical_tables import SALE
from data.store import whole_orders
from data.store.duckdb_engine import scratch
from tests.data.load_files import ask, shop

JANUARY, FEBRUARY = 19_723, 19_754  # days since 1970-01-01
Line = tuple[int, int, int, int, bool]

WHOLE: list[Line] = [
    (7, JANUARY, 1, 1, False),
    (7, JANUARY, 1, 1, False),
    (7, JANUARY + 3, 2, 1, True),  # what is given back may differ
    (9, JANUARY, 1, 2, False),
    (8, FEBRUARY, 1, 1, False),
    (8, FEBRUARY, 1, 1, False),
]


def told(lines: list[Line]) -> bool:
    with scratch() as connection:
        connection.execute(
            "CREATE TABLE sale (order_key INTEGER NOT NULL, day_key INTEGER NOT NULL, customer_key INTEGER NOT NULL,"
            " channel_key INTEGER NOT NULL, is_return BOOLEAN NOT NULL)"
        )
        if lines:
            connection.executemany("INSERT INTO sale VALUES (?, ?, ?, ?, ?)", lines)
        return whole_orders.are_whole(connection, SALE)


@pytest.mark.parametrize("at_once", [1, 2_000_000])
def test_orders_of_one_day_customer_and_channel_are_whole(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(whole_orders, "AT_ONCE", at_once)
    assert told(WHOLE)
    assert told([])


@pytest.mark.parametrize("at_once", [1, 2_000_000])
@pytest.mark.parametrize(
    "line",
    [
        (8, FEBRUARY + 1, 1, 1, False),
        (8, FEBRUARY, 2, 1, False),
        (8, FEBRUARY, 1, 2, False),
        (8, FEBRUARY + 31, 1, 1, False),  # in another month
        (7, FEBRUARY, 1, 1, False),  # away from its own
    ],
)
def test_an_order_that_is_split_or_lies_apart_is_not_told_whole(
    monkeypatch: pytest.MonkeyPatch, line: Line, at_once: int
) -> None:
    monkeypatch.setattr(whole_orders, "AT_ONCE", at_once)
    assert not told([*WHOLE, line])


def test_orders_whose_lines_came_in_two_loads_are_looked_at_by_number(tmp_path: Path) -> None:
    settings = "SELECT value FROM setting WHERE name = 'orders_are_whole'"
    for name, customer, found in (("a.csv", "c1", "yes"), ("b.csv", "c1", "yes"), ("c.csv", "c2", "no")):
        lines = [["2024-01-05", number, customer, "Italy", name, "2", "1.25"] for number in ("A1", "A2")]
        shop(tmp_path, lines, name=name)
        assert ask(tmp_path, settings) == [(found,)]
