"""The firm's calendar: which days each period covers, how periods are named, and which answer to each other.

Days are counted from 1970-01-01. A period's code grows by one from a period to the next, whatever its level.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from data.errors import BadRequest

EPOCH = date(1970, 1, 1)
FIRST_YEAR, LAST_YEAR = 2, 9998
GRAINS = ("year", "fiscal_year", "iso_year", "quarter", "fiscal_quarter", "month", "week", "day")
FISCAL = ("fiscal_year", "fiscal_quarter")
OF_MONTHS = {"year": 12, "fiscal_year": 12, "quarter": 3, "fiscal_quarter": 3, "month": 1}
A_YEAR_OF_WEEKS = 364
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WRITTEN = {
    "year": re.compile(r"(\d{4})"),
    "fiscal_year": re.compile(r"FY(\d{4})"),
    "iso_year": re.compile(r"(\d{4})"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "fiscal_quarter": re.compile(r"FY(\d{4})-Q([1-4])"),
    "month": re.compile(r"(\d{4})-(\d\d)"),
    "week": re.compile(r"(\d{4})-W(\d\d)"),
    "day": re.compile(r"(\d{4})-(\d\d)-(\d\d)"),
}
WEEK_BY_DAY = re.compile(r"W(\d{4})-(\d\d)-(\d\d)")
EXAMPLES = {
    "year": "2012",
    "fiscal_year": "FY2012",
    "iso_year": "2012",
    "quarter": "2012-Q1",
    "fiscal_quarter": "FY2012-Q1",
    "month": "2012-02",
    "week": "2012-W05",
    "day": "2012-02-29",
}


def day_key(day: date) -> int:
    return (day - EPOCH).days


def to_date(key: int) -> date:
    return EPOCH + timedelta(days=key)


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """An unbroken run of days, both ends included."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def meet(self, other: Days) -> Days | None:
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Days(first, last) if first <= last else None

    def later(self, days: int) -> Days:
        return Days(self.first + days, self.last + days)


def merged(runs: Iterable[Days]) -> tuple[Days, ...]:
    """The same days in as few runs as possible, in order."""
    result: list[Days] = []
    for run in sorted(runs):
        if result and run.first <= result[-1].last + 1:
            result[-1] = Days(result[-1].first, max(result[-1].last, run.last))
        else:
            result.append(run)
    return tuple(result)


def level_written(text: str) -> str | None:
    """The level of a period by the way it is written; a bare year is one of the calendar."""
    if WEEK_BY_DAY.fullmatch(text):
        return "week"
    return next((level for level, shape in WRITTEN.items() if shape.fullmatch(text)), None)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A year that may begin in another month than January for the books, and weeks that may begin on any day.

    `fiscal_start` is the month (1 to 12) in which the fiscal year begins, which is named by the calendar year in
    which it ends: with 7, FY2012 is July 2011 to June 2012. `week_start` is the day (1 Monday to 7 Sunday) on
    which weeks begin. A week belongs to the year that holds its fourth day, as in ISO 8601; weeks that begin
    on Monday bear their ISO names (2012-W05), others that of their first day (W2012-01-29). Raises BadRequest.
    """

    fiscal_start: int = 1
    week_start: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.fiscal_start <= 12:
            raise BadRequest(
                f"No fiscal year begins in month {self.fiscal_start}.",
                "Write a month from 1, January, to 12, December.",
            )
        if not 1 <= self.week_start <= 7:
            raise BadRequest(
                f"No week begins on day {self.week_start}.", "Write a day from 1, Monday, to 7, Sunday."
            )

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Calendar:
        """The calendar that the settings of a warehouse say."""
        return cls(int(settings.get("fiscal_start", 1)), int(settings.get("week_start", 1)))

    @property
    def hierarchies(self) -> tuple[tuple[str, ...], ...]:
        """The time levels, coarse to fine; fiscal ones only where they differ from those of the calendar."""
        fiscal = ((*FISCAL, "month", "day"),) if self.fiscal_start != 1 else ()
        return (("year", "quarter", "month", "day"), *fiscal, ("iso_year", "week", "day"))

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(level for hierarchy in self.hierarchies for level in hierarchy))

    def label(self, level: str) -> str:
        """How a level is called."""
        if self.week_start == 1 and level in ("iso_year", "week"):
            return f"ISO {level.removeprefix('iso_')}"
        return "Year of weeks" if level == "iso_year" else level.replace("_", " ").capitalize()

    def days_of(self, level: str, code: int) -> Days:
        """The days of one period.

        >>> days = Calendar().days_of("month", 2012 * 12 + 1)
        >>> to_date(days.first), to_date(days.last)
        (datetime.date(2012, 2, 1), datetime.date(2012, 2, 29))
        """
        return Days(self._first_day(level, code), self._first_day(level, code + 1) - 1)

    def _first_day(self, level: str, code: int) -> int:
        if level in OF_MONTHS:
            size = OF_MONTHS[level]
            month = (code - self._ahead(level)) * size + self._offset(level)
            return day_key(date(month // 12, month % 12 + 1, 1))
        if level == "iso_year":
            return self._first_day("week", self.period_at("week", day_key(date(code, 1, 4))))
        return code * 7 + self.week_start - 4 if level == "week" else code

    def _offset(self, level: str) -> int:
        """The months by which the periods of a level begin after those of the calendar."""
        return self.fiscal_start - 1 if level in FISCAL else 0

    def _ahead(self, level: str) -> int:
        """A fiscal year that ends in the next calendar year is named by that."""
        return 12 // OF_MONTHS[level] if self._offset(level) else 0

    def period_at(self, level: str, day: int) -> int:
        """The code of the period that a day falls in.

        >>> Calendar().period_at("month", day_key(date(2012, 2, 29))) == 2012 * 12 + 1
        True
        """
        if level in OF_MONTHS:
            at = to_date(day)
            month = at.year * 12 + at.month - 1 - self._offset(level)
            return month // OF_MONTHS[level] + self._ahead(level)
        week = (day + 4 - self.week_start) // 7
        if level == "iso_year":
            return to_date(self._first_day("week", week) + 3).year
        return week if level == "week" else day

    def period_id(self, level: str, code: int) -> str:
        """How a period is written: 2012, 2012-Q1, 2012-02, 2012-W05 or W2012-01-29, 2012-02-29, FY2012, FY2012-Q1.

        >>> Calendar().period_id("quarter", 2012 * 4), Calendar(fiscal_start=7).period_id("fiscal_year", 2012)
        ('2012-Q1', 'FY2012')
        """
        match level:
            case "year" | "iso_year":
                return f"{code:04d}"
            case "fiscal_year":
                return f"FY{code:04d}"
            case "quarter" | "fiscal_quarter":
                return f"{'FY' if level in FISCAL else ''}{code // 4:04d}-Q{code % 4 + 1}"
            case "month":
                return f"{code // 12:04d}-{code % 12 + 1:02d}"
            case "week":
                return self._week_id(to_date(self._first_day("week", code)))
        return to_date(code).isoformat()

    def _week_id(self, first: date) -> str:
        if self.week_start != 1:
            return f"W{first.isoformat()}"
        year, week, _ = first.isocalendar()
        return f"{year:04d}-W{week:02d}"

    def periods(self, level: str, span: Days) -> list[tuple[int, Days]]:
        """The code of each period that meets `span`, and the days of it that lie in it."""
        codes = range(self.period_at(level, span.first), self.period_at(level, span.last) + 1)
        found = ((code, self.days_of(level, code).meet(span)) for code in codes)
        return [(code, days) for code, days in found if days]

    def parse_period(self, level: str, text: str) -> int:
        """The code of a period as written by `period_id`. Raises BadRequest."""
        try:
            return self._parsed(level, text.strip())
        except ValueError:
            raise BadRequest(
                f"{text!r} is no {level.replace('_', ' ')}.", f"Write it like {self._example(level)}."
            ) from None

    def days_written(self, level: str, text: str) -> Days:
        """The days of a period as written by `period_id`. Raises BadRequest."""
        return self.days_of(level, self.parse_period(level, text))

    def _example(self, level: str) -> str:
        if level != "week" or self.week_start == 1:
            return EXAMPLES[level]
        some = self._week_id(to_date(self.days_of("week", self.period_at("week", 15369)).first))
        return f"{some}, by its first day: weeks begin on {WEEKDAYS[self.week_start - 1]}"

    def _parsed(self, level: str, text: str) -> int:
        by_day = level == "week" and self.week_start != 1
        found = (WEEK_BY_DAY if by_day else WRITTEN[level]).fullmatch(text)
        numbers = [int(part) for part in found.groups()] if found else []
        if not numbers or not FIRST_YEAR <= numbers[0] <= LAST_YEAR:
            raise ValueError
        match level:
            case "quarter" | "fiscal_quarter":
                return numbers[0] * 4 + numbers[1] - 1
            case "month":
                return self.period_at("month", day_key(date(numbers[0], numbers[1], 1)))
            case "week" if not by_day:
                return self.period_at("week", day_key(date.fromisocalendar(numbers[0], numbers[1], 1)))
            case "week":
                return self._week_of(date(*numbers))
            case "day":
                return day_key(date(*numbers))
        return numbers[0]

    def _week_of(self, first: date) -> int:
        if first.isoweekday() != self.week_start:
            raise ValueError
        return self.period_at("week", day_key(first))

    def span(self, text: str) -> Days:
        """The days of a period of any level, or from one to another: 2010-Q1, 2010-01..2010-03. Raises BadRequest."""
        begin, dots, end = (part.strip() for part in text.partition(".."))
        days = Days(self._any_period(begin).first, self._any_period(end if dots else begin).last)
        if days.first > days.last:
            raise BadRequest(f"{text!r} ends before it begins.", "Write the earlier period first.")
        return days

    def _any_period(self, text: str) -> Days:
        level = level_written(text)
        if level is None:
            raise BadRequest(f"{text!r} is no period.", "Write it like 2012, 2012-Q1, 2012-02 or 2012-02-29.")
        if level in FISCAL and level not in self.levels:
            raise BadRequest(
                f"{text!r} is a period of a fiscal year, and this firm's begins in January.",
                f"Write {text.removeprefix('FY')}, or set the month in which the fiscal year begins.",
            )
        return self.days_written(level, text)

    def earlier(self, level: str, window: Days, periods: int) -> Days:
        """The days that answer to a window so many periods of `level` earlier (later, where below 0), by the calendar.

        Months, quarters and years go from date to date: the end of a month answers to the end of a month, and a day
        that the other month lacks to its last one. Weeks and days go by days. In a year of weeks, days are counted
        from its beginning, and its end answers to the end.

        >>> month = Calendar().days_of("month", 2024 * 12 + 1)
        >>> days = Calendar().earlier("year", month, 1)
        >>> to_date(days.first), to_date(days.last)
        (datetime.date(2023, 2, 1), datetime.date(2023, 2, 28))
        """
        if level in OF_MONTHS:
            months = OF_MONTHS[level] * periods
            return Days(_months_earlier(window.first, months), _end_earlier(window.last, months))
        if level != "iso_year":
            return window.later(-periods * (7 if level == "week" else 1))
        code = self.period_at(level, window.first)
        own, other = self.days_of(level, code), self.days_of(level, code - periods)
        first = min(window.first - own.first + other.first, other.last)
        if window.last > own.last:
            return Days(first, self.earlier(level, Days(own.last + 1, window.last), periods).last)
        whole = window.last == own.last
        return Days(first, other.last if whole else min(window.last - own.first + other.first, other.last))

    def split(self, levels: Sequence[str], span: Days) -> list[tuple[tuple[int, ...], Days]]:
        """The runs of days within `span` that lie in one period of each of the levels, with the codes of those."""
        begins = {span.first}
        for level in levels:
            begins |= {days.first for _, days in self.periods(level, span)}
        firsts = sorted(begins)
        runs = (
            Days(first, after - 1) for first, after in zip(firsts, [*firsts[1:], span.last + 1], strict=True)
        )
        return [(tuple(self.period_at(level, run.first) for level in levels), run) for run in runs]

    def to_date(self, period: str) -> ToDate:
        """Cumulation from the beginning of each `period`: "year" for year to date, and so on."""
        return ToDate(self, period)


def _months_earlier(day: int, months: int) -> int:
    """The same date so many months earlier, or the last of a month that lacks it."""
    at = to_date(day)
    month = max(at.year * 12 + at.month - 1 - months, 12)
    return min(_month_begins(month) + at.day - 1, _month_begins(month + 1) - 1)


def _end_earlier(day: int, months: int) -> int:
    """The same, but of the last day of a month the last day of the other."""
    after = to_date(day + 1)
    return _months_earlier(day + 1, months) - 1 if after.day == 1 else _months_earlier(day, months)


def _month_begins(month: int) -> int:
    return day_key(date(month // 12, month % 12 + 1, 1))


@dataclass(frozen=True, slots=True)
class ToDate:
    """Period to date: what has come together since the beginning of the year, the quarter, the month ..."""

    calendar: Calendar
    period: str

    def window(self, level: str, code: int, span: Days) -> Days | None:
        """The days that a cell of `level` cumulates, of a question whose days lie in `span`.

        They end with the cell, or with the span where that ends in it, and begin with the period that holds their
        last day, even before the span does: a year to date begins in January, whatever is cut. None for a cell
        outside the span.

        >>> days = Calendar().to_date("year").window("month", 2012 * 12 + 2, Days(0, 20000))
        >>> to_date(days.first), to_date(days.last)
        (datetime.date(2012, 1, 1), datetime.date(2012, 3, 31))
        """
        inside = self.calendar.days_of(level, code).meet(span)
        if inside is None:
            return None
        period = self.calendar.period_at(self.period, inside.last)
        return Days(self.calendar.days_of(self.period, period).first, inside.last)
