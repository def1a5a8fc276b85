"""Views in words, and the way that a person took through them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cubes import catalogue
from cubes.model import Cube
from cubes.query import Comparison, Cut, Query, parse_cut
from data.operational.plain_names import LONGEST_NAME
from data.operational.saved_views import SavedView
from data.store.warehouse import Warehouse
from pages.explore.explore_view import Chart, View
from pages.explore.view_history import MOST_STEPS, ViewHistory
from pages.explore.view_words import describe
from pages.explore.views_popover import found_views
from pages.ui.cut_chips import named, words
from tests.tiny import Line, tiny_warehouse


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    lines = [Line(order="a", day=date(2010, 1, 1)), Line(order="b", day=date(2011, 3, 1), country="Italy")]
    return tiny_warehouse(tmp_path_factory.mktemp("firm").resolve() / "w.duckdb", lines)


YEAR = Cut("day", since="2011-01-01", until="2011-12-31")
BY_COUNTRY = Query(rows=("country",))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (BY_COUNTRY, "Revenue by country"),
        (BY_COUNTRY.cut(YEAR), "Revenue by country, 2011"),
        (BY_COUNTRY.cut(Cut("year", ("2011",))), "Revenue by country, 2011"),
        (BY_COUNTRY.cut(Cut("day", ("last 90 days",))), "Revenue by country, Last 90 days"),
        (BY_COUNTRY.cut(Cut("day", ("last 7 days",))), "Revenue by country, last 7 days"),
        (BY_COUNTRY.cut(Cut("year", ("2010", "2011"))), "Revenue by country, 2010, 2011"),
        (
            BY_COUNTRY.cut(Cut("day", since="2010-04-01", until="2011-03-01")),
            "Revenue by country, 1 Apr 2010 – 1 Mar 2011",
        ),
        (
            Query(
                ("revenue", "orders"), ("country", "region"), ("year",), (Cut("channel", ("Web", "Shop")),)
            ),
            "Revenue and orders by country × region × year, Web, Shop",
        ),
        (
            replace(BY_COUNTRY, compare=Comparison.YEAR).cut(Cut("country", ("Italy",), exclude=True), YEAR),
            "Revenue by country, not Italy, 2011, vs year before",
        ),
        (
            Query(("revenue", "orders", "units", "margin"), ("country",)),
            "Revenue, orders, units and 1 more by country",
        ),
        (Query(("gone",), ("lost",), cuts=(Cut("away", ("X",)),)), "gone by lost, X"),
    ],
)
def test_a_view_is_called_as_people_would(firm: Warehouse, query: Query, words: str) -> None:
    assert describe(View(query), catalogue.load("sales", firm.profile), firm.profile) == words


def test_conditions_are_told_in_words(firm: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(firm.path))
    cube = catalogue.load("sales", firm.profile)
    query = BY_COUNTRY.cut(parse_cut("customer by revenue > 5"))
    told = describe(View(query), cube, firm.profile, named)
    assert told == "Revenue by country, customers with revenue over 5"
    assert words(cube, query.cuts[0]) == "Customers with revenue over 5"


def test_members_are_named_and_a_name_is_never_too_long(firm: Warehouse) -> None:
    def named(cube: Cube, cut: Cut) -> str:
        return f"the {cube.level(cut.level).label} " * 20

    cube = catalogue.load("sales", firm.profile)
    words = describe(View(BY_COUNTRY.cut(Cut("channel", ("Web",)))), cube, firm.profile, named)
    assert words.startswith("Revenue by country, the Channel")
    assert len(words) <= LONGEST_NAME


ONE, TWO, THREE = (View(Query(rows=(level,))) for level in ("country", "region", "city"))


def test_undo_leads_back_redo_forth_and_a_step_forgets_what_lay_ahead() -> None:
    there = ViewHistory().gone(ONE).gone(TWO).gone(THREE)
    back = there.undone().undone()
    assert (back.before, back.present, back.after) == (None, ONE, TWO)
    assert back.undone() == back
    assert back.redone().present == TWO
    assert there.redone() == there
    other = back.gone(THREE)
    assert (other.before, other.present, other.after) == (ONE, THREE, None)
    assert other.gone(THREE) is other, "staying is no step"


def test_the_browsers_own_way_back_is_the_same_way() -> None:
    there = ViewHistory().gone(ONE).gone(TWO).gone(THREE)
    back = there.found(TWO).found(ONE)
    assert (back.present, back.after) == (ONE, TWO)
    assert (back.found(TWO).present, back.found(TWO).after) == (TWO, THREE)
    assert back.found(THREE).before == ONE


def test_what_did_not_fit_is_forgotten() -> None:
    line = replace(ONE, chart=Chart.LINE)
    assert ViewHistory().gone(ONE).gone(TWO).settled(line).views == (ONE, line)
    same = ViewHistory().gone(ONE).gone(TWO).settled(ONE)
    assert (same.views, same.present) == ((ONE,), ONE)


def test_the_last_views_are_at_hand_each_once(tmp_path: Path) -> None:
    there = ViewHistory().gone(ONE).gone(TWO).gone(ONE).gone(THREE)
    assert there.recent == (THREE, ONE, TWO)
    assert there.undone().recent == (ONE, THREE, TWO)
    many = ViewHistory()
    for at in range(MOST_STEPS + 5):
        many = many.gone(View(Query(rows=("country",), top=(("country", at + 1),))))
    assert (len(many.views), many.after) == (MOST_STEPS, None)


def test_saved_views_are_found_by_every_word() -> None:
    kept = [
        SavedView(name, name, "", "shared", owner, None)  # type: ignore[arg-type]
        for name, owner in (("Revenue by country", "ann"), ("Orders by country", "bob"))
    ]
    assert [each.id for each in found_views(kept, "COUNTRY rev")] == ["Revenue by country"]
    assert [each.id for each in found_views(kept, "bob")] == ["Orders by country"]
    assert found_views(kept, " ") == kept
