"""Every calendar that a firm may choose, against loops over days that know nothing of codes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby, pairwise
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadRequest
from data.model.calendar import GRAINS, Calendar, Days, day_key, level_written, merged, to_date
from tests import oracle

# Every start of a fiscal year and of a week: neither asks for the other, and `calendars` bring them together.
EVERY = [(month, (month - 1) % 7 + 1) for month in range(1, 13)]
calendars = st.builds(Calendar, st.integers(1, 12), st.integers(1, 7))
days = st.dates(date(1901, 1, 1), date(2198, 12, 31))
levels = st.sampled_from(GRAINS)


@pytest.mark.parametrize(("fiscal_start", "week_start"), EVERY)
def test_the_days_of_eleven_years_fall_into_periods_as_walked(fiscal_start: int, week_start: int) -> None:
    calendar = Calendar(fiscal_start, week_start)
    all_days = oracle.days_between(date(2003, 12, 20), date(2015, 1, 10))
    for level in GRAINS:
        named = [(oracle.period(day, level, fiscal_start, week_start), day) for day in all_days]
        walked = [(name, [day for _, day in inside]) for name, inside in groupby(named, itemgetter(0))]
        codes = [calendar.period_at(level, day_key(inside[0])) for _, inside in walked]
        assert codes == list(range(codes[0], codes[0] + len(codes)))
        for code, (name, inside) in zip(codes, walked, strict=True):
            assert calendar.period_id(level, code) == name
            assert calendar.parse_period(level, name) == code
            assert {calendar.period_at(level, day_key(day)) for day in inside} == {code}
        for code, (_, inside) in list(zip(codes, walked, strict=True))[1:-1]:
            assert calendar.days_of(level, code) == Days(day_key(inside[0]), day_key(inside[-1]))


@given(calendars, days, levels)
def test_a_period_holds_the_day_it_was_found_by(calendar: Calendar, day: date, level: str) -> None:
    key = day_key(day)
    code = calendar.period_at(level, key)
    span = calendar.days_of(level, code)
    assert span.first <= key <= span.last
    assert calendar.days_of(level, code + 1).first == span.last + 1
    assert calendar.parse_period(level, calendar.period_id(level, code)) == code


@given(calendars, days, levels)
def test_a_name_tells_its_level_apart(calendar: Calendar, day: date, level: str) -> None:
    name = calendar.period_id(level, calendar.period_at(level, day_key(day)))
    assert level_written(name) == ("year" if level == "iso_year" else level)


@given(calendars, st.lists(days, min_size=2, max_size=2).map(sorted), levels)
def test_periods_of_a_span_are_those_of_its_days(calendar: Calendar, ends: list[date], level: str) -> None:
    first = ends[0]
    last = min(ends[1], first + timedelta(days=400))
    found = calendar.periods(level, Days(day_key(first), day_key(last)))
    names = [oracle.period(day, level, calendar.fiscal_start, calendar.week_start)
             for day in oracle.days_between(first, last)]  # fmt: skip
    assert [(calendar.period_id(level, code), len(days)) for code, days in found] == [
        (name, len(list(same))) for name, same in groupby(names)
    ]


def test_the_fiscal_year_is_named_by_the_year_in_which_it_ends() -> None:
    july = Calendar(fiscal_start=7)
    fiscal = july.days_of("fiscal_year", july.parse_period("fiscal_year", "FY2012"))
    assert (to_date(fiscal.first), to_date(fiscal.last)) == (date(2011, 7, 1), date(2012, 6, 30))
    first = july.days_of("fiscal_quarter", july.parse_period("fiscal_quarter", "FY2012-Q1"))
    assert (to_date(first.first), to_date(first.last)) == (date(2011, 7, 1), date(2011, 9, 30))


def test_fiscal_levels_are_offered_where_they_are_not_the_calendar_s() -> None:
    assert ("fiscal_year", "fiscal_quarter", "month", "day") in Calendar(4).hierarchies
    assert not {"fiscal_year", "fiscal_quarter"} & set(Calendar(1).levels)


def test_weeks_that_begin_on_another_day_bear_their_first_day() -> None:
    sunday = Calendar(week_start=7)
    code = sunday.period_at("week", day_key(date(2012, 2, 4)))
    assert sunday.period_id("week", code) == "W2012-01-29"
    assert Calendar().period_id("week", Calendar().period_at("week", day_key(date(2012, 2, 4)))) == "2012-W05"


def test_weeks_stand_in_no_hierarchy_with_months() -> None:
    for calendar in (Calendar(), Calendar(4, 7)):
        assert not any({"week", "month"} <= set(each) for each in calendar.hierarchies)


@pytest.mark.parametrize(
    ("level", "text", "words"),
    [
        ("week", "2012-W05", "weeks begin on Sunday"),
        ("week", "W2012-01-30", "weeks begin on Sunday"),
        ("week", "W2012-02-30", "is no week"),
        ("fiscal_year", "2012", "FY2012"),
        ("fiscal_quarter", "FY2012-Q5", "FY2012-Q1"),
        ("year", "0000", "is no year"),
        ("day", "2012-02-30", "is no day"),
    ],
)
def test_a_period_written_wrong_is_met_with_words(level: str, text: str, words: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        Calendar(week_start=7).parse_period(level, text)
    assert words in str(refusal.value)


@pytest.mark.parametrize("settings", [(0, 1), (13, 1), (1, 0), (1, 8)])
def test_no_such_calendar(settings: tuple[int, int]) -> None:
    with pytest.raises(BadRequest):
        Calendar(*settings)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2010", date(2010, 1, 1), date(2010, 12, 31)),
        ("2010-Q1", date(2010, 1, 1), date(2010, 3, 31)),
        ("2010-02", date(2010, 2, 1), date(2010, 2, 28)),
        ("2010-01-05", date(2010, 1, 5), date(2010, 1, 5)),
        ("2010-W01", date(2010, 1, 4), date(2010, 1, 10)),
        ("2010-01-15..2010-03-31", date(2010, 1, 15), date(2010, 3, 31)),
        ("2010-01 .. 2010-Q2", date(2010, 1, 1), date(2010, 6, 30)),
        ("FY2010-Q4", date(2010, 1, 1), date(2010, 3, 31)),
    ],
)
def test_any_span(text: str, first: date, last: date) -> None:
    assert Calendar(fiscal_start=4).span(text) == Days(day_key(first), day_key(last))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2010-03..2010-01", "ends before it begins"),
        ("lately", "is no period"),
        ("2010..", "is no period"),
        ("2010-02-30", "is no day"),
        ("FY2010", "begins in January"),
    ],
)
def test_no_such_span(text: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        Calendar().span(text)


@pytest.mark.parametrize(
    ("level", "periods", "window", "answer"),
    [
        ("year", 1, "2024-02-01..2024-02-29", "2023-02-01..2023-02-28"),  # a month against a month
        ("year", 1, "2025-02-01..2025-02-28", "2024-02-01..2024-02-29"),
        ("year", 1, "2024-01-01..2024-05-31", "2023-01-01..2023-05-31"),  # after a leap day
        ("year", 1, "2024-05-01..2024-05-31", "2023-05-01..2023-05-31"),
        ("year", 1, "2025-01-01..2025-06-15", "2024-01-01..2024-06-15"),
        ("year", 1, "2024-02-29..2024-03-02", "2023-02-28..2023-03-02"),
        ("year", 1, "2024-01-01..2024-02-28", "2023-01-01..2023-02-28"),
        ("quarter", 1, "2024-05-01..2024-05-31", "2024-02-01..2024-02-29"),
        ("quarter", 1, "2024-04-01..2024-05-15", "2024-01-01..2024-02-15"),
        ("month", 1, "2024-03-01..2024-03-30", "2024-02-01..2024-02-29"),
        ("month", -1, "2024-02-01..2024-02-29", "2024-03-01..2024-03-31"),
        ("week", 52, "2024-12-30..2025-01-05", "2024-01-01..2024-01-07"),
        ("day", 1, "2024-03-01..2024-03-01", "2024-02-29..2024-02-29"),
        ("iso_year", 1, "2021-01-04..2022-01-02", "2019-12-30..2021-01-03"),  # 52 weeks against 53
        ("iso_year", 1, "2021-01-04..2021-01-10", "2019-12-30..2020-01-05"),
    ],
)
def test_days_answer_to_earlier_ones_by_the_calendar(
    level: str, periods: int, window: str, answer: str
) -> None:
    calendar = Calendar()
    found = calendar.earlier(level, calendar.span(window), periods)
    assert f"{to_date(found.first)}..{to_date(found.last)}" == answer


@given(calendars, days, st.integers(0, 900), st.lists(levels, max_size=3, unique=True))
def test_a_span_is_split_wherever_a_period_begins(
    calendar: Calendar, day: date, length: int, names: list[str]
) -> None:
    span = Days(day_key(day), day_key(day) + length)
    found = calendar.split(names, span)
    assert [run.first for _, run in found] == [span.first, *(run.last + 1 for _, run in found[:-1])]
    assert found[-1][1].last == span.last
    for codes, run in found:
        for at in (run.first, run.last):
            assert codes == tuple(calendar.period_at(name, at) for name in names)
    assert all(one != other for (one, _), (other, _) in pairwise(found))


@given(calendars, days, levels, levels, days)
def test_to_date_begins_with_the_period_and_ends_with_the_cell(
    calendar: Calendar, day: date, period: str, level: str, end: date
) -> None:
    code = calendar.period_at(level, day_key(day))
    cell, span = calendar.days_of(level, code), Days(day_key(date(1900, 1, 1)), day_key(end))
    found = calendar.to_date(period).window(level, code, span)
    if span.last < cell.first:
        assert found is None
        return
    assert found is not None
    assert found.last == min(cell.last, span.last)
    at = to_date(found.last)
    while at > date(1900, 1, 1) and _named(calendar, at - timedelta(days=1), period) == _named(
        calendar, at, period
    ):
        at -= timedelta(days=1)
    assert to_date(found.first) == at


def _named(calendar: Calendar, day: date, level: str) -> str:
    return oracle.period(day, level, calendar.fiscal_start, calendar.week_start)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), max_size=8))
def test_merged_runs_hold_the_same_days(pairs: list[tuple[int, int]]) -> None:
    runs = merged(Days(first, first + more) for first, more in pairs)
    assert {day for run in runs for day in range(run.first, run.last + 1)} == {
        day for first, more in pairs for day in range(first, first + more + 1)
    }
    assert all(after.first > before.last + 1 for before, after in pairwise(runs))
