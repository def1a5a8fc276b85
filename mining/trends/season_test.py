"""Whether a series has a season, and whether that changed: F tests beside its trend and all that happened to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache

import numpy as np
from scipy import stats

from mining.trends import seasonal_baseline
from mining.trends.serial_correlation import whitened
from mining.trends.trend_effect import Numbers, TrendEffect, TrendKind
from mining.trends.trend_search import SeriesBaseline, SeriesEffects, orthonormal


def season_tests(
    seen: Numbers, effects: Sequence[SeriesEffects], periods: Sequence[date], grain: str
) -> Iterator[tuple[int, TrendKind, float]]:
    """Series by its row, kind and p; nothing where fewer than two years are known (four for a change of season)."""
    if not seasonal_baseline.knows_season(len(periods), grain):
        return
    plain = seasonal_baseline.level_and_trend(len(periods))
    season = seasonal_baseline.season(seasonal_baseline.phases(periods, grain))
    later = season * (np.arange(len(periods)) >= len(periods) // 2)[:, None]
    without, within = _baselines(plain), _baselines(plain, season, later)
    for at, each in enumerate(effects):
        few, own = without(each.baseline.correlation), each.baseline
        yield at, TrendKind.SEASON, _f_test(seen[at], few, own, each.credible)
        if seasonal_baseline.knows_season_change(len(periods), grain):
            yield at, TrendKind.SEASON_CHANGE, _f_test(seen[at], own, within(own.correlation), each.credible)


def season_shape(seen: Numbers, effects: SeriesEffects, periods: Sequence[date], grain: str) -> Numbers:
    """How far the logarithm of each phase of the year is from the mean of all phases."""
    season = seasonal_baseline.season(seasonal_baseline.phases(periods, grain))
    others = [effect.column(len(periods)) for effect in effects.credible]
    columns = np.column_stack([season, seasonal_baseline.level_and_trend(len(periods)), *others])
    white = whitened(np.column_stack([columns, seen]), effects.baseline.correlation)
    fitted = np.linalg.lstsq(white[:, :-1], white[:, -1], rcond=None)[0]
    found: Numbers = np.append(fitted[: season.shape[1]], -fitted[: season.shape[1]].sum())
    return found


def _baselines(*columns: Numbers) -> Callable[[float], SeriesBaseline]:
    """By autocorrelation, each made once."""
    return cache(lambda correlation: SeriesBaseline(np.hstack(columns), correlation))


def _f_test(seen: Numbers, few: SeriesBaseline, more: SeriesBaseline, beside: Sequence[TrendEffect]) -> float:
    """p of what the greater baseline tells more than the smaller one, both beside the same effects."""
    small, great = (_left(seen, each, beside) for each in (few, more))
    added, free = few.free - more.free, more.free - len(beside)
    if free < 1 or great <= 0:
        return 1.0
    return float(stats.f.sf((small - great) / added / (great / free), added, free))


def _left(seen: Numbers, baseline: SeriesBaseline, beside: Sequence[TrendEffect]) -> float:
    """The sum of squares that a baseline and effects leave."""
    rest = baseline.rest(np.array([seen, *(each.column(len(seen)) for each in beside)]))
    basis = orthonormal(rest[1:].T) if beside else np.zeros((rest.shape[1], 0))
    return float(rest[0] @ rest[0] - ((basis.T @ rest[0]) ** 2).sum())
