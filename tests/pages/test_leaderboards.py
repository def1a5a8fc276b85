"""Leaderboards: each number is the cube's own; a choice is a filter, a period or a measure."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from cubes import catalogue
from cubes.ask.answer import Answer, ask
from cubes.model import Cube
from cubes.query import Comparison, Cut, Query
from data.store.warehouse import Warehouse
from pages.explore.explore_view import Chart, View, parse_token
from pages.explore.leaderboards_of_view import boards, chosen, leaders_of, toggled
from pages.ui.leaderboards.leaderboards import Leaderboard, LeaderChoice, parse_choice, payload
from pages.ui.style.locales import Locale
from tests.tiny import Line, tiny_warehouse

CITIES = [f"City {at:02}" for at in range(12)]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    lines = [
        Line(date(year, month, 1), f"{year}{month}{city}", city, ("Italy", "France")[at % 2], city=city,
             channel=("Web", "Shop")[month % 2], revenue=f"{(at + 1) * (year - 2009)}.00")
        for year in (2010, 2011) for month in (1, 2, 12) for at, city in enumerate(CITIES)
    ]  # fmt: skip
    return tiny_warehouse(tmp_path_factory.mktemp("leaders") / "w.duckdb", lines)


@pytest.fixture
def cube(firm: Warehouse) -> Cube:
    return catalogue.load("sales", firm.profile)


YEAR = Cut("day", since="2011-01-01", until="2011-12-31")
VIEW = View(
    Query(("revenue", "customers", "revenue:rank"), ("city",), cuts=(YEAR,), compare=Comparison.YEAR),
    Chart.LEADERS,
)


def board(firm: Warehouse, view: View, level: str) -> Leaderboard:
    cube = catalogue.load("sales", firm.profile)

    def asked(query: Query) -> Answer:
        return ask(firm, query, gapless=True)

    return next(each for each in leaders_of(view, cube, firm.profile, asked).boards if each.level == level)


def test_courses_and_boards_say_what_the_cube_says(firm: Warehouse, cube: Cube) -> None:
    shown = leaders_of(VIEW, cube, firm.profile, lambda query: ask(firm, query, gapless=True))
    assert [each.name for each in shown.courses] == ["revenue", "customers"]
    revenue = shown.courses[0]
    assert (len(shown.periods), shown.grain) == (12, "month")
    assert (revenue.total, revenue.growth) == (3 * 2 * 78, 1.0)
    assert revenue.values[:3] == (156, 156, 0)
    assert revenue.previous[:2] == (78, 78)
    assert shown.days[1] == (date(2011, 2, 1), date(2011, 2, 28))
    assert [each.level for each in shown.boards] == ["city", "channel"]
    cities = shown.boards[0].leaders
    assert [each.label for each in cities] == [*reversed(CITIES[4:]), "Others (4)"]
    assert (cities[0].value, cities[0].growth) == (72, 1.0)
    assert sum(each.share or 0 for each in cities) == pytest.approx(1)
    assert any(note.startswith("Compared: 2011-01-01") for note in shown.notes)
    json.dumps(payload(shown), allow_nan=False)


def test_a_member_filtered_by_stands_marked_among_those_that_could_be(firm: Warehouse) -> None:
    view = toggled(toggled(VIEW, "city", "Italy/North/City 10"), "city", "Italy/North/City 00")
    cities = board(firm, view, "city").leaders
    assert [each.label for each in cities if each.chosen] == ["City 10", "City 00"]
    assert cities[0].label == "City 11"
    channels = board(firm, view, "channel").leaders
    assert sum(each.value or 0 for each in channels) == 3 * 2 * (11 + 1)


def test_a_second_click_lets_a_member_go(firm: Warehouse) -> None:
    once = toggled(VIEW, "channel", "Web")
    assert once.query.cuts == (YEAR, Cut("channel", ("Web",)))
    assert toggled(once, "channel", "Web") == VIEW
    out = VIEW.leave_out("channel", "Web")
    assert toggled(out, "channel", "Shop").query.cuts[-1] == Cut("channel", ("Web", "Shop"), exclude=True)
    assert board(firm, out, "channel").left_out


@pytest.mark.parametrize(
    ("where", "level", "value", "until", "wanted"),
    [
        ("only", "channel", "Web", "", VIEW.keep_only("channel", "Web")),
        ("days", "", "2011-02-01", "2011-03-31",
         VIEW.with_query(replace(VIEW.query, cuts=(Cut("day", since="2011-02-01", until="2011-03-31"),)))),
        ("grain", "", "week", "", replace(VIEW, grain="week")),
        ("grain", "", "aeon", "", VIEW),
        ("rank", "", "customers", "",
         VIEW.with_query(replace(VIEW.query, measures=("customers", "revenue", "revenue:rank")))),
        ("more", "channel", "", "",
         replace(VIEW.with_query(replace(VIEW.query, rows=("channel",), top=(("channel", 12),))), chart=Chart.BARS)),
    ],
)  # fmt: skip
def test_choices_lead_to_views(
    firm: Warehouse, cube: Cube, where: str, level: str, value: str, until: str, wanted: View
) -> None:
    raw = {"where": where, "level": level, "value": value, "until": until, "base": VIEW.token()}
    choice = parse_choice(raw)
    assert isinstance(choice, LeaderChoice)
    assert chosen(VIEW, choice, cube) == wanted
    assert parse_token(wanted.token()) == wanted


@pytest.mark.parametrize(
    "raw", [None, "toggle", {"where": "toggle"}, {"where": "drop", "level": "", "value": ""}]
)
def test_strange_choices_are_dropped(raw: object) -> None:
    assert parse_choice(raw) is None


def test_boards_are_sent_with_the_signs_of_their_reader(firm: Warehouse, cube: Cube, italian: Locale) -> None:
    shown = leaders_of(VIEW, cube, firm.profile, lambda query: ask(firm, query, gapless=True))
    assert payload(shown)["locale"] == italian.sent()


def test_where_nothing_is_nothing_is_shown(firm: Warehouse, cube: Cube) -> None:
    view = VIEW.with_query(VIEW.query.cut(Cut("day", since="2030-01-01", until="2030-12-31")))
    shown = leaders_of(view, cube, firm.profile, lambda query: ask(firm, query, gapless=True))
    assert all(not each.leaders for each in shown.boards)
    json.dumps(payload(shown), allow_nan=False)


def test_each_course_stands_at_its_own_periods(firm: Warehouse, cube: Cube) -> None:
    def asked(query: Query) -> Answer:
        found = ask(firm, query, gapless=True)
        if query.measures == ("customers",) and query.rows == ("month",):
            return replace(found, frame=found.frame.filter(pl.col("month.id") == "2011-12"))
        return found

    view = VIEW.with_query(Query(("customers", "revenue"), ("city",), cuts=(YEAR,)))
    customers, revenue = leaders_of(view, cube, firm.profile, asked).courses
    assert customers.values == (*[None] * 11, 12)
    assert (len(revenue.values), revenue.values[0], revenue.values[-1]) == (12, 156, 156)


def test_a_measure_that_is_a_day_has_its_leaders_too(firm: Warehouse, cube: Cube) -> None:
    view = VIEW.with_query(replace(VIEW.query, measures=("last_purchase",)))
    shown = leaders_of(view, cube, firm.profile, lambda query: ask(firm, query, gapless=True))
    day = (date(2011, 12, 1) - date(1970, 1, 1)).days
    assert (shown.courses[0].total, shown.courses[0].growth) == (day, None)
    assert shown.boards[0].leaders[0].value == day
    json.dumps(payload(shown), allow_nan=False)


def test_only_what_the_first_measure_is_counted_by_has_a_board(firm: Warehouse, cube: Cube) -> None:
    def by_product(first: str) -> tuple[str, ...]:
        return boards(Query((first, "revenue"), ("product",)), cube, firm.profile)

    assert by_product("stock.on_hand") == ("product",)
    assert by_product("revenue") == ("product", "country", "channel")
