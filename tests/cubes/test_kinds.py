"""Measures that do not add up: stock over time, customers alive, medians; each as a loop over its rows says."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from cubes.ask.answer import Answer, ask
from cubes.query import Query, parse_cut
from data.store.warehouse import Warehouse
from tests.oracle import member, period_days
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import Row, with_facts

Key = tuple[str | None, ...]


def cells(answer: Answer, measure: str) -> dict[Key, Any]:
    ids = [f"{level}.id" for level in answer.query.by]
    return {row[:-1]: row[-1] for row in answer.frame.select(*ids, measure).iter_rows()}


def keys_of(ids: Sequence[str], totals: bool) -> list[Key]:
    """The cells that a row with these members lies in, when all levels are rows."""
    kept = range(len(ids) + 1) if totals else [len(ids)]
    return [tuple(each if at < kept_ else None for at, each in enumerate(ids)) for kept_ in kept]


COUNTS: list[Row] = [
    {"day": date(2011, 1, 10), "product": "Cup", "partner": "Weaver", "place": "Prato", "on_hand": 5},
    {"day": date(2011, 1, 10), "product": "Cup", "partner": "Weaver", "place": "Lucca", "on_hand": 2},
    {"day": date(2011, 1, 10), "product": "Pan", "partner": "Dyer", "place": "Prato", "on_hand": 9},
    {"day": date(2011, 1, 20), "product": "Cup", "partner": "Weaver", "place": "Prato", "on_hand": 4},
    {"day": date(2011, 1, 20), "product": "Pan", "partner": "Dyer", "place": "Prato", "on_hand": 7},
    {"day": date(2011, 2, 10), "product": "Cup", "partner": "Weaver", "place": "Prato", "on_hand": 1,
     "reorder_level": 3},
    {"day": date(2011, 2, 10), "product": "Pan", "partner": "Dyer", "place": "Prato", "on_hand": 8,
     "reorder_level": 3},
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Two products in two places, counted three times; the cups of Lucca only once."""
    path = tmp_path_factory.mktemp("store") / "w.duckdb"
    tiny_warehouse(path, [Line(), Line(order="o2", product="Pan", category="Oven")]).close()
    warehouse = with_facts(path, stock=COUNTS)
    yield warehouse
    warehouse.close()


def stock(measure: str, *rows: str, cuts: tuple[str, ...] = ()) -> Query:
    return Query((measure,), rows, cuts=tuple(map(parse_cut, cuts)), totals=True, cube="stock")


def test_stock_never_adds_up_over_time(store: Warehouse) -> None:
    # Summed over time it would be 36.
    assert cells(ask(store, stock("on_hand", "month")), "on_hand") == {
        ("2011-01",): 4 + 2 + 7,
        ("2011-02",): 1 + 2 + 8,
        (None,): 1 + 2 + 8,
    }
    assert cells(ask(store, stock("on_hand_at_first", "month")), "on_hand_at_first") == {
        ("2011-01",): 5 + 2 + 9,
        ("2011-02",): 1 + 2 + 8,
        (None,): 5 + 2 + 9,
    }


def test_stock_adds_up_along_all_else(store: Warehouse) -> None:
    assert cells(ask(store, stock("on_hand", "category", "month")), "on_hand") == {
        ("Home/Kitchen", "2011-01"): 6,
        ("Home/Kitchen", "2011-02"): 3,
        ("Home/Kitchen", None): 3,
        ("Home/Oven", "2011-01"): 7,
        ("Home/Oven", "2011-02"): 8,
        ("Home/Oven", None): 8,
        (None, None): 11,
    }
    assert cells(ask(store, stock("on_hand", "partner")), "on_hand") == {
        ("Weaver",): 3,
        ("Dyer",): 8,
        (None,): 11,
    }


def test_a_cut_moves_the_last_day(store: Warehouse) -> None:
    query = stock("on_hand", "product", cuts=("day=2011-01-01..2011-01-15",))
    assert cells(ask(store, query), "on_hand") == {("Cup",): 7, ("Pan",): 9, (None,): 16}
    query = stock("on_hand", cuts=("category=Oven", "month=2011-01"))
    assert cells(ask(store, query), "on_hand") == {(): 7}


def test_average_stock_is_that_of_the_days_counted(store: Warehouse) -> None:
    answer = ask(store, stock("average_on_hand", "month", cuts=("product=Pan",)))
    assert cells(answer, "average_on_hand") == {("2011-01",): 8.0, ("2011-02",): 8.0, (None,): 24 / 3}


def test_what_must_be_ordered_is_told_by_the_last_count(store: Warehouse) -> None:
    assert ask(store, stock("to_reorder")).frame["to_reorder"].to_list() == [1]


def test_where_nothing_was_counted_nothing_is_known(store: Warehouse) -> None:
    query = stock("on_hand", cuts=("day=2010-01-01..2010-12-31",))
    assert ask(store, query).frame["on_hand"].to_list() == [None]


def lines_of(seed: int) -> list[Line]:
    dice = random.Random(seed)
    homes = {"Ann": "France", "Bob": "Italy", "Cleo": "Italy", "(unknown)": "(unknown)"}
    lines = []
    for at in range(60):
        customer = dice.choice(list(homes))
        lines.append(
            Line(
                day=date(2010, 1, 1) + timedelta(days=dice.randrange(900)),
                order=f"o{at}",
                customer=customer,
                country=homes[customer],
                product=dice.choice(["Cup", "Pan"]),
                revenue=str(dice.randrange(1, 60)),
                is_return=dice.random() < 0.2,
            )
        )
    return lines


def alive(lines: list[Line], end: date) -> int:
    """Different known customers who bought in the 365 days up to `end`."""
    days = {end - timedelta(days=back) for back in range(365)}
    return len({x.customer for x in lines if x.day in days and not x.is_return} - {"(unknown)"})


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "rows", [("month",), ("year",), ("country", "quarter"), ("product", "month"), ("country",)]
)
def test_customers_alive_look_back_from_the_end_of_the_period(
    tmp_path: Path, seed: int, rows: tuple[str, ...]
) -> None:
    lines = lines_of(seed)
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", lines)
    found = cells(ask(warehouse, Query(("customers_alive",), rows, totals=True)), "customers_alive")
    warehouse.close()
    last = max(line.day for line in lines)
    for line in lines:
        for key in keys_of([member(line, level) for level in rows], True):
            end = last
            for level, identity in zip(rows, key, strict=True):
                if level in ("month", "quarter", "year") and identity:
                    end = min(last, period_days(line.day, level)[-1])
            own = [
                x
                for x in lines
                if all(
                    identity is None or level in ("month", "quarter", "year") or member(x, level) == identity
                    for level, identity in zip(rows, key, strict=True)
                )
            ]
            assert found[key] == alive(own, end), (key, end)


def test_customers_alive_within_a_cut_of_time(tmp_path: Path) -> None:
    lines = [
        Line(day=date(2010, 3, 31), order="a", customer="Ann"),
        Line(day=date(2010, 4, 1), order="b", customer="Bob"),
        Line(day=date(2011, 3, 31), order="c", customer="Cleo"),
        Line(day=date(2011, 4, 1), order="d", customer="Cleo"),
        Line(day=date(2011, 4, 1), order="e", customer="Dan", is_return=True),
    ]
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", lines)
    for cut, wanted in (
        ("month=2011-03", 2),
        ("day=2010-01-01..2011-03-30", 2),
        ("year=2010", 2),
        ("year=2011", 1),
    ):
        query = Query(("customers_alive", "customers"), cuts=(parse_cut(cut),))
        assert ask(warehouse, query).frame["customers_alive"].to_list() == [wanted], cut
    warehouse.close()


@pytest.mark.parametrize("rows", [("country",), ("year", "product"), ("product", "quarter")])
def test_quantiles_are_those_of_all_lines_of_a_cell(tmp_path: Path, rows: tuple[str, ...]) -> None:
    lines = lines_of(7)
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", lines)
    found = cells(ask(warehouse, Query(("median_line_value",), rows, totals=True)), "median_line_value")
    values: dict[Key, list[float]] = {}
    for line in lines:
        for key in keys_of([member(line, level) for level in rows], True):
            values.setdefault(key, []).extend([] if line.is_return else [float(line.revenue)])
    assert found == {key: median(each) if each else None for key, each in values.items()}
    warehouse.close()


def test_a_quantile_of_others_is_asked_again(tmp_path: Path) -> None:
    values = {"Ann": (1, 2, 3), "Bob": (10, 20, 90), "Cleo": (4,), "Dan": (5, 6)}
    lines = [
        Line(order=f"{who}{at}", customer=who, revenue=str(value))
        for who, each in values.items()
        for at, value in enumerate(each)
    ]
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", lines)
    query = Query(("median_line_value",), ("customer",), top=(("customer", 1),), totals=True)
    frame = ask(warehouse, query).frame
    assert frame["median_line_value"].to_list() == [20.0, 3.5, 5.0]
    warehouse.close()


def test_lines_and_pieces_of_an_order_leave_returns_out(tmp_path: Path) -> None:
    """Two orders of three lines and seven pieces; one line with two of them came back under an order of its own."""
    bought = [Line(units=4), Line(product="Pot", units=1), Line(order="o2", units=2)]
    back = Line(order="r1", units=-2, revenue="-20.00", is_return=True)
    store = tiny_warehouse(tmp_path / "w.duckdb", [*bought, back])
    found = ask(store, Query(("lines_per_order", "units_per_line"))).frame
    assert found.select("lines_per_order", "units_per_line").row(0) == pytest.approx((3 / 2, 7 / 3))
    store.close()
