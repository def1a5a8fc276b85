"""Periods under their names: what they are called in each language, where they are looked up, and what stays an id."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import babel
import polars as pl
import pytest
from babel import dates

from cubes.member_order import MemberOrder
from cubes.query import Query
from data.model.calendar import Calendar, Days, day_key
from data.store.warehouse import Warehouse
from pages.explore.question_bar_of_view import found_members
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.export_files import cells_of
from pages.ui.member_lookup import find, search, search_levels
from pages.ui.question_bar.bar_choice import MemberSearch
from pages.ui.search_everything.search_sources import members
from pages.ui.style.locales import Locale
from pages.ui.style.period_names import called, member_name, period_name, span_name, written_name
from tests.tiny import Line, tiny_warehouse

NARROW = "\N{NARROW NO-BREAK SPACE}"
DAYS = (date(2024, 11, 30), date(2025, 1, 5), date(2025, 1, 26), date(2025, 4, 2), date(2025, 9, 9))


def in_(locale: Locale, *texts: str) -> str:
    return texts[["en", "it", "ru"].index(locale.language)]


@pytest.mark.parametrize(
    ("level", "identity", "english", "italian", "russian"),
    [
        ("year", "2025", "2025", "2025", "2025"),
        ("iso_year", "2025", "2025", "2025", "2025"),
        ("fiscal_year", "FY2025", "FY2025", "FY2025", "FY2025"),
        ("quarter", "2025-Q1", "Q1 2025", "T1 2025", "1-й кв. 2025"),
        ("fiscal_quarter", "FY2025-Q4", "Q4 FY2025", "T4 FY2025", "4-й кв. FY2025"),
        ("month", "2025-01", "Jan 2025", "gen 2025", "янв. 2025"),
        ("month", "2025-05", "May 2025", "mag 2025", "май 2025"),
        ("week", "2025-W05", "Week 5 of 2025", "Settimana 5 del 2025", "5-я неделя 2025"),
        ("week", "W2024-12-29", "29 Dec 2024 – 4 Jan 2025", "29 dic 2024 – 4 gen 2025",
         f"29 дек. 2024{NARROW}г. – 4 янв. 2025{NARROW}г."),
        ("day", "2025-05-03", "3 May 2025", "3 mag 2025", f"3 мая 2025{NARROW}г."),
        ("month", "(unknown)", "(unknown)", "(unknown)", "(unknown)"),
        ("month", "2025-13", "2025-13", "2025-13", "2025-13"),
        ("day", "2025-02-30", "2025-02-30", "2025-02-30", "2025-02-30"),
    ],
)  # fmt: skip
def test_names(locale: Locale, level: str, identity: str, english: str, italian: str, russian: str) -> None:
    assert period_name(level, identity) == in_(locale, english, italian, russian)


def test_babel_calls_periods_so(locale: Locale) -> None:
    known = babel.Locale.parse("en_GB" if locale.language == "en" else locale.language)
    for month in (1, 5, 6, 7, 11):
        day = date(2025, month, 3)
        for level, skeleton, identity in (
            ("month", "yMMM", f"2025-{month:02}"),
            ("quarter", "yQQQ", f"2025-Q{(month + 2) // 3}"),
        ):
            whole = dates.format_skeleton(skeleton, day, locale=known)
            assert period_name(level, identity) == whole.removesuffix(f"{NARROW}г.")


def test_no_two_periods_of_a_level_are_called_alike(locale: Locale) -> None:
    span = Days(day_key(date(2019, 12, 1)), day_key(date(2026, 2, 1)))
    for calendar in (Calendar(), Calendar(fiscal_start=7, week_start=7)):
        for level in calendar.levels:
            ids = [calendar.period_id(level, code) for code, _ in calendar.periods(level, span)]
            assert len({period_name(level, each) for each in ids}) == len(ids)
            assert all(each in called(level, each) for each in ids)


def test_spans_and_periods_of_any_level(locale: Locale) -> None:
    assert span_name("month", "2025-01", "") == f"{period_name('month', '2025-01')} – …"
    assert written_name("2025-Q1") == period_name("quarter", "2025-Q1")
    assert written_name("2025-01..2025-02-03") == " – ".join(
        (period_name("month", "2025-01"), period_name("day", "2025-02-03"))
    )
    assert member_name("city", "2025-01", "A town") == "A town"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    lines = [Line(order=str(day), day=day, revenue="10.00") for day in DAYS]
    found = tiny_warehouse(tmp_path / "w.duckdb", lines)
    monkeypatch.setattr(session, "warehouse", lambda: found)
    return found


def test_an_answer_has_names_and_files_have_ids(locale: Locale, store: Warehouse) -> None:
    query = Query(("revenue",), ("month",), ("quarter",), totals=True)
    found = session.ask(query)
    plain = found.plain().filter(pl.col("revenue") != 0)
    assert plain["month.id"].to_list() == ["2024-11", "2025-01", "2025-04", "2025-09"]
    assert plain["month"].to_list() == [period_name("month", each) for each in plain["month.id"]]
    assert plain["quarter"].to_list() == [period_name("quarter", each) for each in plain["quarter.id"]]
    assert found.frame.filter(pl.col("grouping") == 3)["month"].to_list() == [None]
    assert (
        cells_of(found, totals=False).filter(pl.col("revenue") != 0)["month"].to_list()
        == plain["month.id"].to_list()
    )
    assert session.ask_whole(query).plain()["month"].str.contains(r"^\d{4}-\d\d$").all()


def test_periods_in_the_order_of_their_names_stand_in_time(locale: Locale, store: Warehouse) -> None:
    query = Query(("revenue",), ("month",), totals=True, order=MemberOrder("name"))
    ids = [head.ids for head in AnswerGrid(session.ask(query), session.cube()).rows]
    assert ids in (sorted(ids), sorted(ids, reverse=True))


def test_months_are_found_by_id_by_name_and_in_full(locale: Locale, store: Warehouse) -> None:
    month = session.cube().level("month")
    for text in ("2025-01", period_name("month", "2025-01"), period_name("month", "2025-01").upper(),
                 "January 2025", "jan 2025", in_(locale, "january 20", "gennaio 2025", "Январь 2025"),
                 in_(locale, "Jan 2025", "gen 2025", "янв 2025")):  # fmt: skip
        assert [each.id for each in search(store, month, text)] == ["2025-01"], text
    assert [each.id for each in search(store, month)] == sorted(
        (each.id for each in search(store, month)), reverse=True
    )
    assert [each.label for each in find(store, month, ("2025-01",))] == [
        in_(locale, "Jan 2025", "gen 2025", "янв. 2025")
    ]


def test_the_filter_bar_and_the_search_of_all_find_periods(locale: Locale, store: Warehouse) -> None:
    name = period_name("month", "2025-01")
    for text in ("2025-01", name, in_(locale, "january", "gennaio", "январь")):
        found = dict(found_members(MemberSearch(text, ""), session.cube(), store).groups)
        assert name in [each.label for each in found["month"]]
        entry = next(each for each in members(store, text) if each.label == name)
        assert "month=2025-01" in entry.parameters["where"]
    assert members(store, "q" if locale.language == "en" else "т") == []


def test_levels_share_what_may_be_shown(store: Warehouse) -> None:
    levels = [session.cube().level(each) for each in ("year", "month", "day")]
    found = search_levels(store, levels, "2025", 6)
    assert {level: len(each) for level, each in found.items()} == {"year": 1, "month": 2, "day": 3}
    assert [each.id for each in found["month"]] == ["2025-09", "2025-08"]
