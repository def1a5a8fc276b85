"""Explore's views: what each click leads to, and that the URL says it all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cubes import catalogue
from cubes.model import Cube
from cubes.query import Against, Comparison, Cut, Derivation, DerivationForm, Period, Query
from data.errors import BadRequest
from pages.explore.explore_view import Chart, View, first_view, parse_token, parse_view, with_tops
from pages.explore.shown_as import NAMES
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
    st.characters(exclude_characters="/|%", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8
)
ids = names.map(str.strip).filter(lambda name: name and ".." not in name)


@given(
    members=st.lists(ids, min_size=1, max_size=3, unique=True),
    exclude=st.booleans(),
    chart=st.sampled_from(Chart),
    shown=st.sampled_from(list(NAMES)),
    compare=st.sampled_from([None, *Comparison, Period("2010-Q1"), Period("2010-01-01..2010-03-31")]),
    top=st.integers(1, 99),
)
def test_the_url_holds_the_whole_view(
    members: list[str],
    exclude: bool,
    chart: Chart,
    shown: Derivation | None,
    compare: Against | None,
    top: int,
) -> None:
    cuts = (Cut("country", tuple(members), exclude=exclude), Cut("day", since="2011-01-01"))
    view = View(
        Query(("margin",), ("city",), ("month",), cuts, (("city", top),), compare=compare), chart, shown
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
        {"totals": ["perhaps"]},
    ],
)
def test_what_cannot_be_read_is_said(parameters: dict[str, list[str]]) -> None:
    with pytest.raises(BadRequest):
        parse_view(parameters)


def test_measures_as_the_command_line_writes_them_are_understood() -> None:
    share = parse_view({"measures": ["revenue:share_of_parent"], "rows": ["country"]})
    assert (share.query.measures, share.shown) == (("revenue",), Derivation.SHARE)
    growth = parse_view({"measures": ["revenue:growth_year"], "rows": ["country"]})
    assert (growth.query.measures, growth.query.compare) == (("revenue",), Comparison.YEAR)


def test_what_is_derived_in_ways_of_its_own_is_kept_to_be_shown_or_told() -> None:
    average = parse_view({"measures": ["revenue:moving_average_5"], "rows": ["month"]})
    assert average.shown == Derivation(DerivationForm.MOVING_AVERAGE, periods=5)
    assert parse_token(average.token()) == average
    brought = parse_view({"measures": ["revenue:contribution_year"], "rows": ["country"]})
    assert brought.shown == Derivation(DerivationForm.CONTRIBUTION, Comparison.YEAR)


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
    assert dict(with_tops(replace(query, top=(("customer", 99_999), ("product", 3))), cube).top) == {
        "customer": 200,
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
