"""Named sets on the page: how filters by them are shown, offered, saved and found; what every click makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cubes import catalogue
from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_question import of
from cubes.ask.answer import ask
from cubes.model import Cube
from cubes.query import Cut, Query, parse_cut
from data.errors import BadRequest
from data.operational import member_sets, operational_store
from data.operational.member_sets import PRIVATE, SHARED
from data.operational.operational_store import OperationalStore
from data.store.warehouse import Warehouse
from pages.explore.explore_view import View, parse_view, with_tops
from pages.explore.leaderboards_of_view import toggled
from pages.explore.question_bar_of_view import question_bar_of_view
from pages.explore.rest_panel import Compared
from pages.explore.set_of_view import (
    customers_of_set,
    named_members,
    saved_as_set,
    shown_in_rows,
    toggled_set,
)
from pages.explore.view_of_choice import view_of_choice
from pages.explore.view_words import describe
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.cut_chips import named, words
from pages.ui.question_bar.bar_choice import BarChoice, ChosenFilter, WantedSet, parse_bar_choice
from pages.ui.search_everything.search_sources import found
from pages.ui.seen_sets import seen_sets
from tests.tiny import Line, tiny_warehouse

COUNTRIES = ("Italy", "France", "Spain", "Malta")


@pytest.fixture
def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    lines = [
        Line(order=name, country=name, city=f"In {name}", customer=f"Of {name}", revenue=f"{at + 1}0.00")
        for at, name in enumerate(COUNTRIES)
    ]
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, lines).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    return session.renewed()


@pytest.fixture
def store(firm: Warehouse) -> OperationalStore:
    return operational_store.of(firm)


@pytest.fixture
def cube(firm: Warehouse) -> Cube:
    return catalogue.load("sales", firm.profile)


def view(cube: Cube, *cuts: Cut, **parts: Any) -> View:
    return View(with_tops(Query(**({"rows": ("country",), "cuts": cuts} | parts)), cube))


def revenue(firm: Warehouse, query: Query) -> float | None:
    return ask(firm, Query(("revenue",), cuts=query.cuts)).total("revenue")


def by_set(id: str, level: str = "country", exclude: bool = False) -> Cut:
    return parse_cut(f"{level} {'not ' if exclude else ''}in set {id}")


def test_a_filter_by_a_set_says_its_name_and_size_also_where_it_is_gone(
    firm: Warehouse, store: OperationalStore, cube: Cube
) -> None:
    id = member_sets.save(store, "*South*", "country", ["Italy", "Malta"], PRIVATE, "ann")
    shown = view(cube, by_set(id), by_set(id, exclude=True), by_set("gone"))
    bar = question_bar_of_view(shown, cube, firm, sets=seen_sets(firm))
    assert [(each.level, each.label, each.is_condition) for each in bar.filters] == [
        (f"country in set {id}", "Country: in “*South*”, 2 countries", True),
        (f"country not in set {id}", "Country: not in “*South*”, 2 countries", True),
        ("country in set gone", "Country: in a set that is gone", True),
    ]
    assert words(cube, by_set(id, exclude=True)) == "Country: not in “*South*”"
    assert describe(view(cube, by_set(id)), cube, firm.profile, named) == "Revenue by country, in “*South*”"


def test_sets_are_offered_among_filters_with_whose_they_are(
    firm: Warehouse, store: OperationalStore, cube: Cube
) -> None:
    id = member_sets.save(store, "South", "country", ["Italy"], SHARED, "bob")
    member_sets.save(store, "Hidden", "country", ["Italy"], PRIVATE, "bob")
    member_sets.save(store, "Elsewhere", "no_such_level", ["Italy"], PRIVATE, "ann")
    (offered,) = question_bar_of_view(view(cube), cube, firm, sets=seen_sets(firm)).offered_sets
    assert (offered.label, offered.note, offered.level) == ("South", "1 country, bob’s", "country")
    base = view(cube)
    for text, wanted, cuts in (
        (offered.kept, True, (by_set(id),)),
        (offered.left_out, True, (by_set(id, exclude=True),)),
        (offered.kept, False, ()),
    ):
        choice = BarChoice(base.token(), 1, filters=(ChosenFilter(text, ("meets",) if wanted else ()),))
        assert view_of_choice(choice, base, cube, firm.profile).query.cuts == cuts


def test_what_a_filter_chooses_is_saved_and_filters_in_its_place(
    firm: Warehouse, store: OperationalStore, cube: Cube
) -> None:
    base = view(cube, Cut("country", ("Italy", "malta"), exclude=True), Cut("city", ("In Italy",)))
    then = saved_as_set(base, "country", "South")
    (kept,) = member_sets.member_sets(store, "ann")
    assert (kept.held, kept.audience) == (("Italy", "Malta"), PRIVATE)
    assert then.query.cuts == (by_set(kept.id, exclude=True), Cut("city", ("In Italy",)))
    assert parse_view(then.to_parameters()) == then
    for deed in (
        lambda: saved_as_set(then, "country", "Again"),
        lambda: saved_as_set(base, "country", "South"),
    ):
        with pytest.raises(BadRequest):
            deed()
    wish = {"level": "country", "name": "South", "at": 5}
    read = parse_bar_choice({"base": "x", "number": 1, "save_set": wish})
    assert read
    assert read.save_set == WantedSet("country", "South", 5)
    assert parse_bar_choice({"base": "x", "number": 1, "save_set": wish | {"name": 5}}) is None


def test_clicks_stay_within_the_set(firm: Warehouse, store: OperationalStore, cube: Cube) -> None:
    id = member_sets.save(store, "South", "country", ["Italy", "Spain", "Malta"], PRIVATE, "ann")
    base = view(cube, by_set(id))
    assert revenue(firm, base.query) == 80
    assert revenue(firm, base.leave_out("country", "Malta").query) == 40
    assert revenue(firm, base.open_others("country", ["Malta", "Spain"]).query) == 10
    assert revenue(firm, base.keep_only("country", "Spain").query) == 30
    assert revenue(firm, base.open(cube, ("country", "Spain")).query) == 30
    assert revenue(firm, toggled(base, "country", "Italy").query) == 10
    compared = Compared("explore", base.query, (("country", "Spain"),))
    assert (revenue(firm, compared.inside()), revenue(firm, compared.rest())) == (30, 50)
    (kept,) = seen_sets(firm)
    assert toggled_set(base, kept).query.cuts == ()
    assert toggled_set(toggled_set(base, kept), kept) == base


def test_the_members_in_rows_are_what_is_saved(firm: Warehouse, cube: Cube) -> None:
    query = Query(("revenue",), ("country", "city"), top=(("country", 2), ("city", 5)), totals=True)
    grid = AnswerGrid(ask(firm, query), cube)
    assert shown_in_rows(grid)["country"] == ("Malta", "Spain")
    assert {"Malta/In Malta", "Spain/In Spain"} <= {
        each.replace("North/", "") for each in shown_in_rows(grid)["city"]
    }


def test_an_answer_that_is_kept_follows_the_set(firm: Warehouse, store: OperationalStore) -> None:
    id = member_sets.save(store, "South", "country", ["Italy", "Spain"], PRIVATE, "ann")
    query = Query(("revenue",), cuts=(by_set(id),))
    read = session.sets_read(query.cuts)
    assert [session.ask(query).total("revenue") for _ in range(2)] == [40, 40]
    member_sets.remove(store, id, ["Spain"], "ann")
    assert session.ask(query).total("revenue") == session.ask_whole(query).total("revenue") == 10
    assert session.ask(Query(("revenue",), cuts=read)).total("revenue") == 10, (
        "what was read once is read anew"
    )
    assert session.sets_read(query.cuts) != read
    (kept,) = seen_sets(firm)
    assert named_members(firm, kept) == {"Italy": "Italy"}


def test_the_search_leads_to_a_set(firm: Warehouse, store: OperationalStore) -> None:
    member_sets.save(store, "Old friends", "customer", ["Of Italy", "Of Malta"], PRIVATE, "ann")
    member_sets.save(store, "Old enemies", "customer", ["Of Spain"], PRIVATE, "bob")
    (entry,) = found(firm, "old")["Kept"]
    assert (entry.label, entry.note) == ("Old friends", "Set of 2 customers")
    answer = ask(firm, parse_view(dict(entry.parameters)).query)
    assert set(answer.frame["customer"]) == {"Of Italy", "Of Malta"}


def test_a_set_asks_for_its_customers_or_for_who_bought_of_it(
    firm: Warehouse, store: OperationalStore
) -> None:
    member_sets.save(store, "South", "country", ["Italy", "Malta"], PRIVATE, "ann")
    member_sets.save(store, "Cups", "product", ["Cup"], PRIVATE, "ann")
    cups, south = seen_sets(firm)
    assert customers_of_set(south).cube == "customers"
    assert [len(audience_customers(firm, of(customers_of_set(each)))) for each in (south, cups)] == [2, 4]
