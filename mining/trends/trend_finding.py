"""What was found of a member: what it did, where, by how much, how sure that is, and what was the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from mining.trends.trend_effect import TrendEffect, TrendKind


class FoldReason(StrEnum):
    """Why an alarm is no cause of its own."""

    PART = "part"  # its share of what it is a part of did not change
    WHOLE = "whole"  # without the part it would not have changed
    MIRROR = "mirror"  # it changed only beside another, which moved


@dataclass(frozen=True, slots=True, eq=False)
class TrendFinding:
    """A change of one series that is more than chance.

    `first` and `last` are the periods that it is seen in, by their first days; `earliest` and `latest` those that it
    may have begun in (95%). `size` is the change as a share of what was expected (of a slope: of the growth a period),
    `low` to `high` an interval that holds for what was chosen to be told (Benjamini & Yekutieli 2005); `added` is it in
    logarithms. `of_whole` says that it is one of the share of the whole. `before` is the growth a period until then.
    `amount` is the mean difference a period in the measure's unit. `course` has `period`, `value`, `expected` without
    the change, `low` and `high` (of 95% of periods) and `in_place`.
    """

    series: str
    kind: TrendKind
    effect: TrendEffect
    first: date
    last: date
    earliest: date
    latest: date
    added: float
    size: float
    low: float
    high: float
    before: float
    amount: float
    of_whole: bool
    p_value: float
    q_value: float
    course: pl.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class SeasonFinding:
    """A series whose share of the whole (of all: itself) has a season, or whose season changed (`is_change`).

    `peak` and `trough` are phases (months 1 to 12, weeks 1 to 52), `high` and `low` how far they are above and below
    the year's mean, as shares of it.
    """

    series: str
    kind: TrendKind
    peak: int
    trough: int
    high: float
    low: float
    p_value: float
    q_value: float


@dataclass(frozen=True, slots=True, eq=False)
class FoldedTrend:
    """An alarm that is told by another."""

    finding: TrendFinding
    reason: FoldReason


@dataclass(frozen=True, slots=True, eq=False)
class TrendAlarm:
    """One cause, and the alarms that it explains, the most surprising first."""

    cause: TrendFinding
    folded: tuple[FoldedTrend, ...] = ()
