"""Periods as rivals know them: plain dates, so that the engine's own calendar is held against something else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

EPOCH = date(1970, 1, 1)
LEVELS = ("year", "quarter", "month", "week", "day")
Runs = tuple[tuple[date, date], ...]


def is_time(level: str) -> bool:
    """Whether the level is one of time."""
    return level in LEVELS


def key(day: date) -> int:
    """Days since 1970-01-01, as facts hold them."""
    return (day - EPOCH).days


def name(level: str, day: date | datetime) -> str:
    """What the period of `level` that begins on `day` is called.

    >>> name("quarter", date(2025, 4, 1)), name("week", date(2024, 12, 30))
    ('2025-Q2', '2025-W01')
    """
    if level == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if level == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return str(day)[: {"year": 4, "month": 7, "day": 10}[level]]


def run(level: str, text: str) -> tuple[date, date]:
    """The first and the last day of a period by its name.

    >>> run("month", "2024-02")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    numbers = [int(part) for part in re.split(r"\D+", text)]
    match level:
        case "year":
            return date(numbers[0], 1, 1), date(numbers[0], 12, 31)
        case "quarter":
            first = 3 * numbers[1] - 2
            return date(numbers[0], first, 1), _last_of(numbers[0], first + 2)
        case "month":
            return date(numbers[0], numbers[1], 1), _last_of(numbers[0], numbers[1])
        case "week":
            monday = date.fromisocalendar(numbers[0], numbers[1], 1)
            return monday, monday + timedelta(days=6)
    day = date(*numbers)
    return day, day


def both(one: Runs | None, other: Runs) -> Runs:
    """The days that are in both; None stands for all of time."""
    if one is None:
        return other
    met = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple((first, last) for first, last in met if first <= last)


def year_before(runs: Iterable[tuple[date, date]]) -> Runs:
    """The same dates a year earlier; of 29 February the 28th."""
    return tuple((_year_before(first), _year_before(last)) for first, last in runs)


def _year_before(day: date) -> date:
    if (day + timedelta(days=1)).day == 1:
        return _last_of(day.year - 1, day.month)
    return day.replace(year=day.year - 1)


def _last_of(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
