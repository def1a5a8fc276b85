"""The hours in which a firm answers: weekdays with hours, and holidays; how much lies between two moments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from data.errors import BadRequest, did_you_mean

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOUR = 3_600
USUAL = "Mon-Fri 9-17"
REMEDY = "Write them like Mon-Fri 9-13, Mon-Fri 14-18, Sat 10-12:30."
PART = re.compile(r"([A-Za-z]+)(?:-([A-Za-z]+))? ([\d:]+)-([\d:]+)")
CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?")
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2200, 1, 1)

Whole = npt.NDArray[np.int64]
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """From when to when each weekday is open, Monday first, in seconds of the day, but on holidays: spans one after the
    other, none where it is closed."""

    opens: tuple[Spans, ...]
    holidays: frozenset[date] = frozenset()

    def __str__(self) -> str:
        """As `parse_hours` reads it."""
        told, at = [], 0
        while at < len(DAYS):
            last = at
            while last + 1 < len(DAYS) and self.opens[last + 1] == self.opens[at]:
                last += 1
            days = DAYS[at] if last == at else f"{DAYS[at]}-{DAYS[last]}"
            told += [f"{days} {_clock(begin)}-{_clock(end)}" for begin, end in self.opens[at]]
            at = last + 1
        return ", ".join(told)

    def open_between(self, day: Whole, second: Whole, to_day: Whole, to_second: Whole) -> Whole:
        """The open seconds from one moment to another, each a day (since 1970) and a second of it; negative ones where
        the second is the earlier one."""
        if not len(day):
            return np.zeros(0, np.int64)
        first = int(min(day.min(), to_day.min()))
        spans = self._days(first, int(max(day.max(), to_day.max())))
        before = np.concatenate([[0], np.cumsum(sum(length for _, length in spans))])

        def reached(day: Whole, second: Whole) -> Whole:
            at = day - first
            today = sum(np.clip(second - begin[at], 0, length[at]) for begin, length in spans)
            return np.asarray(before[at] + today, np.int64)

        return reached(to_day, to_second) - reached(day, second)

    def days_between(self, day: Whole, to_day: Whole) -> Whole:
        """The open days after a day, up to and with another (0 on the same day)."""
        if not len(day):
            return np.zeros(0, np.int64)
        first = int(min(day.min(), to_day.min()))
        spans = self._days(first, int(max(day.max(), to_day.max())))
        until = np.cumsum(sum(length for _, length in spans) > 0)
        return np.asarray(until[to_day - first] - until[day - first], np.int64)

    def _days(self, first: int, last: int) -> list[tuple[Whole, Whole]]:
        """When each day opens for the first time, the second ..., and for how long (0: not so often)."""
        at = np.arange(first, last + 1)
        shut = np.isin(at, [(each - FIRST_DAY).days for each in self.holidays])
        found = []
        for nth in range(max(map(len, self.opens))):
            spans = [each[nth] if nth < len(each) else (0, 0) for each in self.opens]
            hours = np.array(spans)[(at + FIRST_DAY.weekday()) % 7]
            found.append((hours[:, 0], np.where(shut, 0, hours[:, 1] - hours[:, 0])))
        return found


def parse_hours(text: str, holidays: str = "") -> BusinessHours:
    """Hours as people write them, and holidays as days parted by commas or blanks. Errors: BadRequest.

    >>> str(parse_hours("Mon-Fri 9-13, Mon-Fri 14-18, Sat 10-12:30"))
    'Mon-Fri 9-13, Mon-Fri 14-18, Sat 10-12:30'
    """
    opens: list[Spans] = [()] * len(DAYS)
    for part in filter(None, (each.strip() for each in text.split(","))):
        days, hours = _part(part)
        for at in days:
            opens[at] = _joined(DAYS[at], opens[at], hours)
    if not any(opens):
        raise BadRequest("No hour is open.", REMEDY)
    return BusinessHours(
        tuple(opens), frozenset(_holiday(each) for each in re.split(r"[,;\s]+", holidays) if each)
    )


def _joined(day: str, spans: Spans, more: tuple[int, int]) -> Spans:
    """The spans of a day with one more. Errors: BadRequest where two overlap, which would be counted twice."""
    found = sorted([*spans, more])
    for (begin, end), (following, until) in pairwise(found):
        if following < end:
            both = f"{_clock(begin)}-{_clock(end)} and {_clock(following)}-{_clock(until)}"
            raise BadRequest(f"{day} is open {both}, which overlap.", "Write each hour of a day once.")
    return tuple(found)


def _length(spans: Spans) -> int:
    return sum(end - begin for begin, end in spans)


def _part(text: str) -> tuple[tuple[int, ...], tuple[int, int]]:
    found = PART.fullmatch(text)
    if not found:
        raise BadRequest(f"{text[:40]!r} are no business hours.", REMEDY)
    first, last = _weekday(found[1]), _weekday(found[2] or found[1])
    begin, end = _second(found[3]), _second(found[4])
    if end <= begin:
        raise BadRequest(
            f"{text!r} ends before it begins.",
            "Hours over midnight are two parts: Mon-Sun 22-24, Mon-Sun 0-6.",
        )
    days = range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))
    return tuple(days), (begin, end)


def _weekday(text: str) -> int:
    name = text[:3].capitalize()
    if name not in DAYS:
        raise BadRequest(f"{text[:20]!r} is no day of the week.", did_you_mean(name, DAYS))
    return DAYS.index(name)


def _second(text: str) -> int:
    found = CLOCK.fullmatch(text)
    second = int(found[1]) * HOUR + int(found[2] or 0) * 60 if found else 25 * HOUR
    if second > 24 * HOUR or (found and int(found[2] or 0) > 59):
        raise BadRequest(f"{text[:20]!r} is no time of day.", REMEDY)
    return second


def _holiday(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text[:20]!r} is no day.", "Write holidays like 2025-12-25.") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise BadRequest(f"{text[:20]!r} is no day of ours.", "Write holidays like 2025-12-25.")
    return found


def _clock(second: int) -> str:
    hour, rest = divmod(second, HOUR)
    return f"{hour}:{rest // 60:02}" if rest else str(hour)
