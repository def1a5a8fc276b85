"""The search of series of one length: what of each kind stands out most beside all else that happened to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np

from mining.trends import seasonal_baseline
from mining.trends.searched_places import SearchedPlaces, searched_places
from mining.trends.serial_correlation import FittedCorrelations, fitted_correlations, whitened
from mining.trends.trend_effect import CHANGES, Numbers, TrendEffect, TrendKind, places_of

TO_DEVIATION = 1.4826
MOST_DRIFT = 10.0
CREDIBLE = 0.01  # p from which on a change is taken for real while others are looked for beside it


@dataclass(frozen=True, slots=True)
class FoundEffect:
    """The place of a kind that tells most, and how often chance finds as much."""

    effect: TrendEffect
    p_value: float


@dataclass(frozen=True, slots=True)
class SeriesEffects:
    """What was found of one series, by kind; `credible` are those that stand in its baseline. `scatter` is the usual
    deviation of a period from all that, on the series' scale."""

    found: Mapping[TrendKind, FoundEffect]
    credible: tuple[TrendEffect, ...]
    baseline: SeriesBaseline
    scatter: float

    def beside(self, effect: TrendEffect) -> tuple[TrendEffect, ...]:
        """The credible effects of other kinds."""
        return tuple(each for each in self.credible if each.kind is not effect.kind)


@dataclass(frozen=True, eq=False)
class SeriesBaseline:
    """The baseline of series of one length and autocorrelation: `columns` (periods x any), the second its trend.

    Whitened rows have one more than there are periods: a trend is taken to be small, MOST_DRIFT deviations of a period
    over half of the time, as if that had been seen once more. In few years a step and its like a year before are
    otherwise the same but for a trend; what is far from small is hardly held back.
    """

    columns: Numbers
    correlation: float

    @cached_property
    def basis(self) -> Numbers:
        """Orthonormal columns of the same span, in whitened rows."""
        small = np.zeros((1, self.columns.shape[1]))
        small[0, 1] = 1 / MOST_DRIFT
        return orthonormal(np.vstack([whitened(self.columns, self.correlation), small]))

    def white(self, columns: Numbers) -> Numbers:
        """Other columns (periods x any) in whitened rows."""
        return np.pad(whitened(columns, self.correlation), ((0, 1), (0, 0)))

    @property
    def free(self) -> int:
        """Degrees of freedom that it leaves."""
        return len(self.columns) + 1 - int(self.basis.shape[1])

    def rest(self, values: Numbers) -> Numbers:
        """Series (series x periods) rid of the baseline, as series x whitened rows."""
        white = self.white(values.T)
        found: Numbers = (white - self.basis @ (self.basis.T @ white)).T
        return found

    @cached_property
    def searched(self) -> dict[TrendKind, SearchedPlaces]:
        """All places, by kind."""
        periods, random = len(self.columns), np.random.default_rng(0)
        found = {}
        for kind in CHANGES:
            places = places_of(kind, periods)
            columns = np.column_stack([each.column(periods) for each in places])
            found[kind] = searched_places(places, self.white(columns), self.basis, random)
        return found


@lru_cache(maxsize=64)
def series_baseline(periods: tuple[date, ...], grain: str, correlation: float) -> SeriesBaseline:
    """Level, trend and, where two years are known, season; made once for series of the same periods."""
    return SeriesBaseline(baseline_columns(periods, grain), correlation)


@lru_cache(maxsize=16)
def _correlations(periods: tuple[date, ...], grain: str) -> FittedCorrelations:
    plain = series_baseline(periods, grain, 0.0)
    return fitted_correlations(len(periods), lambda each: _unexplained(plain, each))


def search_series(values: Numbers, periods: tuple[date, ...], grain: str) -> list[SeriesEffects]:
    """What happened to each series (series x periods, in logarithms), beside its level, trend and season."""
    plain = series_baseline(periods, grain, 0.0)
    own = _correlations(periods, grain).of(_unexplained(plain, values))
    found: list[SeriesEffects] = [SeriesEffects({}, (), plain, 0.0)] * len(values)
    for correlation in np.unique(own):
        mine = np.flatnonzero(own == correlation)
        searched = _searched(series_baseline(periods, grain, float(correlation)), values[mine])
        for at, each in zip(mine, searched, strict=True):
            found[at] = each
    return found


def baseline_columns(periods: Sequence[date], grain: str) -> Numbers:
    """Level, trend and, where two years are known, season: periods x any."""
    columns = seasonal_baseline.level_and_trend(len(periods))
    if seasonal_baseline.knows_season(len(periods), grain):
        columns = np.hstack([columns, seasonal_baseline.season(seasonal_baseline.phases(periods, grain))])
    return columns


def _unexplained(baseline: SeriesBaseline, values: Numbers) -> Numbers:
    """What the baseline and the one effect that tells most leave."""
    rest = baseline.rest(values)
    columns = np.hstack([each.columns for each in baseline.searched.values()])
    along = rest @ columns
    best = np.abs(along).argmax(axis=1)
    found: Numbers = rest - along[np.arange(len(rest)), best][:, None] * columns.T[best]
    return found[:, :-1]


def _searched(baseline: SeriesBaseline, values: Numbers) -> Iterator[SeriesEffects]:
    rest, kinds = baseline.rest(values), baseline.searched
    t = {kind: each.t(rest) for kind, each in kinds.items()}
    p = {kind: kinds[kind].p_value(np.abs(each).max(axis=1)) for kind, each in t.items()}
    for at, mine in enumerate(rest):
        if min(each[at] for each in p.values()) < CREDIBLE:
            yield _explained(mine, baseline)
        else:
            found = {kind: _best(mine, each) for kind, each in kinds.items()}
            yield _effects(mine, found, (), baseline)


def _explained(rest: Numbers, baseline: SeriesBaseline) -> SeriesEffects:
    """Effects one after another, the most telling first, as long as they are credible; then each beside the others."""
    kinds, credible = baseline.searched, dict[TrendKind, FoundEffect]()
    while len(credible) < len(kinds):
        left = {kind: _beside(rest, kinds, kind, credible) for kind in kinds if kind not in credible}
        kind = min(left, key=lambda each: left[each].p_value)
        if left[kind].p_value >= CREDIBLE:
            break
        credible[kind] = left[kind]
    for kind in tuple(credible):
        credible[kind] = _beside(rest, kinds, kind, credible)
    found = {kind: credible.get(kind) or _beside(rest, kinds, kind, credible) for kind in kinds}
    return _effects(rest, found, tuple(each.effect for each in credible.values()), baseline)


def _effects(
    rest: Numbers,
    found: Mapping[TrendKind, FoundEffect],
    credible: tuple[TrendEffect, ...],
    baseline: SeriesBaseline,
) -> SeriesEffects:
    """The scatter is robust: from the median deviation, which nothing that happened once can move far."""
    wider = len(rest) / max(baseline.free, 1) / (1 - baseline.correlation**2)
    scatter = TO_DEVIATION * float(np.median(np.abs(rest))) * np.sqrt(wider)
    return SeriesEffects(found, credible, baseline, float(scatter))


def _beside(
    rest: Numbers,
    kinds: Mapping[TrendKind, SearchedPlaces],
    kind: TrendKind,
    others: Mapping[TrendKind, FoundEffect],
) -> FoundEffect:
    """What tells most of a kind, beside the effects of other kinds."""
    searched = kinds[kind]
    known = [
        kinds[other].columns[:, kinds[other].places.index(each.effect)]
        for other, each in others.items()
        if other is not kind
    ]
    for direction in orthonormal(np.column_stack(known)).T if known else ():
        searched, rest = searched.given(direction), rest - direction * (direction @ rest)
    return _best(rest, searched)


def _best(rest: Numbers, searched: SearchedPlaces) -> FoundEffect:
    t = np.abs(searched.t(rest[None])[0])
    at = int(t.argmax())
    return FoundEffect(searched.places[at], float(searched.p_value(t[at : at + 1])[0]))


def orthonormal(columns: Numbers) -> Numbers:
    """Orthonormal columns that span these, whatever their rank."""
    u, s, _ = np.linalg.svd(columns, full_matrices=False)
    found: Numbers = u[:, s > s[0] * 1e-8]
    return found
