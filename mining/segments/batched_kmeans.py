"""k-means of many resamples of the same points at once, where one library call for each would take most of the time."""

from __future__ import annotations

import numpy as np

ROUNDS = 40
STILL = 0.001
BATCH_CELLS = 4_000_000


def resampled_kmeans(
    points: np.ndarray, weights: np.ndarray, k: int, random: np.random.Generator, starts: int = 2
) -> np.ndarray:
    """Labels (resamples x points, 0 to k-1) of Lloyd's k-means (1982) for each row of `weights` (resamples x points,
    0 where a point was not drawn), the best of several k-means++ starts (Arthur & Vassilvitskii 2007).

    A point that was not drawn gets the nearest centre's label too.
    """
    points = np.ascontiguousarray(points - points.mean(axis=0), dtype=np.float32)
    step = max(1, BATCH_CELLS // max(1, len(points) * k * starts))
    parts = [
        _best(
            points, np.repeat(weights[at : at + step], starts, axis=0).astype(np.float32), k, starts, random
        )
        for at in range(0, len(weights), step)
    ]
    labels: np.ndarray = np.concatenate(parts)
    return labels


def _best(
    points: np.ndarray, weights: np.ndarray, k: int, starts: int, random: np.random.Generator
) -> np.ndarray:
    labels, inertia = _lloyd(points, weights, _spread_out(points, weights, k, random))
    best = inertia.reshape(-1, starts).argmin(axis=1) + starts * np.arange(len(weights) // starts)
    chosen: np.ndarray = labels[best]
    return chosen


def _spread_out(points: np.ndarray, weights: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """k-means++ centres (resamples x k x features): each drawn by its squared distance to the nearest before it."""
    rows = np.arange(len(weights))
    centres = np.empty((len(weights), k, points.shape[1]), dtype=np.float32)
    squares = np.einsum("ij,ij->i", points, points)
    nearest = np.full(weights.shape, np.inf, dtype=np.float32)
    for at in range(k):
        chance = weights if at == 0 else weights * nearest
        chance = np.where(chance.sum(axis=1, keepdims=True) > 0, chance, weights)
        sums = chance.cumsum(axis=1, dtype=np.float64)
        drawn = (sums < random.random(len(weights))[:, None] * sums[:, -1:]).sum(axis=1)
        centres[:, at] = points[np.minimum(drawn, len(points) - 1)]
        away = squares - 2 * centres[:, at] @ points.T
        away += np.einsum("ij,ij->i", centres[rows, at], centres[rows, at])[:, None]
        np.minimum(nearest, np.maximum(away, 0), out=nearest)
    return centres


def _lloyd(points: np.ndarray, weights: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and inertia (less what is the same for all starts) when hardly any label changes any more, or after
    ROUNDS."""
    counted = np.hstack([points, np.ones((len(points), 1), dtype=np.float32)])
    labels = np.full(weights.shape, -1, dtype=np.int8)
    costs = np.zeros(len(weights))
    moving = np.arange(len(weights))
    for at in range(ROUNDS):
        told, cost = _nearest(counted, centres[moving])
        changed = (told != labels[moving]).mean(axis=1) > STILL
        labels[moving] = told
        done = ~changed if at < ROUNDS - 1 else slice(None)
        costs[moving[done]] = (cost[done] * weights[moving[done]]).sum(axis=1)
        moving, told = moving[changed], told[changed]
        if not len(moving):
            break
        drawn = weights[moving]
        for cluster in range(centres.shape[1]):
            sums = (drawn * (told == cluster)) @ counted
            there = sums[:, -1] > 0  # an empty cluster stays where it was
            centres[moving[there], cluster] = sums[there, :-1] / sums[there, -1:]
    return labels, costs


def _nearest(counted: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of points, with a last column of ones, the nearest centre, and the squared distance to it less the point's own
    square."""
    squares = np.einsum("rkj,rkj->rk", centres, centres)[:, :, None]
    planes = np.concatenate([-2 * centres, squares], axis=2)
    best = planes[:, 0] @ counted.T
    told = np.zeros(best.shape, dtype=np.int8)
    for cluster in range(1, centres.shape[1]):
        cost = planes[:, cluster] @ counted.T
        np.copyto(told, np.int8(cluster), where=cost < best)
        np.minimum(best, cost, out=best)
    return told, best
