"""What is due: the part of a target that a period should have reached by the day on which the data end.

A period's target is the one set for it; else the sum of those set for the periods it is made of; else its part of one
set for a longer period, by the shape of the year before. A target is never made to agree with others: gaps are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cubes.model import Kind, Measure
from data.model.calendar import Calendar, Days

GRAINS = ("year", "quarter", "month")
Worth = Callable[[Days], float | None]


class Phasing(StrEnum):
    """How a period's target follows from what was set."""

    SET = "set"
    SUMMED = "summed"
    SHAPED = "shaped"
    EVEN = "even"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class DueTarget:
    """`whole` is to be reached by the end of the period, `due` by the last day that is known; `of` is the period for
    which it was set. `gap` is what the finer targets within it add up to, less `whole`; None where they do not tile it.
    `shaped` says that what is due follows the year before (False: day by day alike)."""

    whole: float
    due: float
    phasing: Phasing
    of: str
    shaped: bool = True
    gap: float | None = None


@dataclass(frozen=True, slots=True)
class TargetPeriod:
    """A period of the calendar, and how much of it is known."""

    grain: str
    code: int
    days: Days
    known: Days

    @property
    def is_over(self) -> bool:
        return self.days.last <= self.known.last


def due_target(
    asked: TargetPeriod, targets: Mapping[str, float], measure: Measure, worth: Worth, calendar: Calendar
) -> DueTarget | None:
    """The target of a period, and what of it is due; None where none of `targets` (by period) says anything of it.

    `worth` tells the measure over any days, None where these are not all known.
    """
    found = _whole(asked, targets, measure, worth, calendar)
    if found is None:
        return None
    whole, phasing, of = found
    added = _added(asked, targets, calendar) if measure.adds_over_time else None
    gap = added - whole if added is not None and phasing is Phasing.SET else None
    if asked.is_over or measure.kind is Kind.RATIO:
        return DueTarget(whole, whole, phasing, of, gap=gap)
    share, shaped = _share(asked.known, asked.days, worth, calendar)
    return DueTarget(whole, whole * share, phasing, of, shaped, gap)


def _whole(
    asked: TargetPeriod, targets: Mapping[str, float], measure: Measure, worth: Worth, calendar: Calendar
) -> tuple[float, Phasing, str] | None:
    own = calendar.period_id(asked.grain, asked.code)
    if own in targets:
        return targets[own], Phasing.SET, own
    if measure.adds_over_time and (added := _added(asked, targets, calendar)) is not None:
        return added, Phasing.SUMMED, own
    for grain in reversed(GRAINS[: GRAINS.index(asked.grain)]):
        code = calendar.period_at(grain, asked.days.first)
        of = calendar.period_id(grain, code)
        if of not in targets:
            continue
        if measure.kind in (Kind.RATIO, Kind.HOLISTIC, Kind.SEMI_ADDITIVE):
            return targets[of], Phasing.SAME, of
        share, shaped = _share(asked.days, calendar.days_of(grain, code), worth, calendar)
        return targets[of] * share, Phasing.SHAPED if shaped else Phasing.EVEN, of
    return None


def _added(asked: TargetPeriod, targets: Mapping[str, float], calendar: Calendar) -> float | None:
    """The targets of the finer periods together, where one is set for each of them."""
    for grain in GRAINS[GRAINS.index(asked.grain) + 1 :]:
        names = [calendar.period_id(grain, code) for code, _ in calendar.periods(grain, asked.days)]
        if all(each in targets for each in names):
            return sum(targets[each] for each in names)
    return None


def _share(part: Days, whole: Days, worth: Worth, calendar: Calendar) -> tuple[float, bool]:
    """What the same days had of the same period a year before; by the number of days where that is not known."""
    own, all_ = (worth(calendar.earlier("year", days, 1)) for days in (part, whole))
    if own is None or not all_ or not 0 <= own / all_ <= 1:
        return len(part) / len(whole), False
    return own / all_, True
