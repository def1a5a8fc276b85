"""Which stored periods make up the days of a question, the longest first, and into which period asked each falls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from cubes.cells.grain import ALL_TIME
from cubes.cells.scope import Moved
from data.model.calendar import Calendar, Days

STORED = (ALL_TIME, "year", "month", "day")


@dataclass(frozen=True, slots=True)
class Cover:
    """For each stored grain the periods to unite (int32) and the group of each; and the codes of the groups.

    `codes` holds an int32 array for each time level asked: the code of each group. `gaps` are the days that no stored
    period makes up, and the group of each. `group_of_day` has the group of each day from `first_day` on, wanted or not.
    """

    periods: dict[str, tuple[np.ndarray, np.ndarray]]
    codes: tuple[np.ndarray, ...]
    gaps: tuple[np.ndarray, np.ndarray]
    first_day: int
    group_of_day: np.ndarray


def cover(
    calendar: Calendar,
    span: Days,
    runs: Sequence[Days] | None,
    asked: Sequence[str],
    stored: Collection[str],
    moved: Sequence[Moved] = (),
) -> Cover:
    """The fewest stored periods that are the days of `runs` within `span` (None: all), by the levels `asked`.

    Each day falls into the periods asked of its own, or of the day that it is moved to.
    """
    wanted = _wanted(span, runs)
    group, codes = _groups(calendar, _stands_at(span, moved), asked)
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for grain in STORED:
        if grain in stored and wanted.any():
            code, first, last = _periods(calendar, span, grain)
            before = np.concatenate([[0], np.cumsum(wanted)])
            whole = (before[last + 1] - before[first] == last + 1 - first) & (group[first] == group[last])
            found[grain] = code[whole], group[first[whole]]
            for begin, end in zip(first[whole], last[whole], strict=True):
                wanted[begin : end + 1] = False
    left = np.flatnonzero(wanted)
    return Cover(found, codes, (span.first + left, group[left]), span.first, group)


def _wanted(span: Days, runs: Sequence[Days] | None) -> np.ndarray:
    wanted = np.full(len(span), runs is None)
    for run in runs or ():
        met = run.meet(span)
        if met:
            wanted[met.first - span.first : met.last - span.first + 1] = True
    return wanted


def _stands_at(span: Days, moved: Sequence[Moved]) -> np.ndarray:
    """The day in whose periods each day of the span stands, never an earlier one than the day before."""
    days = np.arange(span.first, span.last + 1)
    if not moved:
        return days
    own = np.full(len(days), moved[0].own.first)
    for run in moved:
        met = run.days.meet(span)
        if met:
            own[met.first - span.first : met.last - span.first + 1] = (
                np.arange(met.first, met.last + 1) + run.later
            )
    return np.maximum.accumulate(own)


def _groups(
    calendar: Calendar, days: np.ndarray, asked: Sequence[str]
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """The group of each of these days, which never go back, and the codes of each group."""
    columns, span = [], Days(int(days[0]), int(days[-1]))
    for level in asked:
        code, first, last = _periods(calendar, span, level)
        columns.append(np.repeat(code, last + 1 - first)[days - span.first])
    begins = np.zeros(len(days), np.bool_)
    begins[0] = True
    for column in columns:
        begins[1:] |= column[1:] != column[:-1]
    return np.cumsum(begins) - 1, tuple(column[begins] for column in columns)


def _periods(calendar: Calendar, span: Days, level: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Code, first and last day (counted from the first of the span) of each period within the span."""
    if level == ALL_TIME:
        return np.zeros(1, np.int32), np.zeros(1, np.int64), np.array([len(span) - 1])
    if level == "day":
        days = np.arange(len(span))
        return (span.first + days).astype(np.int32), days, days
    periods = calendar.periods(level, span)
    code = np.array([code for code, _ in periods], np.int32)
    first = np.array([days.first for _, days in periods]) - span.first
    return code, first, np.array([days.last for _, days in periods]) - span.first
