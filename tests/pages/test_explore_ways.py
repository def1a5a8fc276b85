"""Explore where a question cannot be shown, what it shows of a measure, and where an answer came from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import product
from pathlib import Path

import polars as pl
import pytest

from cubes import catalogue
from cubes.aggregates.aggregate import Refused
from cubes.aggregates.rollups.rollup_coverage import RollUpReason
from cubes.ask import answer_cache
from cubes.ask.answer import ask
from cubes.ask.execute_plan import TooLarge
from cubes.ask.explanation import CellsRead
from cubes.cells.reason import Because
from cubes.member_order import MemberOrder
from cubes.query import Against, Comparison, Cut, Derivation, DerivationForm, Period, Query
from data.export.parquet_bytes import parquet_bytes
from data.store.warehouse import Warehouse
from pages.explore import shown_as
from pages.explore.answer_source import by_reason, listed
from pages.explore.answers_of_view import columns_asked, meaningful, questions, with_ranks
from pages.explore.explore_view import View, a_level_up, in_its_cube, not_shared, with_fewer, without
from pages.explore.refused_question import all_cells
from pages.explore.table_of_view import table
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.export_files import cells_of
from tests.tiny import Line, tiny_warehouse

MEMBERS = {"customer": 20_000, "product": 2_000, "day": 1_000, "country": 11}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    lines = [
        Line(order="a", day=date(2010, 1, 1), country="Italy", customer="Ann", revenue="100.00"),
        Line(order="b", day=date(2010, 3, 1), country="France", customer="Bob", revenue="300.00"),
        Line(order="c", day=date(2011, 3, 1), country="Italy", customer="Ann", revenue="500.00"),
        Line(order="d", day=date(2011, 3, 1), country="France", customer="Bob", revenue="400.00"),
    ]
    return tiny_warehouse(tmp_path_factory.mktemp("firm").resolve() / "w.duckdb", lines)


def large() -> View:
    top = (("customer", 200), ("product", 200))
    return View(Query(rows=("customer", "product"), columns=("day",), top=top))


def test_the_longest_level_gets_a_top_of_ten_and_then_the_next(firm: Warehouse) -> None:
    cube = catalogue.load("sales", firm.profile)
    first = with_fewer(large(), cube, MEMBERS)
    assert first
    assert (first[0], dict(first[1].query.top)) == ("customer", {"customer": 10, "product": 200})
    second = with_fewer(first[1], cube, MEMBERS)
    assert second
    assert second[0] == "product"
    assert with_fewer(second[1], cube, MEMBERS) is None


def test_up_a_level_takes_the_longest_that_has_one_above(firm: Warehouse) -> None:
    cube = catalogue.load("sales", firm.profile)
    up = a_level_up(large(), cube, MEMBERS)
    assert up
    assert up[:2] == ("day", "month")
    assert up[2].query.columns == ("month",)
    countries = View(Query(rows=("country",), columns=("year",)))
    assert a_level_up(countries, cube, MEMBERS) is None


def test_pages_refuse_what_is_too_large_and_give_it_whole_where_it_is_wanted(
    firm: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(firm.path))
    monkeypatch.setattr(session, "MOST_CELLS", 3)
    answer_cache.shared.cache_clear()
    query = Query(("revenue",), ("customer",), ("year",))
    with pytest.raises(TooLarge):
        session.ask(query)
    with pytest.raises(TooLarge):
        session.ask(Query(("revenue",), ("customer",), ("year",), top=(("customer", 2),), totals=True))
    assert session.ask_whole(query).frame.height == 4
    assert session.ask(Query(("revenue",), ("customer",))).frame.height == 2
    answer_cache.shared.cache_clear()


def test_every_cell_can_be_taken_away(firm: Warehouse) -> None:
    frame = all_cells(firm, Query(("revenue",), ("customer",), ("year",)))
    assert frame.columns == ["customer", "year", "revenue"]
    assert pl.read_parquet(BytesIO(parquet_bytes(frame)))["revenue"].sum() == 1300


def test_files_hold_plain_cells_unless_subtotals_are_asked_for(firm: Warehouse) -> None:
    answer = ask(firm, Query(("revenue",), ("country",), ("year",), totals=True))
    plain, whole = cells_of(answer, totals=False), cells_of(answer, totals=True)
    assert plain.columns == ["country", "year", "revenue"]
    assert plain["revenue"].to_list() == [300, 400, 100, 500]
    assert whole.columns == ["country", "year", "grouping", "revenue"]
    assert whole["revenue"].sum() == 4 * plain["revenue"].sum()
    assert whole.filter(pl.col("grouping") == 0).drop("grouping").equals(plain)


@pytest.mark.parametrize("columns", [(), ("year",)])
def test_files_hold_what_was_asked_alone(firm: Warehouse, columns: tuple[str, ...]) -> None:
    query = Query(("revenue:rank", "orders"), ("country",), columns, compare=Comparison.YEAR)
    frame = columns_asked(cells_of(grid_of(firm, query).answer, totals=True), query)
    values = ["revenue:rank", "orders", "orders:base", "orders:growth"]
    assert sorted(frame.columns) == sorted(["country", *columns, "grouping", *values])


def grid_of(firm: Warehouse, query: Query) -> AnswerGrid:
    cube = catalogue.load("sales", firm.profile)
    first, *ranks = (ask(firm, each, gapless=True) for each in questions(query))
    return AnswerGrid(with_ranks(first, ranks[0], query) if ranks else first, cube)


@pytest.mark.parametrize("measures", [("revenue", "orders:rank"), ("orders:rank", "revenue")])
@pytest.mark.parametrize(
    "order", [None, MemberOrder("revenue", ascending=True), MemberOrder("orders:rank", ascending=True)]
)
def test_ranks_are_of_the_members_that_are_shown(
    tmp_path: Path, measures: tuple[str, ...], order: MemberOrder | None
) -> None:
    many = [Line(order=f"{at}", country="Italy", revenue="1.00") for at in range(9)]
    some = [Line(order=f"s{at}", country="Spain", revenue="5.00") for at in range(2)]
    store = tiny_warehouse(tmp_path / "w.duckdb", [*many, *some, Line(country="France", revenue="90.00")])
    query = Query(measures, ("country",), ("year",), top=(("country", 2),), order=order)
    grid = grid_of(store, query)
    ids = [head.ids for head in grid.rows][:2]
    ranks = [grid.value("orders:rank", each, ("2011",)) for each in ids]
    shown = [each[0] for each in ids]
    if order or measures[0] == "orders:rank":
        assert (shown, ranks) == (["Italy", "Spain"], [1, 2])
    else:
        assert (shown, ranks) == (["France", "Spain"], [2, 1])


def test_ranks_are_among_the_rows_of_each_column_beside_shares_of_the_row(firm: Warehouse) -> None:
    query = Query(("revenue", "revenue:rank", "revenue:share_of_parent"), ("country",), ("year",))
    grid = grid_of(firm, query)
    ranks = {
        (country, year): grid.value("revenue:rank", (country,), (year,))
        for country in ("Italy", "France")
        for year in ("2010", "2011")
    }
    assert ranks == {
        ("Italy", "2010"): 2, ("France", "2010"): 1, ("Italy", "2011"): 1, ("France", "2011"): 2,
    }  # fmt: skip
    assert [grid.value("revenue:rank", (each,)) for each in ("France", "Italy")] == [1, 2]
    assert grid.value("revenue:share_of_parent", ("Italy",), ("2010",)) == pytest.approx(1 / 6)
    drawn = table(grid, View(query), firm.profile, "EUR")
    assert [each.totals for each in drawn.measures] == [True, False, True]


def test_ranks_without_columns_are_among_all_rows(firm: Warehouse) -> None:
    grid = grid_of(firm, Query(("revenue:rank",), ("country",)))
    assert {head.label: grid.value("revenue:rank", head.ids) for head in grid.rows} == {
        "France": 1,
        "Italy": 2,
    }


ROWS = (
    ("country",),
    ("customer",),
    ("month",),
    ("country", "month"),
    ("year", "month"),
    ("month", "category"),
)
COLUMNS = ((), ("quarter",), ("channel",))


MEASURES = ("revenue", "customers", "average_order_value", "median_line_value")
COMPARED = (None, *Comparison, Period("2010-Q1"))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("compare", COMPARED)
def test_every_way_of_showing_shows_or_says_why_not(
    firm: Warehouse, measure: str, compare: Against | None
) -> None:
    cube, layouts = catalogue.load("sales", firm.profile), list(product(ROWS, COLUMNS))
    turn = MEASURES.index(measure) + COMPARED.index(compare)  # all layouts come, each in some of the tests
    asked_of_each = [
        (shown, *each) for at, shown in enumerate(shown_as.NAMES) for each in layouts[(at + turn) % 8 :: 8]
    ]
    for shown, rows, columns in asked_of_each:
        query = Query(
            (measure,),
            rows,
            columns,
            (Cut("year", ("2011",)),) if compare else (),
            totals=True,
            compare=compare,
        )
        if shown and shown_as.why_not(cube.measure(measure), shown, cube, query.by):
            continue
        text = f"{measure}:{shown}" if shown else measure
        query = replace(query, measures=tuple(dict.fromkeys((measure, text))))
        grid = grid_of(firm, query)
        assert grid.rows, query
        assert bool(grid.columns) is bool(columns), query
        values = [grid.value(text, head.ids) for head in grid.members]
        assert any(value is not None for value in values) or shown in (shown_as.MOVING,), query
        assert len(table(grid, View(query), firm.profile, "EUR").measures) == len(query.measures)


def test_measures_that_cannot_stand_in_the_table_are_told_and_the_rest_stand(firm: Warehouse) -> None:
    cube = catalogue.load("sales", firm.profile)
    measures = ("revenue", "revenue:running_total", "contacts.contacts", "customers")
    view, reasons = meaningful(View(Query(measures, ("country",), ("category",))), cube, firm.profile)
    assert view.query.measures == ("revenue", "customers")
    assert "needs a period" in reasons[0]
    assert "have no category" in reasons[1]


def test_what_cannot_stand_takes_its_order_along_and_a_ratio_takes_levels_of_both_cubes(
    firm: Warehouse,
) -> None:
    cube = catalogue.load("sales", firm.profile)
    measures = ("revenue", "revenue:running_total", "interactions_per_order")
    asked = Query(measures, ("category",), order=MemberOrder("revenue:running_total"))
    view, reasons = meaningful(View(asked), cube, firm.profile)
    assert (view.query.measures, view.query.order) == (("revenue",), None)
    assert "Interactions have no category" in reasons[1]


@pytest.mark.parametrize(
    ("measure", "derivation", "by", "says"),
    [
        ("revenue", Derivation.RUNNING_TOTAL, ("country",), "Running total needs a period"),
        ("customers", Derivation.RUNNING_TOTAL, ("month",), "does not add up"),
        ("average_order_value", Derivation.SHARE, ("country",), "no number is a part of it"),
        ("revenue", Derivation(DerivationForm.CONTRIBUTION, Comparison.YEAR), ("country",), ""),
        ("revenue", Derivation(DerivationForm.MOVING_AVERAGE, periods=5), ("month",), ""),
    ],
)
def test_what_cannot_be_shown_says_why(
    firm: Warehouse, measure: str, derivation: Derivation, by: tuple[str, ...], says: str
) -> None:
    cube = catalogue.load("sales", firm.profile)
    reason = shown_as.why_not(cube.measure(measure), derivation, cube, by)
    assert says in reason
    assert bool(reason) is bool(says)


@pytest.mark.parametrize(
    ("measure", "by", "wanted"),
    [
        ("revenue", ("country",), ["Values", "Share of subtotal", "Share of total", "Rank"]),
        ("revenue", ("country", "month"), list(shown_as.NAMES.values())),
        ("average_order_value", ("month",), ["Values", "Rank", "Moving average of 3"]),
        ("median_line_value", ("month",), ["Values", "Rank"]),
    ],
)
def test_only_what_has_a_meaning_is_offered(
    firm: Warehouse, measure: str, by: tuple[str, ...], wanted: list[str]
) -> None:
    cube = catalogue.load("sales", firm.profile)
    found = shown_as.offered(cube.measure(measure), cube, by)
    assert [shown_as.NAMES[each] for each in found] == wanted


def test_a_measure_of_another_cube_that_lacks_a_level(firm: Warehouse) -> None:
    own = catalogue.load("interactions", firm.profile)
    query = Query(
        ("interactions.satisfaction",), ("country",), ("department",), (Cut("category", ("Cups",)),)
    )
    assert not_shared(query, own) == ("department", "category")
    left = without(View(query), not_shared(query, own)).query
    assert (left.by, left.cuts) == (("country",), ())
    asked = in_its_cube(query)
    assert (asked.cube, asked.measures) == ("interactions", ("satisfaction",))
    assert in_its_cube(Query()) == Query()


def test_sources_are_listed_by_why_they_were_not_read() -> None:
    no_country = Because(RollUpReason.LEVELS_NOT_KEPT, (("country",),))
    larger = Because(RollUpReason.MORE_CELLS)
    explained = (
        CellsRead(("Revenue",), ("Country",), "the roll-up year x country (9 cells)"),
        Refused("month x channel_type", no_country),
        Refused("year", no_country),
        Refused("day x country", larger),
    )
    assert by_reason(explained) == {no_country: ["month × channel type", "year"], larger: ["day × country"]}
    drawn = listed(explained)
    assert "<li>Revenue by country: read from the roll-up year × country (9 cells).</li>" in drawn
    assert "<dt>It keeps no country</dt><dd><span>month × channel type</span><span>year</span></dd>" in drawn


def test_names_of_levels_are_text_where_reasons_are_listed() -> None:
    drawn = listed((Refused("<b>", Because(RollUpReason.LEVELS_NOT_KEPT, (("<i>",),))),))
    assert "&lt;b&gt;" in drawn
    assert "&lt;i&gt;" in drawn
