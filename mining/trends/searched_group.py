"""Series of one length as they are looked at, each as its share of the whole, and all tests that were made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mining.trends.effect_size import effect_size
from mining.trends.member_series import LEAST_OF_USUAL, MemberSeries, logarithms
from mining.trends.season_test import season_tests
from mining.trends.trend_effect import Numbers, TrendKind
from mining.trends.trend_search import SeriesEffects, baseline_columns, search_series

MOST_SCATTER = 0.35  # of a usual period: where it is more, one large order makes a spike
LIKELY = 0.1  # p of a spike that no rate of false discoveries is asked for
MOST_OF_RATIO = 0.15  # of a ratio, which one odd order among few turns further than it does a sum


@dataclass(frozen=True, slots=True)
class TrendTest:
    """One kind looked for in the series of a row, and how often chance finds as much."""

    row: int
    kind: TrendKind
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class SearchedGroup:
    """`seen` are logarithms (series x periods) of shares, of the whole those of itself; `effects` one a series."""

    group: MemberSeries
    seen: Numbers
    effects: list[SeriesEffects]
    changes: tuple[TrendTest, ...]
    seasons: tuple[TrendTest, ...]


def search_group(
    group: MemberSeries,
    values: Mapping[str, Numbers],
    whole: str,
    grain: str,
    most_scatter: float = MOST_SCATTER,
) -> SearchedGroup:
    """Search a group; `values` are those of all series over all periods, `whole` the name of their sum. Spikes are
    looked for where a usual period scatters by `most_scatter` at most, as logarithms."""
    seen = _known(logarithms(_shares(group, values, whole)), group, values[whole], whole, grain)
    effects = search_series(seen, group.periods, grain)
    changes = (
        TrendTest(row, kind, _of_dips(seen[row], each) if kind is TrendKind.SPIKE else found.p_value)
        for row, each in enumerate(effects)
        for kind, found in each.found.items()
        if kind is not TrendKind.SPIKE or each.scatter <= most_scatter
    )
    seasons = (TrendTest(*test) for test in season_tests(seen, effects, group.periods, grain))
    return SearchedGroup(group, seen, effects, tuple(changes), tuple(seasons))


def _of_dips(seen: Numbers, effects: SeriesEffects) -> float:
    """The p of a spike; of a fall by what it takes away, not by its logarithm: a month of few orders may lack most of
    them by chance, and its logarithm then falls further than any rise goes. A fall of a fifth hardly weighs less."""
    found = effects.found[TrendKind.SPIKE]
    told = effect_size(seen, found.effect, effects.beside(found.effect), effects.baseline)
    if told.size >= 0 or told.error <= 0 or found.p_value > LIKELY:
        return found.p_value
    as_it_is = np.array([-np.expm1(told.size) / told.error])
    return max(found.p_value, float(effects.baseline.searched[TrendKind.SPIKE].p_value(as_it_is)[0]))


def is_something(whole: Numbers) -> np.ndarray:
    """The periods in which there is more than next to nothing to share."""
    least = LEAST_OF_USUAL * np.median(whole[whole > 0]) if (whole > 0).any() else 0.0
    found: np.ndarray = whole > least
    return found


def over(upper: Numbers, lower: Numbers) -> Numbers:
    """Shares by period; where there is next to nothing to share, that of the period before stands on."""
    known = is_something(lower)
    last = np.maximum.accumulate(np.where(known, np.arange(len(lower)), 0))
    found: Numbers = np.divide(upper, lower, out=np.zeros_like(upper), where=known)[last]
    return found


def _known(seen: Numbers, group: MemberSeries, total: Numbers, whole: str, grain: str) -> Numbers:
    """Shares of next to nothing, as level, trend and season would have them: no member moved then."""
    known = is_something(total[-len(group.periods) :])
    if known.all():
        return seen
    columns = baseline_columns(group.periods, grain)
    fitted = np.linalg.lstsq(columns[known], seen[:, known].T, rcond=None)[0]
    is_whole = np.array([name == whole for name in group.names])
    found: Numbers = np.where(known | is_whole[:, None], seen, (columns @ fitted).T)
    return found


def _shares(group: MemberSeries, values: Mapping[str, Numbers], whole: str) -> Numbers:
    """Each series as its share of the whole, the whole as it is."""
    total = values[whole][-len(group.periods) :]
    found: Numbers = np.array(
        [
            own if name == whole else over(own, total)
            for name, own in zip(group.names, group.values, strict=True)
        ]
    )
    return found
