"""Members ranked by any column of the answer: a top shows the same as all members sorted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cubes.ask.answer import ask
from cubes.member_order import MemberOrder
from cubes.query import Query, parse_cut, parse_query
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from tests.cubes.conftest import Make
from tests.tiny import Line

PLACES = ("France", "Italy", "Spain", "Malta", "Greece")


@pytest.fixture
def places(firm: Make) -> Warehouse:
    """Five countries whose revenue, customers, growth and first quarter each rank them differently."""
    sold = [(10, 4, 90, 3), (50, 1, 5, 2), (30, 5, 40, 9), (70, 2, 71, 1), (20, 3, 1, 7)]
    lines = []
    for country, (before, people, revenue, early) in zip(PLACES, sold, strict=True):
        lines.append(Line(date(2010, 1, 1), f"{country}0", country=country, revenue=str(before)))
        lines.append(Line(date(2011, 2, 1), f"{country}1", country=country, revenue=str(early)))
        lines += [
            Line(
                date(2011, 5, 1), f"{country}-{at}", f"{country} {at}", country, revenue=str(revenue / people)
            )
            for at in range(people)
        ]
    return firm(*lines)


ORDERS = [
    ["customers"],
    ["asc:customers"],
    ["asc:revenue"],
    ["revenue", "quarter=2011-Q1"],
    ["asc:customers", "quarter=2011-Q2"],
    ["revenue:growth"],
    ["asc:revenue:base"],
    ["average_order_value"],
    ["revenue:share_of_total"],
]


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_a_top_shows_what_all_members_sorted_by_hand_begin_with(places: Warehouse, order: list[str]) -> None:
    written = {
        "measures": ["revenue,customers,average_order_value,revenue:share_of_total"],
        "rows": ["country"],
        "where": ["year=2011"],
        "compare": ["year"],
        "order": order,
    }
    query = parse_query(written)
    assert parse_query(query.to_parameters()) == query
    column = order[0].removeprefix("asc:")
    every = replace(query, order=None, cuts=(*query.cuts, *(parse_cut(each) for each in order[1:])))
    everything = ask(places, every).frame.sort(column, descending=not order[0].startswith("asc:"))
    shown = ask(places, replace(query, top=(("country", 2),))).frame
    if order[1:]:
        assert set(shown["country"][:2]) == set(everything["country"][:2])
    else:
        assert shown["country"].to_list()[:2] == everything["country"].to_list()[:2]
    assert shown["revenue"].sum() == pytest.approx(
        ask(places, replace(query, order=None)).frame["revenue"].sum()
    )


def test_an_order_ranks_those_who_meet_a_condition(places: Warehouse) -> None:
    query = parse_query(
        {
            "measures": ["revenue,customers"],
            "rows": ["country"],
            "where": ["year=2011", "country by customers > 2"],
            "top": ["country=2"],
            "order": ["asc:customers", "quarter=2011-Q2"],
        }
    )
    found = ask(places, query).frame
    assert found["country"].to_list()[-1] == "Others (2)"
    assert set(found["country"][:2]) == {"Malta", "Greece"}


def test_names_leave_the_top_to_the_first_measure(places: Warehouse) -> None:
    query = Query(rows=("country",), top=(("country", 2),), order=MemberOrder("name", ascending=True))
    assert ask(places, query).frame["country"].to_list() == ["France", "Malta", "Others (3)"]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (["units"], "does not ask for"),
        (["revenue:growth"], "nothing is compared"),
        (["revenue", "country!=Italy"], "is no order"),
    ],
)
def test_an_order_by_what_is_not_there_is_refused_in_words(
    places: Warehouse, order: list[str], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        ask(places, parse_query({"measures": ["revenue"], "rows": ["country"], "order": order}))


def test_what_is_derived_is_held_against_no_earlier_period(places: Warehouse) -> None:
    written = {"measures": ["revenue,revenue:share_of_total"], "rows": ["country"], "compare": ["year"]}
    for end in (":growth", ":base"):
        with pytest.raises(BadRequest, match="only measures themselves"):
            ask(places, parse_query({**written, "order": [f"revenue:share_of_total{end}"]}))


@pytest.mark.parametrize("compare", [[], ["year"]])
def test_who_has_nothing_in_the_column_ranked_by_comes_after_those_who_have(
    firm: Make, compare: list[str]
) -> None:
    sold = {"Italy": (2, 5), "France": (2, 9), "Spain": (5, 50), "Malta": (5, 70), "Greece": (5, 60)}
    lines = [
        Line(date(2011, month, 1), country, country=country, revenue=str(revenue))
        for country, (month, revenue) in sold.items()
    ]
    asked = {"rows": ["country"], "where": ["year=2011"], "order": ["asc:revenue", "quarter=2011-Q1"]}
    for top, shown in ((1, ["Others (4)"]), (3, ["France", "Spain", "Others (2)"])):
        found = ask(firm(*lines), parse_query({**asked, "top": [f"country={top}"], "compare": compare}))
        assert set(found.frame["country"]) == {"Italy", *shown}
