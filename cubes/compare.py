"""Comparison with another period: like held against like, never a part against a whole.

A period that the data do not reach the end of is compared with as many days of the other period; a period
whose counterpart begins before the data do has nothing to be compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cubes.calendar import GRAINS, Days, base_days, day_key, days_of, merged, period_at, shifted, to_date
from cubes.members import Scope
from cubes.model import Cube
from cubes.query import Comparison
from data.warehouse import Profile


@dataclass(frozen=True, slots=True)
class Baseline:
    """The days to ask about, and which period each compared period stands for (code -> code).

    `level` is the time level of the question's rows or columns; None compares the question's whole time, and
    then `periods` is empty. `own` are the days of the question itself that have a counterpart.
    """

    level: str | None
    days: tuple[Days, ...]
    own: tuple[Days, ...]
    periods: Mapping[int, int]

    def sentence(self) -> str:
        """The two spans in words, such as '2011-01-01 – 2011-12-09 against 2010-01-01 – 2010-12-09'."""
        if not self.days:
            return "nothing to compare with: the data do not reach that far back"
        return f"{_span(self.own)} against {_span(self.days)}"


def _span(runs: tuple[Days, ...]) -> str:
    return f"{to_date(runs[0].first)} – {to_date(runs[-1].last)}"


def baseline(profile: Profile, scope: Scope, level: str | None, comparison: Comparison) -> Baseline:
    """What to compare with. `level` as in Baseline; it must be a time level."""
    grain = level or scope.time_level
    if grain is None or profile.first_day is None or profile.last_day is None:
        return Baseline(level, (), (), {})
    extent = Days(day_key(profile.first_day), day_key(profile.last_day))
    runs = scope.days or (extent,)
    if level is None and grain == "day":
        if not all(_whole_months(run) for run in runs):
            return _shifted_runs(runs, extent, comparison)
        grain = "month"
    windows = list(_windows(grain, runs, extent))
    distance = windows[-1][0] - windows[0][0] + 1 if windows and level is None else 1
    pairs: list[tuple[int, int, Days, Days]] = []
    for code, window in windows:
        base = code - distance if comparison is Comparison.PREVIOUS else shifted(grain, code, comparison)
        days = base_days(grain, code, base, window)
        if days.first >= extent.first:
            pairs.append((base, code, days, window))
    if level is None and len(pairs) < len(windows):
        return Baseline(level, (), (), {})
    periods = {base: code for base, code, _, _ in pairs} if level else {}
    return Baseline(level, merged(each[2] for each in pairs), merged(each[3] for each in pairs), periods)


def _whole_months(run: Days) -> bool:
    first, after = to_date(run.first), to_date(run.last + 1)
    return first.day == 1 and after.day == 1


def _shifted_runs(runs: tuple[Days, ...], extent: Days, comparison: Comparison) -> Baseline:
    """Any days at all: against as many days before, or against the same dates of the year before."""
    own = tuple(met for run in runs if (met := run.meet(extent)))
    if not own:
        return Baseline(None, (), (), {})
    length = own[-1].last - own[0].first + 1
    if comparison is Comparison.PREVIOUS:
        base = tuple(Days(run.first - length, run.last - length) for run in own)
    else:
        base = tuple(
            Days(shifted("day", run.first, comparison), shifted("day", run.last, comparison)) for run in own
        )
    reachable = base[0].first >= extent.first
    return Baseline(None, base if reachable else (), own if reachable else (), {})


def _windows(grain: str, runs: tuple[Days, ...], extent: Days) -> Iterator[tuple[int, Days]]:
    """Each period that the runs touch, and the days of it that lie in them and in the data."""
    for run in runs:
        inside = run.meet(extent)
        if inside is None:
            continue
        for code in range(period_at(grain, inside.first), period_at(grain, inside.last) + 1):
            window = days_of(grain, code).meet(Days(run.first, inside.last))
            if window:
                yield code, window


def finest_kept(cube: Cube, levels: tuple[str, ...]) -> str | None:
    """The finest time level among these, if there is one.

    Raises nothing: levels of two hierarchies (weeks in months) give the finer, whose cells are compared alone.
    """
    times = [name for name in levels if cube.level(name).is_time]
    return max(times, key=GRAINS.index) if times else None
