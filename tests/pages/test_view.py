"""Explore's views: what each click leads to, and that the URL says it all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cubes import catalogue
from cubes.member_order import MemberOrder
from cubes.model import Cube
from cubes.query import Against, Comparison, Cut, Period, Query
from data.errors import BadRequest
from pages.explore.explore_view import (
    TOTALS_AT,
    Chart,
    View,
    first_view,
    parse_token,
    parse_view,
    with_fitting_order,
    with_tops,
)
from pages.ui.pivot.pivot_table import NARROWEST, WIDEST, Look, TotalsAt
from pages.ui.pivot.value_limits import ValueLimits
from tests.tiny import Line, tiny_warehouse


@pytest.fixture(scope="module")
def cube(tmp_path_factory: pytest.TempPathFactory) -> Cube:
    warehouse = tiny_warehouse(tmp_path_factory.mktemp("view") / "w.duckdb", [Line()])
    return catalogue.load("sales", warehouse.profile)


START = View(Query(("revenue",), ("country",), ("year",), top=(("country", 12),)))


def test_drill_and_roll_up_are_inverse(cube: Cube) -> None:
    inner = START.open(cube, ("country", "Italy")).open(cube, ("region", "Italy/Tuscany"))
    assert inner.query.rows == ("city",)
    assert inner.query.top == (("city", 12),)
    assert [cut.level for cut in inner.path(cube)] == ["country", "region"]
    assert inner.roll_up_to(cube, 1) == START.open(cube, ("country", "Italy"))
    assert inner.roll_up_to(cube, 0) == START


def test_a_cell_drills_both_ways(cube: Cube) -> None:
    view = START.open(cube, ("country", "Italy"), ("year", "2011"))
    assert (view.query.rows, view.query.columns) == (("region",), ("quarter",))
    assert {cut.level for cut in view.query.cuts} == {"country", "year"}


def test_a_leaf_is_cut_to_and_stays(cube: Cube) -> None:
    view = View(Query(rows=("customer",))).open(cube, ("customer", "Ann"))
    assert view.query.rows == ("customer",)
    assert view.query.cuts == (Cut("customer", ("Ann",)),)


def test_others_leave_out_what_was_shown(cube: Cube) -> None:
    view = START.open_others("country", ["Italy", "France"]).open_others("country", ["Spain"])
    assert view.query.cuts == (Cut("country", ("Italy", "France", "Spain"), exclude=True),)
    chosen = START.with_query(START.query.cut(Cut("country", ("Italy", "France", "Spain"))))
    assert chosen.open_others("country", ["Italy"]).query.cuts == (Cut("country", ("France", "Spain")),)


names = st.text(
    st.one_of(st.characters(exclude_categories=["Cs", "Cc"]), st.sampled_from("|\\/%")),
    min_size=1,
    max_size=8,
)
ids = names.map(str.strip).filter(lambda name: name and ".." not in name)


numbers = st.floats(allow_nan=False, allow_infinity=False)
limits = st.one_of(
    st.tuples(numbers, numbers).map(lambda ends: ValueLimits(*sorted(ends))),
    numbers.map(lambda low: ValueLimits(low)),
    numbers.map(lambda high: ValueLimits(high=high)),
)


@given(
    members=st.lists(ids, min_size=1, max_size=3, unique=True),
    exclude=st.booleans(),
    chart=st.sampled_from(Chart),
    look=st.one_of(st.sampled_from(Look), limits),
    width=st.integers(NARROWEST, WIDEST),
    total=st.sampled_from(TOTALS_AT),
    compare=st.sampled_from([None, *Comparison, Period("2010-Q1"), Period("2010-01-01..2010-03-31")]),
    top=st.integers(1, 99),
)
def test_the_url_holds_the_whole_view(
    members: list[str],
    exclude: bool,
    chart: Chart,
    look: Look | ValueLimits,
    width: int,
    total: TotalsAt,
    compare: Against | None,
    top: int,
) -> None:
    cuts = (Cut("country", tuple(members), exclude=exclude), Cut("day", since="2011-01-01"))
    measures = ("margin", "margin:rank", "interactions.interactions")
    order = MemberOrder("margin:rank", (Cut("month", ("2011-01",)),), look == Look.BARS)
    query = Query(measures, ("city",), ("month",), cuts, (("city", top),), compare=compare, order=order)
    view = View(query, chart, (("margin:rank", look),), ("m:margin", "c:2011-01"), total)
    view = replace(
        view, places=(("month", tuple(members)),), widths=(("head", width), ("m:margin:rank", width))
    )
    assert parse_view(view.to_parameters()) == view
    assert parse_token(view.token()) == view


@pytest.mark.parametrize(
    "parameters",
    [
        {"chart": ["pie"]},
        {"top": ["country"]},
        {"compare": ["never"]},
        {"where": ["country"]},
        {"rows": ["a,a"]},
        {"rwos": ["country"]},
        {"chart": ["bars", "line"]},
        {"show": ["rank", "values"]},
        {"show": ["rnak"]},
        {"look": ["revenue=pink"]},
        {"look": ["bars"]},
        {"look": ["revenue=.."]},
        {"look": ["revenue=5..2"]},
        {"look": ["revenue=nan..2"]},
        {"look": ["revenue=a..2"]},
        {"place": ["month"]},
        {"place": ["month=|"]},
        {"width": ["head=12"]},
        {"width": ["head=wide"]},
        {"width": [f"head={'9' * 5000}"]},
        {"width": ["180"]},
        {"total": ["left"]},
        {"order": ["asc:"]},
        {"totals": ["perhaps"]},
    ],
)
def test_what_cannot_be_read_is_said(parameters: dict[str, list[str]]) -> None:
    with pytest.raises(BadRequest):
        parse_view(parameters)


@pytest.mark.parametrize(
    ("show", "added"),
    [
        ("share", "revenue:share_of_parent"),
        ("rank", "revenue:rank"),
        ("moving_average_5", "revenue:moving_average_5"),
    ],
)
def test_what_links_of_earlier_versions_show_stands_beside_the_values(show: str, added: str) -> None:
    view = parse_view({"measures": ["revenue"], "rows": ["country"], "show": [show]})
    assert view.query.measures == ("revenue", added)
    assert parse_token(view.token()) == view


def test_a_click_keeps_leaves_out_and_opens_by_any_level(cube: Cube) -> None:
    view = View(Query(("revenue",), ("country",), ("year",), top=(("country", 12),)))
    assert view.keep_only("country", "Italy").query.cuts == (Cut("country", ("Italy",)),)
    out = view.leave_out("country", "Italy").leave_out("country", "France")
    assert out.query.cuts == (Cut("country", ("Italy", "France"), exclude=True),)
    some = view.with_query(view.query.cut(Cut("country", ("Italy", "France"))))
    assert some.leave_out("country", "Italy").query.cuts == (Cut("country", ("France",)),)
    by = view.by(cube, (("country", "Italy"), ("year", "2011")), "country", "product").query
    assert (by.rows, by.columns, by.top) == (("product",), ("year",), (("product", 12),))
    assert by.cuts == (Cut("country", ("Italy",)), Cut("year", ("2011",)))
    below = view.expanded(cube, "region").query
    assert (below.rows, dict(below.top)) == (("country", "region"), {"country": 12, "region": 100_000})


def test_an_order_goes_with_its_measure_and_its_column() -> None:
    column = MemberOrder("revenue", (Cut("year", ("2011",)),))
    query = Query(("revenue", "customers"), ("country",), ("year",), order=column)
    assert with_fitting_order(query).order == column
    assert with_fitting_order(replace(query, columns=("month",))).order is None
    assert with_fitting_order(replace(query, measures=("customers",))).order is None
    assert with_fitting_order(replace(query, order=MemberOrder("revenue:growth"))).order is None
    derived = Query(("revenue:rank",), ("country",), compare=Comparison.YEAR)
    assert with_fitting_order(replace(derived, order=MemberOrder("revenue:rank:growth"))).order is None


def test_measures_are_moved_and_marked() -> None:
    view = View(Query(("revenue", "customers"), ("country",)))
    assert view.moved("revenue", 1).query.measures == ("customers", "revenue")
    assert view.moved("revenue", -1).query.measures == ("revenue", "customers")
    assert (view.look_of("revenue"), view.look_of("customers")) == (Look.BARS, Look.PLAIN)
    assert view.looking("customers", Look.COLOURS).look_of("customers") == Look.COLOURS


def test_columns_are_placed_and_widened_and_stand_as_usual_again() -> None:
    view = View(Query(("revenue",), ("country",), ("quarter",)))
    placed = view.placed("quarter", ["Q4", "Q1"]).placed("quarter", ["Q1", "Q2"])
    assert placed.places == (("quarter", ("Q1", "Q2", "Q4")),), "Q4, not seen now, keeps its place behind"
    wide = view.widened("head", 200).widened("m:revenue", 9_999)
    assert wide.widths == (("head", 200), ("m:revenue", WIDEST))
    assert wide.widened("head", 0).widths == (("m:revenue", WIDEST),)


def test_a_leaf_ends_and_what_lies_above_it_does_not(cube: Cube) -> None:
    view = View(Query(rows=("country", "customer"), columns=("quarter",)))
    assert view.ends(cube, ("country", "customer"))
    assert not view.ends(cube, ("country",))
    assert not view.ends(cube, ("country", "customer", "quarter"))
    assert View(Query(rows=("product",), columns=("day",))).ends(cube, ("product", "day"))
    assert View(Query(rows=("country",))).ends(cube, ("day",))


def test_a_ratio_between_cubes_ranks_nobody(cube: Cube) -> None:
    query = Query(("interactions_per_order",), ("country",), top=(("country", 5),))
    assert with_tops(query, cube).top == ()


def test_a_link_without_a_top_gets_one_and_none_is_boundless(cube: Cube) -> None:
    query = with_tops(Query(rows=("customer", "month"), columns=("product",)), cube)
    assert dict(query.top) == {"customer": 12, "product": 8}
    assert dict(with_tops(replace(query, top=(("customer", 1_000_000), ("product", 3))), cube).top) == {
        "customer": 100_000,
        "product": 3,
    }


def test_the_first_view_takes_levels_that_tell_something_apart(tmp_path: Path) -> None:
    lines = [
        Line(
            order=name,
            customer=name,
            country="(unknown)",
            department="(unknown)",
            category=name,
            subcategory="s",
        )
        for name in ("A", "B")
    ]
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", lines)
    found = first_view(catalogue.load("sales", warehouse.profile), warehouse.profile).query
    assert (found.rows, found.columns) == (("customer",), ("category",))
    assert found.compare is None
