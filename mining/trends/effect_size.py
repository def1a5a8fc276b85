"""The size of one effect at a known place, and the places it may as well have been at; each with its doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mining.trends.trend_effect import Numbers, TrendEffect
from mining.trends.trend_search import SeriesBaseline, orthonormal


@dataclass(frozen=True, slots=True)
class EffectSize:
    """What an effect adds to the logarithm of its series, its standard error, and its degrees of freedom."""

    size: float
    error: float
    free: int

    @property
    def p_value(self) -> float:
        """Two-sided, of a place that was known beforehand."""
        return float(2 * stats.t.sf(abs(self.size) / self.error, self.free)) if self.error > 0 else 1.0

    def interval(self, level: float) -> tuple[float, float]:
        """What holds the true size but for so small a share of the times."""
        far = float(stats.t.isf(level / 2, self.free)) * self.error
        return self.size - far, self.size + far


def effect_size(
    seen: Numbers, effect: TrendEffect, beside: Sequence[TrendEffect], baseline: SeriesBaseline
) -> EffectSize:
    """The effect in one series (logarithms by period), beside others and its baseline, by least squares."""
    column, rest = _alone(np.array([effect.column(len(seen)), seen]), beside, baseline)
    length, free = float(column @ column), baseline.free - len(beside) - 1
    if length < 1e-9 or free < 1:
        return EffectSize(0.0, 0.0, 1)
    size = float(column @ rest) / length
    left = max(float(rest @ rest) - size**2 * length, 0.0)
    return EffectSize(size, float(np.sqrt(left / free / length)), free)


def place_range(
    seen: Numbers, effect: TrendEffect, beside: Sequence[TrendEffect], baseline: SeriesBaseline, level: float
) -> tuple[int, int]:
    """The first and last period that a change may have begun in: the inverted likelihood ratio of Eo & Morley (2015).

    Its critical value solves (1 - exp(-x / 2))^2 = 1 - level: 7.35 where that is .05.
    """
    most = -2 * np.log(1 - np.sqrt(1 - level))
    places = [each for each in baseline.searched[effect.kind].places if each.length == effect.length]
    alone = _alone(np.array([*(each.column(len(seen)) for each in places), seen]), beside, baseline)
    columns, rest = alone[:-1], alone[-1]
    length = (columns**2).sum(axis=1)
    told = np.divide((columns @ rest) ** 2, length, out=np.zeros_like(length), where=length > 1e-9)
    left = np.maximum(rest @ rest - told, 1e-300)
    near = np.flatnonzero(left <= left[places.index(effect)] * np.exp(most / len(seen)))
    return places[near[0]].first, places[near[-1]].first


def _alone(rows: Numbers, beside: Sequence[TrendEffect], baseline: SeriesBaseline) -> Numbers:
    """Rows (any x periods), whitened, without what the baseline and other effects tell of them."""
    rest = baseline.rest(rows)
    if not beside:
        return rest
    others = baseline.rest(np.array([each.column(rows.shape[1]) for each in beside]))
    basis = orthonormal(others.T)
    found: Numbers = rest - (rest @ basis) @ basis.T
    return found
