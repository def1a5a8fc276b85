"""Trends nobody asked for: what members of a cube did that neither their past, their season nor the whole explains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control

from data.errors import BadRequest
from mining.trends.changed_course import changed_course
from mining.trends.member_series import take_series
from mining.trends.one_cause import FoundSeries, one_alarm_a_cause
from mining.trends.searched_group import MOST_OF_RATIO, MOST_SCATTER, SearchedGroup, TrendTest, search_group
from mining.trends.season_test import season_shape
from mining.trends.seasonal_baseline import phases
from mining.trends.trend_effect import Numbers
from mining.trends.trend_finding import SeasonFinding, TrendAlarm, TrendFinding

RATE = 0.05

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class MemberTrends:
    """All that was found at a false-discovery rate: `alarms` and `seasons`, the most surprising first.

    Of `series` series, `tests` tests of changes were made and `season_tests` of seasons: none where less than two years
    are known, and a season may then look like a change. `left_out` were too thin, too short or the same as another.
    """

    grain: str
    rate: float
    alarms: tuple[TrendAlarm, ...]
    seasons: tuple[SeasonFinding, ...]
    series: int
    tests: int
    season_tests: int
    left_out: tuple[str, ...]
    periods: tuple[date, ...]

    @property
    def found(self) -> int:
        """How many changes are more than chance, before those of one cause are put together."""
        return sum(1 + len(each.folded) for each in self.alarms)


def find_trends(
    frame: pl.DataFrame,
    kin: pl.DataFrame,
    grain: str,
    whole: str,
    *,
    rate: float = RATE,
    empty: float | None = 0.0,
    adds: bool = True,
    progress: Progress = lambda _: None,
) -> MemberTrends:
    """Changes and seasons of the series of `frame` (`series`, `period`, `value`: whole periods alone).

    The series `whole` is looked at itself, each other as its share of it: what all do alike is taken off first. `kin`
    (`series`, `ancestor`) says what else each is a part of. `empty` is what a missing row says (None: not known), and
    `adds` whether parts add up to their whole: what does neither is a ratio. Benjamini & Hochberg (1995) over every
    series and kind that was tested. Raises BadRequest.
    """
    if not 0 < rate < 1:
        raise BadRequest(
            f"{rate} is no rate of false discoveries.", "Take one between 0 and 1, such as 0.05."
        )
    taken = take_series(frame, grain, empty)
    values = taken.full()
    if whole not in values:
        raise _broken(frame.filter(pl.col("series") == whole), grain)
    searched, most_scatter = [], MOST_SCATTER if adds or empty is not None else MOST_OF_RATIO
    for at, group in enumerate(taken.groups):
        searched.append(search_group(group, values, whole, grain, most_scatter))
        progress(0.8 * (at + 1) / len(taken.groups))
    ancestors = _ancestors(kin, values)
    changes, seasons = (
        TestFamily.of([(each, test) for each in searched for test in getattr(each, name)], ancestors, rate)
        for name in ("changes", "seasons")
    )
    findings = sorted(
        _changed(changes, values, whole), key=lambda each: (each.q_value, each.p_value, each.series)
    )
    progress(0.9)
    return MemberTrends(
        grain,
        rate,
        one_alarm_a_cause(findings, _weighed(searched, values, whole, ancestors, adds)),
        tuple(sorted(_seasonal(seasons, grain), key=lambda each: (each.q_value, each.p_value, each.series))),
        len(values),
        changes.tests,
        seasons.tests,
        taken.left_out,
        taken.periods,
    )


def _broken(whole: pl.DataFrame, grain: str) -> BadRequest:
    """Why the whole itself has no course: in too many of its periods there is nothing."""
    nothing = whole.height - whole.filter(pl.col("value") > 0).height
    return BadRequest(
        f"{nothing} of {whole.height} whole {grain}s have nothing in them, or nothing above zero: too many to tell a"
        " trend.",
        f"Take a time without them{', look by month' if grain == 'week' else ''} or take a wider slice.",
    )


@dataclass(frozen=True, slots=True, eq=False)
class FoundTest:
    """A test that is more than chance. `level` is that of an interval which holds for what was found."""

    searched: SearchedGroup
    test: TrendTest
    q_value: float
    level: float


@dataclass(frozen=True, slots=True, eq=False)
class TestFamily:
    """So many tests of one family, and those of them that are more than chance at a false-discovery rate.

    Changes and seasons are families of their own: seasons are so many and so sure that false changes would hide among
    them. Members that are a part of as many others have the same weight together, so that many pairs do not drown the
    few members that they are made of (Genovese, Roeder & Wasserman 2006).
    """

    tests: int
    found: tuple[FoundTest, ...]

    @classmethod
    def of(
        cls,
        tests: Sequence[tuple[SearchedGroup, TrendTest]],
        ancestors: Mapping[str, frozenset[str]],
        rate: float,
    ) -> TestFamily:
        if not tests:
            return cls(0, ())
        names = (each.group.names[test.row] for each, test in tests)
        parts, of, many = np.unique(
            [len(ancestors.get(name, ())) for name in names], return_inverse=True, return_counts=True
        )
        weight = (len(tests) / len(parts) / many)[of]
        q = false_discovery_control(np.minimum([test.p_value for _, test in tests] / weight, 1.0))
        found = np.flatnonzero(q <= rate).tolist()
        levels = np.minimum(rate * len(found) / len(tests) * weight, rate)
        kept = ((*tests[at], float(q[at]), float(levels[at])) for at in found)
        return cls(len(tests), tuple(FoundTest(*each) for each in kept))


def _ancestors(kin: pl.DataFrame, values: Mapping[str, Numbers]) -> dict[str, frozenset[str]]:
    """What each series is a part of, of those that were taken."""
    found: dict[str, set[str]] = {}
    for one, other in kin.iter_rows():
        if other in values:
            found.setdefault(one, set()).add(other)
    return {name: frozenset(each) for name, each in found.items()}


def _changed(changes: TestFamily, values: Mapping[str, Numbers], whole: str) -> Iterator[TrendFinding]:
    for each in changes.found:
        group = each.searched.group
        factor = None if group.names[each.test.row] == whole else values[whole][-len(group.periods) :]
        yield changed_course(each.searched, each.test, each.q_value, each.level, factor)


def _seasonal(seasons: TestFamily, grain: str) -> Iterator[SeasonFinding]:
    for each in seasons.found:
        searched, test, q_value = each.searched, each.test, each.q_value
        periods = searched.group.periods
        known = np.unique(phases(periods, grain)) + 1
        far = np.expm1(season_shape(searched.seen[test.row], searched.effects[test.row], periods, grain))
        peak, trough = int(far.argmax()), int(far.argmin())
        yield SeasonFinding(
            searched.group.names[test.row], test.kind, int(known[peak]), int(known[trough]), float(far[peak]),
            float(far[trough]), test.p_value, q_value,
        )  # fmt: skip


def _weighed(
    searched: Sequence[SearchedGroup],
    values: Mapping[str, Numbers],
    whole: str,
    ancestors: Mapping[str, frozenset[str]],
    adds: bool,
) -> FoundSeries:
    effects = {
        name: own for each in searched for name, own in zip(each.group.names, each.effects, strict=True)
    }
    return FoundSeries(values, whole, ancestors, adds, effects)
