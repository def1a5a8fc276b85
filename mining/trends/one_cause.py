"""One alarm a cause: a part that moved as its whole did, or a whole that one part moved, is no news of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mining.trends.effect_size import EffectSize, effect_size
from mining.trends.member_series import logarithms
from mining.trends.searched_group import over
from mining.trends.trend_effect import Numbers
from mining.trends.trend_finding import FoldedTrend, FoldReason, TrendAlarm, TrendFinding
from mining.trends.trend_search import SeriesEffects

NO_CHANGE = 0.01  # p above which, and
LESS = 0.5  # part of the size below which a change is taken as gone
NEAR = 0.5  # correlation of two effects from which on they may be one
MOST_MIRRORED = 20  # alarms that another may be the mirror of


@dataclass(frozen=True, slots=True, eq=False)
class FoundSeries:
    """What an alarm is weighed anew by: values of all series by name over all periods (0 where there is nothing), which
    of them is the whole, what each is a part of, whether parts add up, and what was found of each."""

    values: Mapping[str, Numbers]
    whole: str
    ancestors: Mapping[str, frozenset[str]]
    adds: bool
    effects: Mapping[str, SeriesEffects]

    def is_gone(self, alarm: TrendFinding, values: Numbers) -> bool:
        """Whether these values (all periods), weighed as the alarm's series was, do not show its effect."""
        now = self._effect(alarm, values)
        return abs(now.size) < LESS * abs(alarm.added) and now.p_value > NO_CHANGE

    def is_there(self, alarm: TrendFinding, values: Numbers) -> bool:
        """Whether these values show at least half of the alarm's effect, in its direction."""
        now = self._effect(alarm, values).size
        return now * alarm.added > 0 and abs(now) >= LESS * abs(alarm.added)

    def seen(self, name: str) -> Numbers:
        """The values that a series is looked at by."""
        own = self.values[name]
        return own if name == self.whole else over(own, self.values[self.whole])

    def _effect(self, alarm: TrendFinding, values: Numbers) -> EffectSize:
        """The alarm's effect in other values; none where these are not above zero."""
        own = self.effects[alarm.series]
        mine = values[-alarm.course.height :]
        if not (mine > 0).any():
            return EffectSize(0.0, 0.0, 1)
        return effect_size(logarithms(mine[None])[0], alarm.effect, own.beside(alarm.effect), own.baseline)


def one_alarm_a_cause(found: Sequence[TrendFinding], series: FoundSeries) -> tuple[TrendAlarm, ...]:
    """Alarms, the most surprising first, each with those that it explains; `found` in the same order."""
    told_by: dict[int, tuple[int, FoldReason]] = {}
    for one, other, reason in _links(found, series):
        if one not in told_by and _root(other, told_by) != one:
            told_by[one] = other, reason
    folded: dict[int, list[FoldedTrend]] = {}
    for at, (_, reason) in sorted(told_by.items()):
        folded.setdefault(_root(at, told_by), []).append(FoldedTrend(found[at], reason))
    return tuple(
        TrendAlarm(each, tuple(folded.get(at, ()))) for at, each in enumerate(found) if at not in told_by
    )


def _root(at: int, told_by: Mapping[int, tuple[int, FoldReason]]) -> int:
    while at in told_by:
        at = told_by[at][0]
    return at


def _links(found: Sequence[TrendFinding], series: FoundSeries) -> Iterator[tuple[int, int, FoldReason]]:
    """Which alarm is told by which other, and why: parts and wholes first, then mirrors."""
    by_series: dict[str, list[int]] = {}
    for at, each in enumerate(found):
        by_series.setdefault(each.series, []).append(at)
    for part, one in enumerate(found):
        for name in sorted(series.ancestors.get(one.series, ())):
            above = by_series.get(name, [])
            if above and _is_its(one, name, series):
                near = [at for at in above if _is_near(one, found[at])]
                yield part, (near or above)[0], FoldReason.PART
        if series.adds:
            yield from ((at, part, FoldReason.WHOLE) for at in _made_by(one, found, by_series, series))
    moved = [
        each.series == series.whole or series.is_there(each, series.values[each.series]) for each in found
    ]
    for at, one in enumerate(found):
        if series.adds and not moved[at]:
            most = [place for place in range(min(len(found), MOST_MIRRORED)) if moved[place]]
            yield from (
                (at, place, FoldReason.MIRROR) for place in most if _mirrors(one, found[place], series)
            )


def _is_its(one: TrendFinding, above: str, series: FoundSeries) -> bool:
    """Whether what a part is part of did the same, and its share of that did not change."""
    share = over(series.values[one.series], series.values[above])
    return series.is_there(one, series.seen(above)) and series.is_gone(one, share)


def _made_by(
    one: TrendFinding, found: Sequence[TrendFinding], by_series: Mapping[str, list[int]], series: FoundSeries
) -> Iterator[int]:
    """The alarms of what this one is a part of that would not be without it."""
    for name in () if one.series == series.whole else (*series.ancestors.get(one.series, ()), series.whole):
        for at in by_series.get(name, ()):
            if _is_near(one, found[at]) and series.is_gone(found[at], _without(name, one.series, series)):
                yield at


def _is_near(one: TrendFinding, other: TrendFinding) -> bool:
    """Whether two effects of one direction are alike in time."""
    return one.size * other.size > 0 and _likeness(one, other) >= NEAR


def _mirrors(one: TrendFinding, other: TrendFinding, series: FoundSeries) -> bool:
    """Whether a share changed only as another one, that it is no part of, moved the other way."""
    kin = series.ancestors.get(one.series, frozenset()) | series.ancestors.get(other.series, frozenset())
    if other.series == series.whole or one.size * other.size > 0 or {one.series, other.series} & kin:
        return False
    rest = series.values[series.whole] - series.values[other.series]
    return _likeness(one, other) >= NEAR and series.is_gone(one, over(series.values[one.series], rest))


def _without(name: str, part: str, series: FoundSeries) -> Numbers:
    """What a series is looked at by, without a part of it in it and in the whole."""
    rest = series.values[name] - series.values[part]
    return rest if name == series.whole else over(rest, series.values[series.whole] - series.values[part])


def _likeness(one: TrendFinding, other: TrendFinding) -> float:
    """The correlation of two effects over the periods that both have."""
    periods = min(one.course.height, other.course.height)
    columns = (each.effect.column(each.course.height)[-periods:] for each in (one, other))
    first, second = (each - each.mean() for each in columns)
    length = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / length if length > 0 else 0.0
