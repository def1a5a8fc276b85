"""Comparison with another period: like held against like, never a part against a whole.

A period that the data do not reach the end of is compared with as many days of the other period; a period
whose counterpart begins before the data do has nothing to be compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cubes.members import Scope
from cubes.model import Cube
from cubes.query import Against, Comparison, Period
from data.calendar import A_YEAR_OF_WEEKS, GRAINS, Calendar, Days, day_key, merged, to_date
from data.warehouse import Profile

Runs = tuple[Days, ...]
OF_WHOLE_WEEKS = ("week", "day")


@dataclass(frozen=True, slots=True)
class Baseline:
    """The days to ask about, and which period each compared period stands for (code -> code).

    `level` is the time level of the question's rows or columns; None compares the question's whole time, and
    then `periods` is empty. `own` are the days of the question itself that have a counterpart. Where `shift` is
    not 0, the days do not fall into periods of their own: each stands for the day `shift` days later, and is to
    be put into that day's periods (the codes of `periods` are those).
    """

    level: str | None
    days: Runs = ()
    own: Runs = ()
    periods: Mapping[int, int] = field(default_factory=dict)
    shift: int = 0

    def sentence(self) -> str:
        """The two spans in words, such as '2011-01-01 – 2011-12-09 against 2010-01-01 – 2010-12-09'."""
        if not self.days:
            return "nothing to compare with: the data do not reach that far"
        lengths = sum(map(len, self.own)), sum(map(len, self.days))
        unequal = f" ({lengths[0]:,} days against {lengths[1]:,})" if lengths[0] != lengths[1] else ""
        return f"{_span(self.own)} against {_span(self.days)}{unequal if self.level is None else ''}"


def _span(runs: Runs) -> str:
    return f"{to_date(runs[0].first)} – {to_date(runs[-1].last)}"


def baseline(
    profile: Profile, scope: Scope, level: str | None, comparison: Against, fact: str = "sale"
) -> Baseline:
    """What to compare with. `level` as in Baseline, a time level; `fact` is the table whose days are asked about.

    Raises BadRequest for a period that the calendar does not have.
    """
    calendar, extent = profile.calendar, _extent(profile, fact)
    other = calendar.span(comparison.value) if isinstance(comparison, Period) else None
    if extent is None:
        return Baseline(level)
    runs = scope.days or (extent,)
    if other is not None:
        return (
            _of_time(runs, extent, other) if level is None else _in_turn(calendar, level, runs, extent, other)
        )
    if comparison is Comparison.WEEKDAYS:
        return _weekdays(calendar, level, runs, extent)
    return _neighbours(calendar, level, scope, runs, extent, comparison)


def _extent(profile: Profile, fact: str) -> Days | None:
    """The days that the data reach."""
    found = profile.extents[fact]
    if found.first_day is None or found.last_day is None:
        return None
    return Days(day_key(found.first_day), day_key(found.last_day))


def _neighbours(
    calendar: Calendar, level: str | None, scope: Scope, runs: Runs, extent: Days, comparison: Against
) -> Baseline:
    """Each period against the one before, or against that of a year ago."""
    grain = level or scope.time_level
    if grain is None:
        return Baseline(level)
    if level is None and grain == "day":
        if not all(_whole_months(run) for run in runs):
            return _shifted_runs(calendar, runs, extent, comparison)
        grain = "month"
    windows = list(_windows(calendar, grain, runs, extent))
    distance = windows[-1][0] - windows[0][0] + 1 if windows and level is None else 1
    pairs: list[tuple[int, int, Days, Days]] = []
    for code, window in windows:
        base = code - distance if comparison is Comparison.PREVIOUS else calendar.year_before(grain, code)
        days = calendar.base_days(grain, code, base, window)
        if days.first >= extent.first:
            pairs.append((base, code, days, window))
    if level is None and len(pairs) < len(windows):
        return Baseline(level)
    return _paired(level, pairs)


def _paired(level: str | None, pairs: list[tuple[int, int, Days, Days]], shift: int = 0) -> Baseline:
    """From the code and the days compared with, and those that they stand for."""
    periods = {base: code for base, code, _, _ in pairs} if level else {}
    days, own = merged(each[2] for each in pairs), merged(each[3] for each in pairs)
    return Baseline(level, days, own, periods, shift)


def _whole_months(run: Days) -> bool:
    first, after = to_date(run.first), to_date(run.last + 1)
    return first.day == 1 and after.day == 1


def _inside(runs: Runs, extent: Days) -> Runs:
    return tuple(met for run in runs if (met := run.meet(extent)))


def _shifted_runs(calendar: Calendar, runs: Runs, extent: Days, comparison: Against) -> Baseline:
    """Any days at all: against as many days before, or against the same dates of the year before."""
    own = _inside(runs, extent)
    if not own:
        return Baseline(None)
    if comparison is Comparison.PREVIOUS:
        length = own[-1].last - own[0].first + 1
        base = tuple(run.later(-length) for run in own)
    else:
        base = tuple(
            Days(calendar.year_before("day", run.first), calendar.year_before("day", run.last)) for run in own
        )
    return Baseline(None, base, own) if base[0].first >= extent.first else Baseline(None)


def _weekdays(calendar: Calendar, level: str | None, runs: Runs, extent: Days) -> Baseline:
    """Each day against the one 52 weeks before, so that Saturdays meet Saturdays."""
    if level is None:
        own = _inside(runs, extent)
        base = tuple(run.later(-A_YEAR_OF_WEEKS) for run in own)
        return Baseline(None, base, own) if base and base[0].first >= extent.first else Baseline(None)
    pairs = _day_by_day(calendar, level, runs, extent, A_YEAR_OF_WEEKS, extent)
    if level not in OF_WHOLE_WEEKS:
        return _paired(level, pairs, A_YEAR_OF_WEEKS)
    distance = calendar.year_before("week", 0) if level == "week" else -A_YEAR_OF_WEEKS
    return _paired(level, [(code + distance, code, days, window) for _, code, days, window in pairs])


def _day_by_day(
    calendar: Calendar, level: str, runs: Runs, extent: Days, shift: int, within: Days
) -> list[tuple[int, int, Days, Days]]:
    """Each period against its days moved back by `shift`, where all of those lie within."""
    pairs = []
    for code, window in _windows(calendar, level, runs, extent):
        days = window.later(-shift)
        if days.meet(within) == days:
            pairs.append((code, code, days, window))
    return pairs


def _of_time(runs: Runs, extent: Days, other: Days) -> Baseline:
    """The question's whole time against another period; of as many days where it is not over yet."""
    own = _inside(runs, extent)
    if not own:
        return Baseline(None)
    if runs[-1].last > extent.last:
        passed = own[-1].last - max(runs[0].first, extent.first)
        other = Days(other.first, min(other.first + passed, other.last))
    days = other.meet(extent)
    return Baseline(None, (days,), own) if days and other.first >= extent.first else Baseline(None)


def _in_turn(calendar: Calendar, level: str, runs: Runs, extent: Days, other: Days) -> Baseline:
    """The first period against the first of the other span and so on; day by day where either begins amid one.

    A period that the other span or the data hold only a part of is compared with nothing.
    """
    windows = list(_windows(calendar, level, runs, extent))
    within = other.meet(extent)
    if not windows or within is None:
        return Baseline(level)
    (first, opening), began = windows[0], calendar.period_at(level, other.first)
    starts = opening.first, other.first
    if starts != tuple(calendar.days_of(level, code).first for code in (first, began)):
        shift = opening.first - other.first
        return _paired(level, _day_by_day(calendar, level, runs, extent, shift, within), shift)
    pairs = []
    for code, window in windows:
        base = began + code - first
        days = calendar.base_days(level, code, base, window)
        if days.meet(within) == days:
            pairs.append((base, code, days, window))
    return _paired(level, pairs)


def _windows(calendar: Calendar, grain: str, runs: Runs, extent: Days) -> Iterator[tuple[int, Days]]:
    """Each period that the runs touch, and the days of it that lie in them and before the data's end."""
    for run in runs:
        inside = run.meet(extent)
        if inside is None:
            continue
        for code, _ in calendar.periods(grain, inside):
            window = calendar.days_of(grain, code).meet(Days(run.first, inside.last))
            if window:
                yield code, window


def finest_kept(cube: Cube, levels: tuple[str, ...]) -> str | None:
    """The finest time level among these, if there is one.

    Raises nothing: levels of two hierarchies (weeks in months) give the finer, whose cells are compared alone.
    """
    times = [name for name in levels if cube.level(name).is_time]
    return max(times, key=GRAINS.index) if times else None
