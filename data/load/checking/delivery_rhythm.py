"""How many rows a delivery usually has: by the day of the week, the end of the month, and the growth of the last weeks.

The logarithm of the rows is taken to be a level, which follows the latest deliveries, an effect of the day of the
week, an effect of the place in the month, and chance. Medians throughout, so that one odd delivery teaches nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log

import numpy as np

LATEST = 120  # deliveries that are looked at
ENOUGH = 21  # deliveries from which on days are told apart
OF_KIND = 2  # days of a kind from which on it has an effect of its own
WINDOW, LAST = 7, 3  # deliveries that make the level, and the level where it changes at once
TIMES = 3.5  # so many deviations are tolerated
LEAST, MOST, UNLEARNT = 1.45, 3.0, 3.0  # factors up and down
UNMET = 2.2  # the factor of a place in the month that was not met often enough
SPREAD = 1.4826  # from the median deviation to the standard deviation of a normal distribution
ROUNDS = 3
ENDS = 3  # days at the end of a month that stand for themselves


@dataclass(frozen=True, slots=True)
class ExpectedRows:
    """The rows to be expected, and from how many to how many are nothing unusual."""

    rows: float
    low: float
    high: float


def usual(history: Sequence[tuple[date, int]], day: date) -> ExpectedRows | None:
    """What a delivery of `day` should have after those of `history`, the latest last; None where nothing is known.

    >>> usual([(date(2024, 1, day), 100) for day in range(1, 29)], date(2024, 1, 29)).rows
    100.0
    """
    known = [(each, rows) for each, rows in history if rows > 0][-LATEST:]
    if not known:
        return None
    logs = np.array([log(rows) for _, rows in known])
    if len(known) < ENOUGH:
        return _around([float(np.median(logs[-10:]))], UNLEARNT)
    weekdays = [each.weekday() for each, _ in known]
    working = {each for each in weekdays if weekdays.count(each) >= OF_KIND}
    places = [_place(each, working) for each, _ in known]
    week, month = _effects(logs, weekdays, places)
    level = logs - _of(week, weekdays) - _of(month, places)
    before = np.median(np.lib.stride_tricks.sliding_window_view(level[:-1], WINDOW), axis=1)
    deviation = SPREAD * float(np.median(np.abs(level[WINDOW:] - before)))
    place = _place(day, working)
    factor = min(max(exp(TIMES * deviation), LEAST), MOST)
    if place and place not in month:
        factor = max(factor, UNMET)
    effect = week.get(day.weekday(), 0.0) + month.get(place, 0.0)
    return _around([float(np.median(level[-latest:])) + effect for latest in (WINDOW, LAST)], factor)


def _around(levels: Sequence[float], factor: float) -> ExpectedRows:
    rows = [exp(each) for each in levels]
    return ExpectedRows(round(rows[0], 6), min(rows) / factor, max(rows) * factor)


def _of(effects: dict[int, float], kinds: Sequence[int]) -> np.ndarray:
    return np.array([effects.get(each, 0.0) for each in kinds])


def _place(day: date, working: Collection[int]) -> int:
    """Where a day stands among those of its month that are `working` days of the week: -1, -2, -3 at the end, 1 the
    first, 0 between.

    >>> [_place(date(2026, 8, each), range(5)) for each in (31, 28, 27, 26, 3, 4)]
    [-1, -2, -3, 0, 1, 0]
    """
    last = monthrange(day.year, day.month)[1]
    left = sum(day.replace(day=each).weekday() in working for each in range(day.day + 1, last + 1))
    if left < ENDS:
        return -1 - left
    return int(not any(day.replace(day=each).weekday() in working for each in range(1, day.day)))


def _effects(
    logs: np.ndarray, weekdays: Sequence[int], places: Sequence[int]
) -> tuple[dict[int, float], dict[int, float]]:
    """What days of the week, and places in the month other than 0, add to the level: each beside the other."""
    week: dict[int, float] = {}
    month: dict[int, float] = {}
    for _ in range(ROUNDS):
        level = _smooth(logs - _of(week, weekdays) - _of(month, places))
        week = _medians(logs - level - _of(month, places), weekdays)
        month = _medians(logs - level - _of(week, weekdays), places)
        month.pop(0, None)
    return week, month


def _smooth(values: np.ndarray) -> np.ndarray:
    """The median of the values around each."""
    around = np.pad(values, WINDOW, mode="reflect")
    smooth: np.ndarray = np.median(np.lib.stride_tricks.sliding_window_view(around, 2 * WINDOW + 1), axis=1)
    return smooth


def _medians(values: np.ndarray, kinds: Sequence[int]) -> dict[int, float]:
    """The median of the latest values of each kind, where there are enough."""
    found: dict[int, list[float]] = {}
    for kind, value in zip(kinds, values, strict=True):
        found.setdefault(kind, []).append(float(value))
    return {kind: float(np.median(each[-10:])) for kind, each in found.items() if len(each) >= OF_KIND}
