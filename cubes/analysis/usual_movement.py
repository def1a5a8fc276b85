"""Usual: how a cell's parts moved in past periods like the two that are compared, so that noise is not called news."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from cubes.analysis.contributions import Numbers
from data.model.calendar import Calendar, Days

FEWEST, MOST = 6, 24
NEWS, USUALLY = 3.5, 2.0
LEAST_SHARE = 0.1
LEAST_BEFORE, MOST_BEFORE = 2, 6
TO_DEVIATION = 1.4826
GRAINS = ("year", "quarter", "month", "week", "day")
SEVERAL, MOST_ALIKE = 3, 4


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
    def before(self) -> int:
        """How many periods a period is held against that lie before it; 0 where too few are known."""
        known = (self.own - self.first) // self.length - FEWEST
        return min(known, MOST_BEFORE) if self.times == 1 and known >= LEAST_BEFORE else 0

    @property
    def standing(self) -> list[int]:
        """The first unit of each past period that has `before` others before it, the latest first."""
        known = (self.own - self.first) // self.length - self.before
        return [self.own - self.length * back for back in range(1, min(known, MOST) + 1)]

    @property
    def earliest(self) -> int:
        """The first unit that is needed."""
        needed = self.standing[-1] - self.length * self.before if self.before else self.own
        return min(self.starts[-1] - self.lag, needed)


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
class Moves:
    """What parts did between two periods: `effect` on the whole, and `even`, their part of an even move of all.

    Arrays of parts, or of parts x past changes. `whole` is the whole's change.
    """

    effect: Numbers
    even: Numbers
    whole: Numbers

    @property
    def beyond(self) -> Numbers:
        return self.effect - self.even

    @property
    def matters(self) -> npt.NDArray[np.bool_]:
        """Which are worth telling: beyond an even move, in their own direction, and not small beside the rest."""
        greatest = np.maximum(np.abs(self.whole), np.max(np.abs(self.effect), axis=0, initial=0.0))
        far: npt.NDArray[np.bool_] = np.abs(self.beyond) >= LEAST_SHARE * greatest
        return far & (self.beyond * self.effect > 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far parts stood out of the periods before: in each past period, the one asked about, its counterpart."""

    past: Numbers
    own: Numbers
    base: Numbers

    def towards(self, change: Numbers) -> Numbers:
        """How far the one period stands out in the direction of a change, or the other against it."""
        return np.maximum(self.own * np.sign(change), -self.base * np.sign(change))


@dataclass(frozen=True, slots=True)
class UsualMovement:
    """How parts usually move: `middle` and `spread` of their change beyond `even`; `spread` is like a deviation.

    A change is news from `bar` spreads on; where `standing` is known, also if it goes beyond the usual range and one
    of the two periods stands out by `bar` spreads.
    """

    even: Numbers
    middle: Numbers
    spread: Numbers
    bar: float
    standing: Standing | None = None

    def range(self) -> tuple[Numbers, Numbers]:
        """From where to where changes usually go: two spreads to both sides, about 19 of 20."""
        centre = self.even + self.middle
        return centre - USUALLY * self.spread, centre + USUALLY * self.spread

    def is_news(self, effect: Numbers) -> npt.NDArray[np.bool_]:
        """Which of these effects, one a part, are beyond what is usual."""
        change = _surprise(effect - self.even - self.middle, self.spread)
        far = np.abs(change)
        if self.standing is not None:
            far = np.where(far >= USUALLY, np.maximum(far, self.standing.towards(change)), far)
        return far >= self.bar


def usual(
    past: Moves,
    even: Numbers,
    size: Numbers,
    units: Numbers,
    of: Past,
    sums: bool,
    standing: Standing | None = None,
    searched: int = 0,
) -> UsualMovement:
    """What is usual after past moves (parts x changes): the median beyond even ones, and the median deviation.

    What all do alike (season, growth) is taken off first, as the market's return is in event studies (MacKinlay
    1997). The deviation is that of one more change like them: its own spread and the doubt about the median, whose
    variance is pi / 2m of theirs after m changes. Changes of units are put together into one of the period: as
    independent ones where the measure sums, else as one of the same relative size (`size` is that of the period,
    `units` that of the usual unit). A spread is never taken as smaller than the one that parts of its size have in
    the middle, sizes compared by their square roots as those of counts are: few changes are often alike by luck.

    The bar is 3.5 (Iglewicz & Hoaglin 1993), more after few changes (see `_news`), or the furthest that a part went in
    any past period in which it would have been worth telling, where that is more. Of parts chosen for what they do
    now, out of as many as were `searched`, any past move counts, and chance had as many tries (Bonferroni).
    """
    middle, spread = _centred(past.beyond, size)
    surprise = np.abs(_surprise(past.beyond - middle[:, None], spread[:, None]))
    far, told = surprise, past.matters | bool(searched)
    if standing is not None:
        far, told = _stood(standing, surprise, told, bool(searched))
    news = _news(len(far), far.shape[1], searched)
    bar = max(news, float(np.where(told, far, 0.0).max(initial=0.0)))
    doubt = math.pi / (2 * surprise.shape[1])
    if sums:
        factor, wider = np.full_like(size, float(of.times)), math.sqrt(1 / of.times + doubt)
    else:
        factor, wider = _factor(size, units, of.times), math.sqrt(1 + doubt)
    return UsualMovement(even, middle * factor, spread * factor * wider, bar, standing)


def standing(past: Numbers, own: Numbers, base: Numbers, size: Numbers) -> Standing:
    """In spreads, after how far off the periods before values were: in past ones (parts x periods), and in the two."""
    middle, spread = _centred(past, size)
    wider = spread * math.sqrt(1 + math.pi / (2 * past.shape[1]))
    return Standing(
        _surprise(past - middle[:, None], spread[:, None]),
        _surprise(own - middle, wider),
        _surprise(base - middle, wider),
    )


def _centred(past: Numbers, size: Numbers) -> tuple[Numbers, Numbers]:
    """The median of each part, and its deviation, never smaller than that of its like."""
    middle = np.median(past, axis=1)
    spread = TO_DEVIATION * np.median(np.abs(past - middle[:, None]), axis=1)
    return middle, np.maximum(spread, _least(spread, size))


def _news(parts: int, count: int, searched: int = 0) -> float:
    """What Student's t exceeds as seldom as a normal deviate exceeds 3.5 (Abramowitz & Stegun 1964, 26.7.5).

    Where parts were chosen out of more, as much more seldom as more were `searched`. A spread that may not be smaller
    than that of its like stands on their changes too (see Smyth 2004): on those of half of them, and of four at most.
    """
    seldom = NormalDist().cdf(-NEWS) * min(parts / (searched or parts), 1.0)
    z, free = -NormalDist().inv_cdf(seldom), max(count - 1, 1) * max(min((parts + 1) // 2, MOST_ALIKE), 1)
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / free + second / free**2 + third / free**3


def _stood(
    standing: Standing, surprise: Numbers, told: npt.NDArray[np.bool_], chosen: bool
) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """How far parts stood out in the past periods whose change is known, and where that change would have told."""
    known = min(surprise.shape[1], standing.past.shape[1])
    moved = (surprise[:, :known] >= USUALLY) | chosen
    return np.abs(standing.past[:, :known]), told[:, :known] & moved


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
