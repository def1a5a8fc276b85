"""Derivations asked of a warehouse: the engine brings along what each of them needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from tests.cubes.conftest import Make
from tests.tiny import Line


def column(warehouse: Warehouse, query: Query, *names: str) -> list[tuple[Any, ...]]:
    return ask(warehouse, query).frame.select(*query.by, *names).rows()


def test_who_left_takes_a_part_of_the_growth_as_well(firm: Make) -> None:
    warehouse = firm(
        Line(day=date(2010, 1, 1), order="a", country="Italy", revenue="40.00"),
        Line(day=date(2010, 1, 1), order="b", country="Spain", revenue="10.00"),
        Line(day=date(2011, 12, 31), order="c", country="Spain", revenue="15.00"),
        Line(day=date(2011, 12, 31), order="d", revenue="5.00"),
    )
    query = Query(("revenue", "revenue:contribution_year"), ("country",), cuts=(parse_cut("year=2011"),))
    assert column(warehouse, query, *query.measures) == [
        ("Spain", 15, pytest.approx(0.1)),
        ("France", 5, pytest.approx(0.1)),
        ("Italy", 0, pytest.approx(-0.8)),
    ]
    assert column(warehouse, replace(query, totals=True), query.measures[1])[-1] == (
        None,
        pytest.approx(-0.6),
    )


def test_running_totals_follow_the_order_that_is_read(shop: Warehouse) -> None:
    query = Query(("revenue", "revenue:running_total"), ("product",), totals=True)
    assert column(shop, query, *query.measures) == [
        ("Cup", 140, 140),
        ("Pan", 50, 190),
        ("Hat", 10, 200),
        (None, 200, 200),
    ]
    first = Query(("revenue:running_total",), ("product",))
    assert [name for name, _ in column(shop, first, *first.measures)] == ["Cup", "Pan", "Hat"]
    assert "along product, as its members are listed" in ask(shop, query).notes[0]


def test_running_totals_and_averages_go_by_periods(shop: Warehouse) -> None:
    query = Query(("revenue:running_total", "revenue:moving_average_2"), ("year", "month"))
    found = column(shop, query, *query.measures)
    known = {month: values for _, month, *values in found if values[0]}
    without = {f"2010-{month:02}": 150 for month in range(3, 13)}
    assert {month: total for month, (total, _) in known.items()} == {
        "2010-01": 100, "2010-02": 150, **without, "2011-01": 30, "2011-02": 50,
    }  # fmt: skip
    assert known["2010-01"][1] is None
    assert [known[month][1] for month in ("2010-02", "2010-03", "2010-04", "2011-02")] == [75, 25, 0, 25]


def test_a_share_of_the_total_and_a_rank_without_the_total_shown(shop: Warehouse) -> None:
    query = Query(("revenue:share_of_total", "revenue:rank"), ("country", "product"))
    assert column(shop, query, *query.measures) == [
        ("France", "Cup", pytest.approx(132.5 / 200), 1),
        ("France", "Hat", pytest.approx(0.05), 3),
        ("France", "Pan", pytest.approx(0.25), 2),
        ("Italy", "Cup", pytest.approx(7.5 / 200), 1),
    ]


def test_a_running_total_of_customers_is_refused(shop: Warehouse) -> None:
    with pytest.raises(BadRequest, match="Customers does not add up"):
        ask(shop, Query(("customers:running_total",), ("month",)))
