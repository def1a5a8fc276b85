"""k-means of many customers: several starts on a sample, the best refined on all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import ThreadpoolController

SUBSAMPLE = 10_000
STARTS = ((2_000, 10), (SUBSAMPLE, 4))
ROWS_AT_ONCE = 100_000
THREADS = ThreadpoolController()


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One k-means solution: `labels` (0 to k-1, one a row), `centers` (k x features), squared distance."""

    labels: np.ndarray
    centers: np.ndarray
    inertia: float


def fit(matrix: np.ndarray, k: int, seed: int = 0, starts: int = 0) -> Fit:
    """Lloyd's k-means (1982) from several k-means++ starts (Arthur & Vassilvitskii 2007) on rows x features.

    There are `starts`, or where that is 0 as many as suit. Beyond 10,000 rows they run on a seeded sample and the best
    is refined on all rows. One thread only: with more, sums are added in any order and results may differ between runs.
    """
    with THREADS.limit(limits=1):
        if len(matrix) <= SUBSAMPLE:
            starts = starts or next(n for rows, n in STARTS if len(matrix) <= rows)
            model = KMeans(k, n_init=starts, random_state=seed).fit(matrix)
            return Fit(model.labels_, model.cluster_centers_, float(model.inertia_))
        first = KMeans(k, n_init=starts or STARTS[-1][1], random_state=seed).fit(_sample(matrix, k, seed))
        model = KMeans(k, init=first.cluster_centers_, n_init=1, random_state=seed).fit(matrix)
    return Fit(model.labels_, model.cluster_centers_, float(model.inertia_))


def nearest_centre(matrix: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The place of the nearest centre, by row."""
    squares = (centres**2).sum(axis=1)
    parts = [
        (squares - 2 * matrix[at : at + ROWS_AT_ONCE] @ centres.T).argmin(axis=1)
        for at in range(0, len(matrix), ROWS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _sample(matrix: np.ndarray, k: int, seed: int) -> np.ndarray:
    """A seeded sample of the rows, or all of them where the sample holds fewer than k different ones."""
    chosen = matrix[np.random.default_rng(seed).choice(len(matrix), SUBSAMPLE, replace=False)]
    return chosen if len(np.unique(chosen, axis=0)) >= k else matrix
