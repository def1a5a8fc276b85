"""The grid behind pivot and charts: order, totals, partial periods, and what a table prints."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cubes import catalogue
from cubes.ask.answer import ask
from cubes.member_order import MemberOrder
from cubes.query import Comparison, Cut, Query
from data.store.warehouse import Warehouse
from pages.explore.explore_view import View
from pages.explore.table_of_view import table
from pages.ui.answer_grid import AnswerGrid
from pages.ui.figures import OTHERS
from pages.ui.pivot.pivot_table import payload
from pages.ui.style.locales import Locale
from tests.tiny import Line, tiny_warehouse


@pytest.fixture
def firm(tmp_path: Path) -> Warehouse:
    def line(day: date, order: str, country: str, region: str, revenue: str) -> Line:
        return Line(
            day=day, order=order, country=country, region=region, city=f"{region}ville", revenue=revenue
        )

    return tiny_warehouse(
        tmp_path / "w.duckdb",
        [
            line(date(2010, 1, 1), "a", "Italy", "North", "100.00"),
            line(date(2011, 3, 1), "b", "Italy", "South", "300.00"),
            line(date(2011, 3, 2), "c", "France", "North", "250.00"),
            line(date(2011, 3, 3), "d", "Spain", "North", "200.00"),
            line(date(2011, 3, 3), "e", "Malta", "North", "50.00"),
        ],
    )


def grid_of(firm: Warehouse, query: Query) -> AnswerGrid:
    cube = catalogue.load("sales", firm.profile)
    return AnswerGrid(ask(firm, query), cube)


def test_rows_go_by_value_nested_with_others_last_and_columns_in_time(firm: Warehouse) -> None:
    query = Query(("revenue",), ("country", "region"), ("year",), top=(("country", 2),), totals=True)
    grid = grid_of(firm, query)
    assert [head.ids for head in grid.rows] == [
        ("Italy",),
        ("Italy", "Italy/South"),
        ("Italy", "Italy/North"),
        ("France",),
        ("France", "France/North"),
        (OTHERS,),
        (OTHERS, "Spain/North"),
        (OTHERS, "Malta/North"),
    ]
    assert [head.ids for head in grid.columns] == [("2010",), ("2011",)]
    assert grid.value("revenue") == 900.0
    assert grid.value("revenue", (OTHERS,)) == 250.0
    assert grid.value("revenue", ("Italy",), ("2010",)) == 100.0
    assert grid.value("revenue", ("France",), ("2010",)) is None


def test_the_table_holds_every_measure_and_marks_unfinished_periods(firm: Warehouse) -> None:
    query = Query(("revenue", "orders"), ("country",), ("year",), totals=True)
    drawn = table(grid_of(firm, query), View(query), firm.profile, "EUR")
    assert [head.label for head in drawn.rows] == ["Italy", "France", "Spain", "Malta"]
    assert [head.partial for head in drawn.columns] == [False, True]
    revenue, orders = drawn.measures
    assert np.isnan(revenue.values[1:4, 0]).all()
    assert revenue.values[:, 1].tolist() == [300, 250, 200, 50, 800]
    assert revenue.values[-1].tolist() == [100, 800, 900]
    assert orders.values[:, -1].tolist() == [2, 1, 1, 1, 5]
    assert revenue.look == "colours"


def test_columns_stand_as_a_person_put_them_the_gone_passed_over_and_new_ones_last(firm: Warehouse) -> None:
    query = Query(("revenue",), ("year",), ("country", "region"), top=(("country", 3),), totals=True)
    cube = catalogue.load("sales", firm.profile)
    usual = AnswerGrid(ask(firm, query), cube)
    assert [head.ids for head in usual.columns if len(head.ids) == 1] == [
        ("Italy",), ("France",), ("Spain",), (OTHERS,)
    ]  # fmt: skip
    places = (
        ("country", (OTHERS, "Atlantis", "Spain", "Italy")),
        ("region", ("Italy/North",)),
        ("year", ("2011",)),
    )
    grid = AnswerGrid(ask(firm, query), cube, places)
    assert [head.ids for head in grid.columns] == [
        ("Spain",), ("Spain", "Spain/North"), ("Italy",), ("Italy", "Italy/North"), ("Italy", "Italy/South"),
        ("France",), ("France", "France/North"), (OTHERS,), (OTHERS, "Malta/North"),
    ]  # fmt: skip
    assert [head.ids for head in grid.rows] == [("2010",), ("2011",)], (
        "of rows the order says, not their places"
    )
    for at, head in enumerate(grid.columns):
        old = usual.columns.index(head)
        assert np.array_equal(grid.array("revenue")[:, at], usual.array("revenue")[:, old], equal_nan=True)
    years = replace(query, rows=("country",), columns=("year",))
    placed = AnswerGrid(ask(firm, years), cube, (("year", ("2011",)),))
    assert [head.label for head in placed.columns] == ["2011", "2010"]
    view = View(years, places=(("year", ("2011",)), ("month", ("2011-03",))))
    assert table(placed, view, firm.profile, "EUR").placed
    assert not table(placed, replace(view, places=view.places[1:]), firm.profile, "EUR").placed


def test_changes_are_shares_of_what_was_before(firm: Warehouse) -> None:
    query = Query(("revenue",), ("country",), ("year",), totals=True, compare=Comparison.YEAR)
    drawn = table(grid_of(firm, query), View(query), firm.profile, "EUR")
    growths = drawn.measures[0].growths
    assert growths is not None
    assert growths[0, 1] == pytest.approx(2.0)
    assert np.isnan(growths[1]).all()
    days = replace(query, measures=("last_purchase",))
    assert table(grid_of(firm, days), View(days), firm.profile, "EUR").measures[0].growths is None


def test_the_table_is_sent_with_the_signs_of_its_reader(firm: Warehouse, italian: Locale) -> None:
    query = Query(("revenue",), ("country",), ("year",), totals=True, compare=Comparison.YEAR)
    sent = payload(table(grid_of(firm, query), View(query), firm.profile, "EUR"))
    assert sent["locale"] == italian.sent()
    assert (sent["locale"]["decimal"], sent["locale"]["day"]) == (",", "{day} {month} {year}")
    assert sent["measures"][0]["form"][3:5] == ["", "\N{NO-BREAK SPACE}€"]


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (MemberOrder("revenue", ascending=True), ["Malta", "Spain", "France", "Italy"]),
        (MemberOrder("name", ascending=True), ["France", "Italy", "Malta", "Spain"]),
        (MemberOrder("name"), ["Spain", "Malta", "Italy", "France"]),
        (MemberOrder("revenue", (Cut("year", ("2011",)),)), ["Italy", "France", "Spain", "Malta"]),
        (MemberOrder("revenue", (Cut("year", ("2010",)),)), ["Italy", "France", "Malta", "Spain"]),
    ],
)
def test_rows_stand_as_the_question_orders_them(
    firm: Warehouse, order: MemberOrder, wanted: list[str]
) -> None:
    query = Query(("revenue",), ("country",), ("year",), totals=True, order=order)
    assert [head.label for head in grid_of(firm, query).rows] == wanted


def test_a_subtotal_stands_before_its_members_in_any_order(firm: Warehouse) -> None:
    order = MemberOrder("revenue", ascending=True)
    query = Query(("revenue",), ("country", "region"), totals=True, order=order)
    rows = [head.ids for head in grid_of(firm, query).rows]
    assert rows[-3:] == [("Italy",), ("Italy", "Italy/North"), ("Italy", "Italy/South")]


@pytest.mark.parametrize("compare", [None, Comparison.YEAR])
def test_whoever_was_alive_once_has_a_total_of_none_left(tmp_path: Path, compare: Comparison | None) -> None:
    """Bob, the only French customer, has not bought for two years: France had one alive, and has none."""
    firm = tiny_warehouse(
        tmp_path / "w.duckdb",
        [
            Line(order="a", customer="Bob", country="France"),
            Line(order="b", customer="Ann", country="Italy", day=date(2013, 1, 1)),
        ],
    )
    question = Query(("customers_alive",), ("country", "year"), totals=True, compare=compare)
    answer, cube = ask(firm, question, gapless=True), catalogue.load("sales", firm.profile)
    grid = AnswerGrid(answer, cube)
    alive = {
        ids: grid.value("customers_alive", ids)
        for ids in [("France",), ("France", "2011"), ("France", "2013"), ()]
    }
    assert list(alive.values()) == [0, 1, 0, 1]
    assert [head.ids for head in grid.rows] == [
        (country, *year) for country in ("Italy", "France") for year in ((), ("2011",), ("2012",), ("2013",))
    ]
    assert table(grid, View(question), firm.profile, "EUR").rows


def test_members_whose_total_is_not_known_stand_above_their_own(firm: Warehouse) -> None:
    """As where two weeks of different years are held against the ones before: the total has none before it."""
    answer = ask(firm, Query(rows=("country", "region"), totals=True))
    without = (pl.col("country") != "Italy") | (pl.col("grouping") != 1)
    grid = AnswerGrid(
        replace(answer, frame=answer.frame.filter(without)), catalogue.load("sales", firm.profile)
    )
    heads = [head.ids for head in grid.rows]
    at = heads.index(("Italy",))
    assert heads[at : at + 3] == [("Italy",), ("Italy", "Italy/South"), ("Italy", "Italy/North")]
    assert (grid.value("revenue", ("Italy",)), grid.value("revenue", ("Italy", "Italy/South"))) == (None, 300)
    assert grid.labels["country", "Italy"] == "Italy"
