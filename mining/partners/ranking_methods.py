"""Four ways to a score of each partner out of many criteria: they differ in how values become comparable.

Each takes criterion after criterion for many drawn tables at once, so that a thousand tables cost little more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mining.partners.decision_matrix import Numbers

ROUNDED = 9  # digits of a score that count: sums of the same in another order are equal


class RankingMethod(StrEnum):
    WEIGHTED_SUM = "weighted sum"
    TOPSIS = "TOPSIS"
    PROMETHEE = "PROMETHEE II"
    SPOTIS = "SPOTIS"


# Of each criterion: its values (tables x partners), weights (tables), 1 or -1, and the ends within which it lies.
Column = tuple[Numbers, Numbers, int, Numbers]


def scores(
    method: RankingMethod,
    columns: Iterable[Numbers],
    weights: Numbers,
    towards: Iterable[int],
    bounds: Numbers,
) -> Numbers:
    """Tables x partners, more is better. `columns` are the criteria's values (tables x partners, all known), `weights`
    tables x criteria, `bounds` criteria x 2.

    A criterion of which all have the same adds nothing for anybody, and so parts nobody.
    """
    told = zip(columns, weights.T, towards, bounds, strict=True)
    return WAYS[method](told)


def ranks(scored: Numbers) -> NDArray[np.int32]:
    """1 for the highest score of each row; equal ones share the better place, and the next is left out."""
    return _beside(np.atleast_2d(scored))[1].reshape(scored.shape) + 1


def point_scores(
    method: RankingMethod, values: Numbers, weights: Numbers, towards: Iterable[int], bounds: Numbers
) -> Numbers:
    """The scores of one table (partners x criteria), rounded so that equal ones are equal."""
    scored = scores(method, values.T[:, None, :], weights[None, :], towards, bounds)[0]
    found: Numbers = np.round(scored, ROUNDED)
    return found


def _weighted_sum(columns: Iterable[Column]) -> Numbers:
    """Simple additive weighting of values stretched from 0 (worst) to 1 (best among those compared): Fishburn 1967;
    Hwang & Yoon 1981."""
    total: Numbers | float = 0.0
    for values, weight, towards, _ in columns:
        low, high = values.min(axis=1), values.max(axis=1)
        factor = _divided(weight * towards, high - low).astype(values.dtype)
        worst = low if towards > 0 else high
        total += (values - worst[:, None]) * factor[:, None]
    return np.asarray(total)


def _topsis(columns: Iterable[Column]) -> Numbers:
    """Nearness to the best against that to the worst of each criterion, by Euclid, of values divided by the length of
    their vector (Hwang & Yoon 1981); who is as far from both, as where all are alike, has a half."""
    to_best: Numbers | float = 0.0
    to_worst: Numbers | float = 0.0
    for values, weight, towards, _ in columns:
        length = np.sqrt(np.einsum("ij,ij->i", values, values))
        scaled = values * _divided(weight * towards, length).astype(values.dtype)[:, None]
        for_best = scaled - scaled.max(axis=1, keepdims=True)
        scaled -= scaled.min(axis=1, keepdims=True)
        to_best += np.square(for_best, out=for_best)
        to_worst += np.square(scaled, out=scaled)
    best, worst = np.sqrt(to_best), np.sqrt(to_worst)
    whole = best + worst
    found: Numbers = np.divide(worst, whole, out=np.full_like(whole, 0.5), where=whole > 0)
    return found


def _promethee(columns: Iterable[Column]) -> Numbers:
    """The net flow of PROMETHEE II (Brans & Vincke 1985) with the usual criterion: of each criterion the share of the
    others that one is better than less the share that is better."""
    total: Numbers | float = 0.0
    for values, weight, towards, _ in columns:
        below, above = _beside(values)
        others = max(values.shape[1] - 1, 1)
        total += (below - above) * (weight * towards / others)[:, None]
    return np.asarray(total)


def _spotis(columns: Iterable[Column]) -> Numbers:
    """One less the distance to the best end of each criterion within its bounds (Dezert, Tchamova, Han & Tacnet 2020):
    bounds that do not hang on who is compared let nobody's leaving turn the others round."""
    total: Numbers | float = 1.0
    for values, weight, towards, (low, high) in columns:
        best = high if towards > 0 else low
        factor = _divided(weight, np.full_like(weight, high - low)).astype(values.dtype)
        total = total - np.abs(values - values.dtype.type(best)) * factor[:, None]
    return np.asarray(total)


WAYS: Mapping[RankingMethod, Callable[[Iterable[Column]], Numbers]] = {
    RankingMethod.WEIGHTED_SUM: _weighted_sum,
    RankingMethod.TOPSIS: _topsis,
    RankingMethod.PROMETHEE: _promethee,
    RankingMethod.SPOTIS: _spotis,
}


def _divided(one: Numbers, by: Numbers) -> Numbers:
    """0 where nothing can be divided by."""
    whole = np.asarray(by, dtype=float)
    found: Numbers = np.divide(one, whole, out=np.zeros_like(whole), where=whole > 0)
    return found


def _beside(values: Numbers) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """How many of its row are below each, and how many above it."""
    many = values.shape[-1]
    order = np.argsort(values, axis=-1)
    order += np.arange(len(values))[:, None] * many
    places = np.broadcast_to(np.arange(many, dtype=np.int32), values.shape)
    ordered = values.ravel()[order]
    starts = np.ones(values.shape, dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=starts[:, 1:])
    below = np.empty(values.size, np.int32)
    if starts.all():
        below[order] = places
        found = below.reshape(values.shape)
        return found, many - 1 - found
    above = np.empty(values.size, np.int32)
    below[order] = np.maximum.accumulate(np.where(starts, places, 0), axis=-1)
    ends = np.ones(values.shape, dtype=bool)
    ends[:, :-1] = starts[:, 1:]
    last = np.minimum.accumulate(np.where(ends, places, many - 1)[:, ::-1], axis=-1)[:, ::-1]
    above[order] = many - 1 - last
    return below.reshape(values.shape), above.reshape(values.shape)
