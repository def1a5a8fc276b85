"""How well clusters stand apart, for many clusterings of the same points in one pass over their distances."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

SAMPLE = 8_000
ROWS_AT_ONCE = 500


def silhouettes(
    matrix: np.ndarray, labelings: Mapping[int, np.ndarray], sample: int = SAMPLE, seed: int = 0
) -> dict[int, float]:
    """The mean silhouette (Rousseeuw 1987; -1 to 1) of each labeling of the rows of `matrix`.

    Exact up to `sample` rows, beyond that on a seeded sample of them. A point alone
    in its cluster counts as 0, and so does every point where there is only one cluster.
    """
    chosen = sampled_rows(len(matrix), sample, seed)
    labels = {k: np.unique(each[chosen], return_inverse=True)[1] for k, each in labelings.items()}
    members = [np.eye(each.max() + 1, dtype=np.float32)[each] for each in labels.values()]
    ends = np.cumsum([0, *(each.shape[1] for each in members)])
    sums = _distance_sums(matrix[chosen], np.hstack(members))
    parts = [sums[:, start:end] for start, end in pairwise(ends)]
    return {k: _mean(part, each) for (k, each), part in zip(labels.items(), parts, strict=True)}


def sampled_rows(rows: int, sample: int = SAMPLE, seed: int = 0) -> np.ndarray:
    """The places of all rows, or of a seeded sample of them where there are more than that, in order."""
    if rows <= sample:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, sample, replace=False))


def _distance_sums(points: np.ndarray, members: np.ndarray) -> np.ndarray:
    """The summed distances from each point to the points of each cluster; each distance is counted once."""
    centred = points - points.mean(axis=0)
    squares, ones = (centred**2).sum(axis=1, keepdims=True), np.ones((len(centred), 1))
    left, right = np.hstack([-2 * centred, squares, ones]), np.hstack([centred, ones, squares]).T
    sums = np.zeros((len(points), members.shape[1]))
    for at in range(0, len(points), ROWS_AT_ONCE):
        part = left[at : at + ROWS_AT_ONCE] @ right[:, at:]
        np.fill_diagonal(part, 0.0)
        away = np.maximum(part, 0, out=part).astype(np.float32)
        np.sqrt(away, out=away)
        own = slice(at, at + len(part))
        sums[own] += away @ members[at:]
        sums[own.stop :] += away[:, len(part) :].T @ members[own]
    return sums


def _mean(sums: np.ndarray, labels: np.ndarray) -> float:
    sizes = np.bincount(labels)
    if len(sizes) < 2:
        return 0.0
    rows = np.arange(len(labels))
    within = sums[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    means = sums / sizes
    means[rows, labels] = np.inf
    nearest = means.min(axis=1)
    widest = np.maximum(within, nearest)
    alone = (sizes[labels] == 1) | (widest == 0)
    return float(np.where(alone, 0.0, (nearest - within) / np.where(widest == 0, 1.0, widest)).mean())
