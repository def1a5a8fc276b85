"""Series of one length as they are looked at, each as its share of the whole, and all tests that were made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mining.trends.member_series import MemberSeries, logarithms
from mining.trends.season_test import season_tests
from mining.trends.trend_effect import Numbers, TrendKind
from mining.trends.trend_search import SeriesEffects, search_series

MOST_SCATTER = 0.35  # of a usual period: where it is more, one large order makes a spike


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


def search_group(group: MemberSeries, values: Mapping[str, Numbers], whole: str, grain: str) -> SearchedGroup:
    """Search a group; `values` are those of all series over all periods, `whole` the name of their sum."""
    seen = logarithms(_shares(group, values, whole))
    effects = search_series(seen, group.periods, grain)
    changes = (
        TrendTest(row, kind, found.p_value)
        for row, each in enumerate(effects)
        for kind, found in each.found.items()
        if kind is not TrendKind.SPIKE or each.scatter <= MOST_SCATTER
    )
    seasons = (TrendTest(*test) for test in season_tests(seen, effects, group.periods, grain))
    return SearchedGroup(group, seen, effects, tuple(changes), tuple(seasons))


def over(upper: Numbers, lower: Numbers) -> Numbers:
    """Shares, 0 of nothing."""
    found: Numbers = np.divide(upper, lower, out=np.zeros_like(upper), where=lower != 0)
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
