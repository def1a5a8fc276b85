"""Usual: how a cell's parts moved in past periods like the two that are compared, so that noise is not called news."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cubes.contributions import Numbers
from data.calendar import Calendar, Days

FEWEST, MOST = 6, 24
NEWS = 3.5
TO_DEVIATION = 1.4826
GRAINS = ("year", "quarter", "month", "week", "day")
SEVERAL = 3


@dataclass(frozen=True, slots=True)
class Past:
    """Past changes to learn from: `count` of them, of periods of `length` units of `grain`, `lag` units apart.

    `first` and `own` are the codes of the first unit that is known and of the first one of the period asked about.
    `times` is how many such changes make up one of the period asked about: 1 where they are as long as it is,
    else the units in it. Where `days` is not 0, only so many first days of each unit count, as of the one asked about.
    """

    grain: str
    length: int
    lag: int
    first: int
    own: int
    count: int
    times: int = 1
    days: int = 0

    @property
    def enough(self) -> bool:
        return self.count >= FEWEST

    @property
    def starts(self) -> list[int]:
        """The first unit of each past period, the latest first; its counterpart begins `lag` units before."""
        return [self.own - self.length * back for back in range(1, min(self.count, MOST) + 1)]

    @property
    def earliest(self) -> int:
        """The first unit that is needed."""
        return self.starts[-1] - self.lag


def past(calendar: Calendar, extent: Days, own: Days, base: Days, sums: bool) -> Past | None:
    """How far the past tells anything: changes of whole periods where there are enough of them, else of their units.

    `sums` says that the measure of a period is the sum over its units. None where the two periods are not made of
    whole units, as far apart as they are, of any grain. Days are no units to learn from alone: weekdays differ.
    """
    found = [each for grain in GRAINS for each in _of(calendar, grain, extent, own, base, sums)]
    best = [each for each in found if each.enough]
    whole = [each for each in best if each.times == 1]
    return next(iter((*whole, *best)), max(found, key=lambda each: each.count, default=None))


def _of(calendar: Calendar, grain: str, extent: Days, own: Days, base: Days, sums: bool) -> list[Past]:
    length, days = _length(calendar, grain, extent, own)
    at, before = calendar.period_at(grain, own.first), calendar.period_at(grain, base.first)
    lag, aligned = at - before, calendar.days_of(grain, before).first == base.first
    if not length or lag <= 0 or not aligned:
        return []
    first = calendar.period_at(grain, extent.first)
    first += calendar.days_of(grain, first).first < extent.first
    free = max(at - lag - first, 0)
    whole = [Past(grain, length, lag, first, at, free // length, days=days)] if sums or length == 1 else []
    split = length > 1 and grain != "day"
    return whole + ([Past(grain, 1, lag, first, at, free, length)] if split else [])


def _length(calendar: Calendar, grain: str, extent: Days, own: Days) -> tuple[int, int]:
    """The units that a period is made of, 0 where it is not; and the days of a single one that the data end in.

    Several may lack a part of their last unit.
    """
    begin, end = calendar.period_at(grain, own.first), calendar.period_at(grain, own.last)
    if calendar.days_of(grain, begin).first != own.first:
        return 0, 0
    units = end - begin + 1
    if calendar.days_of(grain, end).last == own.last:
        return units, 0
    if own.last != extent.last or (units > 1 and units < SEVERAL):
        return 0, 0
    return units, len(own) if units == 1 else 0


@dataclass(frozen=True, slots=True)
class Usual:
    """How parts usually move: `middle` and `spread` of their change, an array each; `spread` is like a deviation.

    `bar` is how many spreads from the middle a change is news.
    """

    middle: Numbers
    spread: Numbers
    bar: float

    def range(self) -> tuple[Numbers, Numbers]:
        """From where to where changes usually go: two spreads to both sides, about 19 of 20."""
        return self.middle - 2 * self.spread, self.middle + 2 * self.spread

    def is_news(self, effect: Numbers) -> npt.NDArray[np.bool_]:
        """Which of these effects, one a part, are beyond what is usual."""
        return np.abs(_surprise(effect - self.middle, self.spread)) >= self.bar


def usual(changes: Numbers, size: Numbers, units: Numbers, of: Past, sums: bool) -> Usual:
    """What is usual after past changes (parts x changes): their median, and their median absolute deviation.

    The deviation is that of one more change like them: its own spread and the doubt about the median, whose
    variance is pi / 2m of theirs after m changes. Changes of units are put together into one of the period: as
    independent ones where the measure sums, else as one of the same relative size (`size` is that of the period,
    `units` that of the usual unit). A spread is never taken as smaller than the one that parts of its size have in
    the middle, sizes compared by their square roots as those of counts are: few changes are often alike by luck.

    The bar is 3.5 (Iglewicz & Hoaglin 1993), or what the part that moved most of all moved in any past period, where
    that is more: among many parts one always moves far.
    """
    count = changes.shape[1]
    middle = np.median(changes, axis=1)
    off = changes - middle[:, None]
    spread = TO_DEVIATION * np.median(np.abs(off), axis=1)
    spread = np.maximum(spread, _least(spread, size))
    furthest = np.abs(_surprise(off, spread[:, None])).max(initial=0.0)
    doubt = math.pi / (2 * count)
    if sums:
        factor, wider = np.full_like(size, float(of.times)), math.sqrt(1 / of.times + doubt)
    else:
        factor, wider = _factor(size, units, of.times), math.sqrt(1 + doubt)
    return Usual(middle * factor, spread * factor * wider, max(NEWS, float(furthest)))


def _surprise(off: Numbers, spread: Numbers) -> Numbers:
    """How many spreads; without a spread nothing is no surprise, and anything is beyond all bounds."""
    far = np.where(off == 0, 0.0, np.copysign(np.finfo(float).max, off))
    return np.divide(off, spread, out=far, where=np.broadcast_to(spread > 0, off.shape))


def _factor(size: Numbers, units: Numbers, times: int) -> Numbers:
    """How many times as large a part is in the period as in a unit of it: between 1 and `times`."""
    most = np.full_like(size, float(times))
    return np.clip(np.divide(size, units, out=most, where=units > 0), 1.0, float(times))


def _least(spread: Numbers, size: Numbers) -> Numbers:
    """The spread that parts of these sizes have in the middle of those that have any; 0 where those are few."""
    root = np.sqrt(np.maximum(size, 0))
    known = (root > 0) & (spread > 0)
    if np.count_nonzero(known) < SEVERAL:
        return np.zeros_like(spread)
    root = np.where(root > 0, root, np.median(root[known]))
    return root * np.median(spread[known] / root[known])
