"""The page Trends: its address, what it finds and says, the digest on Overview, and the same by the command."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date
from math import exp
from pathlib import Path

import pytest
import streamlit

from cubes.analysis import member_courses as courses_of
from cubes.analysis.member_courses import member_courses, usual_levels
from cubes.ask import answer_cache
from cubes.ask.source_lags import Lag
from cubes.query import Cut, Query, parse_cut
from data.errors import BadRequest
from data.model.calendar import day_key
from data.operational import member_sets, operational_store
from data.operational.member_sets import PRIVATE
from data.store.warehouse import Warehouse
from mining.__main__ import main
from mining.trends.trend_effect import TrendKind
from pages.discover import trend_sentences as words
from pages.discover.found_trends import asked_trends
from pages.discover.trends_view import TrendsView, parse_trends
from pages.overview.trends_tile import digest
from pages.ui import page_record, session
from pages.ui.page_record import ToldFigures, ToldPart, ToldWords
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, tiny_warehouse

PAGE = "discover/trends_page.py"
CATEGORIES = ("Cups", "Pots", "Jars", "Pans", "Lids", "Bags")
BEGIN, HALVED = date(2009, 1, 1), date(2011, 2, 1)


def lines() -> list[Line]:
    """Three years and a day, six categories, two countries; pots halve from February 2011 on."""
    chance = random.Random(5)
    made = []
    for month in range(37):
        day = date(2009 + month // 12, month % 12 + 1, 1)
        for at, category in enumerate(CATEGORIES):
            for country in ("France", "Spain"):
                size = (200 + 40 * at) * exp(chance.gauss(0, 0.08)) * (1.3 if day.month == 12 else 1)
                size *= 0.5 if category == "Pots" and day >= HALVED else 1
                made.append(
                    Line(day=day, order=f"{month}-{at}-{country}", category=category, product=f"{category} 1",
                         country=country, revenue=f"{size:.2f}")
                )  # fmt: skip
    return made


LINES = lines()


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("firm").resolve() / "w.duckdb"
    tiny_warehouse(path, LINES).close()
    return path


@pytest.fixture
def seen(firm: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """The warehouse that the page reads."""
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(firm))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    return session.renewed()


@pytest.mark.parametrize(
    "view",
    [
        TrendsView(),
        TrendsView((Cut("country", ("Italy",)),), "units", "week", ("category", "region"), 0.2, 18),
    ],
)
def test_the_address_holds_the_view(view: TrendsView) -> None:
    assert parse_trends(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ({"by": ["mont"]}, "Did you mean 'month'"),
        ({"rate": ["2"]}, "no rate"),
        ({"rate": ["much"]}, "no rate"),
        ({"shown": ["all"]}, "no number of alarms"),
        ({"shown": ["00" + "9" * 5_000]}, "no number of alarms"),
        ({"rate": ["0.99999999"]}, "no rate"),
        ({"levl": ["category"]}, "Did you mean 'level'"),
    ],
)
def test_an_address_that_means_nothing_is_refused_in_words(address: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_trends(address)


def test_courses_are_the_sums_of_lines_over_whole_months(seen: Warehouse) -> None:
    """The last month has one day: it is no whole one."""
    found = member_courses(seen, session.ask_whole, Query(), session.cube(), "month", ("category", "country"))
    sums: dict[tuple[str, date], float] = {}
    for line in LINES:
        for name in ("", f"category=Home/{line.category}", f"country={line.country}"):
            key = name, line.day.replace(day=1)
            sums[key] = sums.get(key, 0.0) + float(line.revenue)
    rows = {(name, day): value for name, day, value in found.frame.rows() if "&" not in name}
    assert rows == pytest.approx({key: value for key, value in sums.items() if key[1] < date(2012, 1, 1)})
    kin = set(found.kin.rows())
    assert ("category=Home/Pots & country=Spain", "country=Spain") in kin
    assert found.adds
    assert found.empty == 0


def test_a_source_that_ends_before_the_others_ends_all(
    seen: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Lag("shop", day_key(date(2011, 10, 20)), (1,))
    monkeypatch.setattr(courses_of, "lags", lambda *_: (late,))
    found = member_courses(seen, session.ask_whole, Query(), session.cube(), "month", ("category",))
    assert found.frame["period"].max() == date(2011, 9, 1)
    assert "shop ends on 2011-10-20" in found.notes[0]


@pytest.mark.parametrize(
    ("level", "measure", "cuts", "says"),
    [
        ("customer", "revenue", (), "too few purchases"),
        ("cohort_year", "revenue", (), "is a time"),
        ("categry", "revenue", (), "Did you mean 'category'"),
        ("category", "last_purchase", (), "no course"),
        ("category", "revenue", (Cut("month", ("2010-01", "2010-05")),), "unbroken time"),
        ("category", "revenue", (Cut("day", since="2010-01-03", until="2010-01-09"),), "No whole month"),
    ],
)
def test_what_has_no_course_is_refused_in_words(
    seen: Warehouse, level: str, measure: str, cuts: tuple[Cut, ...], says: str
) -> None:
    query = Query((measure,), cuts=cuts)
    with pytest.raises(BadRequest, match=says):
        member_courses(seen, session.ask_whole, query, session.cube(), "month", (level,))


def test_the_halved_category_is_the_first_alarm_and_leads_to_its_cell(seen: Warehouse) -> None:
    view = TrendsView()
    found = asked_trends(view).found()
    cause, courses = found.trends.alarms[0].cause, found.courses
    assert usual_levels(session.cube(), seen.profile) == ("category", "country")
    assert (words.member_names(courses, cause.series), cause.kind) == ("Pots", TrendKind.SHIFT)
    assert (cause.first, cause.last) == (HALVED, date(2011, 12, 1))
    assert cause.low < -0.45 < cause.high < 0
    said = words.sentence(courses, cause, "Revenue")
    assert said.startswith("Revenue of Pots, as a share of the whole, fell by ")
    assert said.endswith(" from Feb 2011 on.")
    (line, *_) = digest(view, found)
    assert (line.name, line.sentence) == ("Pots", said)
    assert line.parameters["where"] == ["category=Home/Pots"]
    assert line.parameters["rows"] == ["month"]
    folded = {each.finding.series for each in found.trends.alarms[0].folded}
    assert folded >= {f"category=Home/Pots & country={country}" for country in ("France", "Spain")}
    file = words.trend_file(courses, found.trends, "Revenue")
    assert file.height == found.trends.found
    assert file["members"][0] == "Pots"


def test_a_ratio_stands_beside_that_of_the_whole_and_is_not_known_where_nothing_is(seen: Warehouse) -> None:
    """One line an order: the value of an order of pots halves as their revenue does."""
    found = asked_trends(TrendsView(measure="average_order_value", levels=("category",))).found()
    cause = found.trends.alarms[0].cause
    assert (found.courses.empty, found.courses.is_ratio) == (None, True)
    assert (words.member_names(found.courses, cause.series), cause.first) == ("Pots", HALVED)
    said = words.sentence(found.courses, cause, "Order value")
    assert said.startswith("Order value of Pots, beside that of the whole, fell by ")
    doubts = words.doubts(found.courses, cause, "money", "EUR")
    assert " less than expected" in doubts
    assert "a month" not in doubts
    as_share = words.doubts(found.courses, replace(cause, amount=0.031), "percent", "")
    assert as_share.startswith("3.1 points of percent more than expected")


def test_a_changed_set_is_looked_at_anew_and_anothers_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, LINES).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    store = operational_store.of(session.renewed())
    id = member_sets.save(store, "Mine", "category", ["Home/Pots", "Home/Cups"], PRIVATE, "ann")
    view = TrendsView((parse_cut(f"category in set {id}"),), levels=("category",))
    assert asked_trends(view).found().trends.series == 3
    member_sets.add(store, id, ["Home/Jars"], "ann")
    assert asked_trends(view).found().trends.series == 4
    monkeypatch.setenv("CLIENTELA_USER", "bob")
    with pytest.raises(BadRequest, match="nobody shares it"):
        asked_trends(view).found()


@pytest.mark.usefixtures("seen")
def test_the_page_tells_what_it_found_and_notes_it_for_reports_and_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[ToldPart] = []
    monkeypatch.setattr(page_record, "note", noted.append)
    app = opened(PAGE)
    assert not app.exception
    assert 'data-state="found"' in told(app)
    assert "1. Pots: shift" in told(app)
    assert "over 36 whole months" in told(app)
    assert "Until Dec 2011, the last whole month." in told(app)
    figures = [each.label for part in noted if isinstance(part, ToldFigures) for each in part.figures]
    assert figures == ["Series tested", "Causes", "Seasons"]
    said = [each.text for each in noted if isinstance(each, ToldWords)]
    assert any("over 36 whole months" in each for each in said)
    assert any("chance makes as much in" in each for each in said), "a report tells what is unsure"


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("address", "says", "state"),
    [
        ({"where": "category=Cups", "rate": "0.01"}, "none moves by more than chance", "none"),
        ({"where": "year=2010", "rate": "0.001"}, "Less than two years are known", "none"),
        ({"where": "quarter=2010-Q1"}, "3 whole months are known; trends need 12 at least", "refused"),
        ({"level": "customer"}, "too few purchases", "refused"),
        ({"measure": "revenu"}, "Did you mean &#x27;revenue&#x27;", "refused"),
        ({"by": "day"}, "not looked at by", "refused"),
    ],
)
def test_where_nothing_is_shown_it_says_why(address: dict[str, str], says: str, state: str) -> None:
    app = opened(PAGE, **address)
    assert not app.exception
    assert says in told(app) + " ".join(each.value for each in app.caption)
    assert f'data-state="{state}"' in told(app)


def test_the_command_tells_what_the_page_shows(seen: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["trends", "--format", "json", "--warehouse", str(seen.path)]
    assert main(arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    found = asked_trends(TrendsView()).found().trends
    assert (answer["series"], answer["tests"], answer["alarms"]) == (
        found.series,
        found.tests,
        len(found.alarms),
    )
    assert answer["rows"][0]["series"] == "category=Home/Pots"
    assert [row["cause"] for row in answer["rows"] if not row["told_by"]] == [
        *range(1, len(found.alarms) + 1)
    ]
    assert main([*arguments, "--levels", "country,country", "--measure", "average_order_value"]) == 0
    assert json.loads(capsys.readouterr().out)["series"] == 3
    assert main([*arguments, "--levels", "customer"]) == 2
    assert "too few purchases" in capsys.readouterr().err
    assert main([*arguments, "--rate", "7"]) == 2
    assert "no rate" in capsys.readouterr().err
