"""Periods: the days that a member of a time level covers, and the period that it is compared with.

Days are counted from 1970-01-01. A period's code grows by one from a period to the next, whatever its level.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from cubes.query import Comparison
from data.errors import BadRequest

EPOCH = date(1970, 1, 1)
LAST_YEAR = 9998
GRAINS = ("year", "iso_year", "quarter", "month", "week", "day")
A_YEAR_OF = {"year": 1, "quarter": 4, "month": 12, "iso_year": 1, "week": 52}


def day_key(day: date) -> int:
    return (day - EPOCH).days


def to_date(key: int) -> date:
    return EPOCH + timedelta(days=key)


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """An unbroken run of days, both ends included."""

    first: int
    last: int

    def meet(self, other: Days) -> Days | None:
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Days(first, last) if first <= last else None


def days_of(level: str, code: int) -> Days:
    """The days of one period.

    >>> days = days_of("month", 2012 * 12 + 1)
    >>> to_date(days.first), to_date(days.last)
    (datetime.date(2012, 2, 1), datetime.date(2012, 2, 29))
    """
    return Days(_first_day(level, code), _first_day(level, code + 1) - 1)


def _first_day(level: str, code: int) -> int:
    match level:
        case "year":
            return day_key(date(code, 1, 1))
        case "quarter":
            return day_key(date(code // 4, code % 4 * 3 + 1, 1))
        case "month":
            return day_key(date(code // 12, code % 12 + 1, 1))
        case "iso_year":
            return day_key(date.fromisocalendar(code, 1, 1))
        case "week":
            return code * 7 - 3
    return code


def shifted(level: str, code: int, comparison: Comparison) -> int:
    """The code of the period to compare with: the one before, or that of a year ago.

    A week is compared with the week 52 weeks before, a day with the same date of the year before
    (29 February with the 28th).
    """
    if comparison is Comparison.PREVIOUS:
        return code - 1
    if level == "day":
        return _year_before(code)
    return code - A_YEAR_OF[level]


def _year_before(key: int) -> int:
    day = to_date(key)
    leap_day = (day.month, day.day) == (2, 29)
    return day_key(day.replace(year=day.year - 1, day=28 if leap_day else day.day))


def base_days(level: str, code: int, base: int, window: Days) -> Days:
    """The days of the period `base` that answer to `window` of the period `code`.

    A window that stops before its period does stops its base as many days in, so that a month of which nine
    days have passed is held against nine days.
    """
    own, other = days_of(level, code), days_of(level, base)
    first = min(other.first + window.first - own.first, other.last)
    last = other.last if window.last >= own.last else min(other.first + window.last - own.first, other.last)
    return Days(first, last)


def merged(runs: Iterable[Days]) -> tuple[Days, ...]:
    """The same days in as few runs as possible, in order."""
    result: list[Days] = []
    for run in sorted(runs):
        if result and run.first <= result[-1].last + 1:
            result[-1] = Days(result[-1].first, max(result[-1].last, run.last))
        else:
            result.append(run)
    return tuple(result)


def period_at(level: str, day: int) -> int:
    """The code of the period that a day falls in.

    >>> period_at("month", day_key(date(2012, 2, 29))) == 2012 * 12 + 1
    True
    """
    at = to_date(day)
    match level:
        case "year":
            return at.year
        case "quarter":
            return at.year * 4 + (at.month - 1) // 3
        case "month":
            return at.year * 12 + at.month - 1
        case "iso_year":
            return at.isocalendar().year
        case "week":
            return (day + 3) // 7
    return day


def period_id(level: str, code: int) -> str:
    """How a period is written: 2012, 2012-Q1, 2012-02, 2012-W05, 2012-02-29.

    >>> period_id("quarter", 2012 * 4)
    '2012-Q1'
    """
    match level:
        case "year" | "iso_year":
            return f"{code:04d}"
        case "quarter":
            return f"{code // 4:04d}-Q{code % 4 + 1}"
        case "month":
            return f"{code // 12:04d}-{code % 12 + 1:02d}"
        case "week":
            year, week, _ = to_date(_first_day("week", code)).isocalendar()
            return f"{year:04d}-W{week:02d}"
    return to_date(code).isoformat()


WRITTEN = {
    "year": re.compile(r"(\d{4})"),
    "iso_year": re.compile(r"(\d{4})"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "month": re.compile(r"(\d{4})-(\d\d)"),
    "week": re.compile(r"(\d{4})-W(\d\d)"),
    "day": re.compile(r"(\d{4})-(\d\d)-(\d\d)"),
}
EXAMPLES = {
    "year": "2012",
    "iso_year": "2012",
    "quarter": "2012-Q1",
    "month": "2012-02",
    "week": "2012-W05",
    "day": "2012-02-29",
}


def parse_period(level: str, text: str) -> int:
    """The code of a period as written by `period_id`. Raises BadRequest."""
    found = WRITTEN[level].fullmatch(text.strip())
    try:
        if not found:
            raise ValueError
        numbers = [int(part) for part in found.groups()]
        if not 1 <= numbers[0] <= LAST_YEAR:
            raise ValueError
        match level:
            case "year" | "iso_year":
                return period_at(level, day_key(date(numbers[0], 7, 1)))
            case "quarter":
                return numbers[0] * 4 + numbers[1] - 1
            case "month":
                return period_at("month", day_key(date(numbers[0], numbers[1], 1)))
            case "week":
                return period_at("week", day_key(date.fromisocalendar(numbers[0], numbers[1], 1)))
        return day_key(date(numbers[0], numbers[1], numbers[2]))
    except ValueError:
        raise BadRequest(
            f"{text!r} is no {level.replace('_', ' ')}.", f"Write it like {EXAMPLES[level]}."
        ) from None
