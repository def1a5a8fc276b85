"""Ahead or behind: a key figure against what is due of its target, and whether chance alone may have done it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from cubes.analysis.due_target import DueTarget, TargetPeriod, due_target
from cubes.ask.answer import Answer
from cubes.catalogue.kpis import DeclaredKpi
from cubes.model import Kind, Measure
from cubes.query import Cut, Query
from data.model.calendar import Days, to_date
from data.store.warehouse import Profile

Ask = Callable[[Query], Answer]
NOISE_DAYS, FEWEST_DAYS = 56, 28
Z = 1.959964


class TargetVerdict(StrEnum):
    """How a figure stands to what is due."""

    AHEAD = "ahead"
    REACHED = "reached"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """A figure in a period as far as it is known, beside its target; in the figure's unit.

    `value` is None where nothing is known, `target` where none is set. `error` is the standard error of the value from
    the days' own noise (see `standard_error`), None where it is not told; `by_chance` whether the difference to what
    is due lies within 95% of it.
    """

    kpi: DeclaredKpi
    period: TargetPeriod
    value: float | None
    target: DueTarget | None
    error: float | None = None

    @property
    def difference(self) -> float | None:
        """Value less what is due."""
        return None if self.value is None or self.target is None else self.value - self.target.due

    @property
    def verdict(self) -> TargetVerdict | None:
        if self.difference is None:
            return None
        good = self.difference * self.kpi.direction
        return (
            TargetVerdict.REACHED
            if math.isclose(good, 0, abs_tol=1e-9)
            else TargetVerdict.AHEAD
            if good > 0
            else TargetVerdict.BEHIND
        )

    @property
    def by_chance(self) -> bool | None:
        if self.difference is None or self.error is None:
            return None
        return abs(self.difference) <= Z * self.error


def target_status(
    ask: Ask,
    profile: Profile,
    kpi: DeclaredKpi,
    period: tuple[str, int],
    targets: Mapping[str, float],
    cuts: tuple[Cut, ...] = (),
) -> TargetStatus | None:
    """How a figure stands in a period (its grain and code) within cuts; None where none of its days is known."""
    placed = _placed(kpi, profile, period)
    if placed is None:
        return None
    known, asked = placed
    target = due_by(ask, profile, kpi, period, targets, cuts)
    error = standard_error(ask, kpi, asked.known, known, cuts) if target else None
    return TargetStatus(kpi, asked, _value(ask, kpi, cuts, asked.known), target, error)


def due_by(
    ask: Ask,
    profile: Profile,
    kpi: DeclaredKpi,
    period: tuple[str, int],
    targets: Mapping[str, float],
    cuts: tuple[Cut, ...] = (),
) -> DueTarget | None:
    """The target of a period and what of it is due, from those set by period; None where none says anything of it."""
    placed = _placed(kpi, profile, period)
    if placed is None:
        return None
    known, asked = placed

    def worth(days: Days) -> float | None:
        return _value(ask, kpi, cuts, days) if known.first <= days.first and days.last <= known.last else None

    return due_target(asked, targets, kpi.declared, worth, profile.calendar)


def _placed(kpi: DeclaredKpi, profile: Profile, period: tuple[str, int]) -> tuple[Days, TargetPeriod] | None:
    """The days that are known of a figure, and the period with those of them that lie in it; None without any."""
    known, days = known_days(kpi, profile), profile.calendar.days_of(*period)
    inside = days.meet(known) if known else None
    return (known, TargetPeriod(*period, days, inside)) if known and inside else None


def known_days(kpi: DeclaredKpi, profile: Profile) -> Days | None:
    """The days that all facts of a figure know together, or the one that says how far it is known."""
    found = [profile.extents[fact].ordinary for fact in ((kpi.known_by,) if kpi.known_by else kpi.facts)]
    known = [each for each in found if each]
    if len(known) < len(found):
        return None
    first, last = max(each.first for each in known), min(each.last for each in known)
    return Days(first, last) if first <= last else None


def standard_error(
    ask: Ask, kpi: DeclaredKpi, days: Days, known: Days, cuts: tuple[Cut, ...] = ()
) -> float | None:
    """How far a figure over so many days lies from its course by chance: one standard error, in its unit.

    Of sums and counts: the spread of days around the mean of their weekday, over the last 56 days, times the root of
    the days; days are taken as independent. Of ratios the same of numerator less ratio times denominator, over the
    sum of the denominators (the ratio estimator; Cochran, Sampling Techniques, 1977, eq. 6.9). Of shares of what is
    counted on few days, as retention is at the ends of periods, the binomial one (eq. 3.8 there, without its correction
    for a finite population). Of distinct customers the root of their number, which is at least it. None for other
    kinds, and from fewer than 28 days.
    """
    measure = kpi.declared
    if measure.kind is Kind.DISTINCT and not measure.adds_over_time:
        value = _value(ask, kpi, cuts, days)
        return math.sqrt(value) if value else None
    window = Days(max(known.first, days.last - NOISE_DAYS + 1), days.last)
    if len(window) < FEWEST_DAYS or not all(part.adds_over_time for _, part in kpi.parts):
        return None
    daily = _daily(ask, kpi, window, cuts)
    if len(kpi.parts) == 1:
        return _spread(daily["weekday"], daily["0"]) * math.sqrt(len(days))
    above, below = (float(daily[each].sum()) for each in ("0", "1"))
    if not below:
        return None
    if (daily["1"] != 0).sum() < FEWEST_DAYS and kpi.is_share:
        return _binomial_error(*(_part_value(ask, cube, part, cuts, days) for cube, part in kpi.parts))
    residual = daily["0"] - daily["1"] * (above / below)
    return _spread(daily["weekday"], residual) * len(window) / (below * math.sqrt(len(days)))


def _binomial_error(some: float | None, of: float | None) -> float | None:
    """That of a share of so many."""
    return math.sqrt(some * (of - some) / of) / of if some is not None and of else None


def _spread(weekdays: pl.Series, values: pl.Series) -> float:
    """The standard deviation of days around the mean of their weekday."""
    daily = pl.DataFrame({"weekday": weekdays, "value": values})
    left = daily.select(pl.col("value") - pl.col("value").mean().over("weekday")).to_series()
    return math.sqrt(float((left * left).sum()) / max(len(left) - weekdays.n_unique(), 1))


def _daily(ask: Ask, kpi: DeclaredKpi, days: Days, cuts: tuple[Cut, ...]) -> pl.DataFrame:
    """`weekday` and the parts of a figure ("0", "1") by day; a day without any line is 0."""
    found = pl.DataFrame({"code": range(days.first, days.last + 1)}, schema={"code": pl.Int64})
    for place, (cube, part) in enumerate(kpi.parts):
        frame = ask(Query((part.name,), ("day",), cuts=(*cuts, _cut(days)), cube=cube)).frame
        value = pl.col(part.name).cast(pl.Float64).alias(str(place))
        found = found.join(
            frame.select(value, code=pl.col("day.id").str.to_date().to_physical().cast(pl.Int64)),
            on="code",
            how="left",
        )
    return found.select(pl.exclude("code").fill_null(0), weekday=pl.col("code").mod(7))


def _value(ask: Ask, kpi: DeclaredKpi, cuts: tuple[Cut, ...], days: Days) -> float | None:
    """Of days that are known: where they hold no line, what the measure's null policy says."""
    found = _asked(ask, Query((kpi.measure,), cuts=(*cuts, _cut(days))))
    return 0.0 if found is None and kpi.declared.zero_when_empty else found


def _part_value(ask: Ask, cube: str, part: Measure, cuts: tuple[Cut, ...], days: Days) -> float | None:
    return _asked(ask, Query((part.name,), cuts=(*cuts, _cut(days)), cube=cube))


def _asked(ask: Ask, query: Query) -> float | None:
    frame = ask(query).frame
    value = frame[query.measures[0]][0] if frame.height else None
    return None if value is None else float(value)


def _cut(days: Days) -> Cut:
    return Cut("day", since=to_date(days.first).isoformat(), until=to_date(days.last).isoformat())
