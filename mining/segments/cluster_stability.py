"""Whether segments come again when customers are drawn anew, and whether they would in data where nothing is true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import polars as pl

from mining.segments.batched_kmeans import resampled_kmeans
from mining.segments.silhouette import sampled_rows

RESAMPLES, SHUFFLES, SHUFFLED_RESAMPLES = 100, 20, 20
SAMPLE = 1_000
STABLE = 0.75
ABOVE = 0.95
PART = 20
Progress = Callable[[float], None]
Recluster = Callable[[np.ndarray, np.ndarray, int, np.random.Generator], np.ndarray]
"""Labels (resamples x points; -1 for none) of points by 0/1 weights (resamples x points)."""


class Trust(StrEnum):
    """STABLE beyond chance and at least .75; SHAKY beyond chance alone; CHANCE no more than shuffled columns give."""

    STABLE = "stable"
    SHAKY = "shaky"
    CHANCE = "as if shuffled"


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """`frame`, one row a label: number, jaccard (mean, 0 to 1), low and high (95% interval of that mean), verdict.

    `noise` is the 95th percentile of the same figure on columns that were shuffled one by one. `sampled` of `buyers`
    were looked at, `resamples` times, and `shuffles` times shuffled.
    """

    frame: pl.DataFrame
    noise: float
    sampled: int
    buyers: int
    resamples: int
    shuffles: int

    def called(self, names: Sequence[str]) -> Stability:
        """The same with the column segment in the place of number."""
        told = pl.col("number").replace_strict(dict(enumerate(names)), return_dtype=pl.String)
        return replace(self, frame=self.frame.select(told.alias("segment"), *self.frame.columns[1:]))


def kmeans_again(points: np.ndarray, weights: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """k-means of each resample; see `Recluster`."""
    return resampled_kmeans(points, weights, k, random)


def stability(
    matrix: np.ndarray,
    labels: np.ndarray,
    recluster: Recluster = kmeans_again,
    *,
    resamples: int = RESAMPLES,
    shuffles: int = SHUFFLES,
    sample: int = SAMPLE,
    seed: int = 0,
    progress: Progress = lambda share: None,
) -> Stability:
    """Clusterwise stability by the bootstrap (Hennig 2007, section 3): of each label (from 0 on; -1 is no cluster) the
    mean Jaccard coefficient with the most similar cluster of each resample, over the points drawn into it.

    Clusters come again in noise too, so a label is beyond chance only where the interval of its mean lies above the
    95th percentile of the clusters of `shuffles` copies whose columns were shuffled. Beyond `sample` rows a seeded
    sample of them is looked at. `progress` gets 0 to 1 and may raise to stop.
    """
    random = np.random.default_rng(seed)
    chosen = sampled_rows(len(matrix), sample, seed)
    points, own = matrix[chosen], labels[chosen]
    k = int(labels.max(initial=-1)) + 1
    steps = resamples + shuffles * SHUFFLED_RESAMPLES
    found = np.empty((0, k))
    while len(found) < resamples:
        part = min(PART, resamples - len(found))
        found = np.vstack([found, _come_again(points, own, k, part, recluster, random)])
        progress(len(found) / steps)
    shuffled = np.empty((0, k))
    for at in range(shuffles):
        shuffled = np.vstack([shuffled, _of_noise(points, k, recluster, random)])
        progress((resamples + (at + 1) * SHUFFLED_RESAMPLES) / steps)
    noise = float(np.nanquantile(shuffled, ABOVE)) if np.isfinite(shuffled).any() else 1.0
    return Stability(_frame(found, noise), noise, len(points), len(matrix), resamples, shuffles)


def similarities(labels: np.ndarray, others: np.ndarray, drawn: np.ndarray, k: int) -> np.ndarray:
    """Of each cluster 0 to k-1 of `labels` the Jaccard coefficient (Jaccard 1901) with the most similar of `others`,
    over the points drawn; not a number where none of it was."""
    ours, theirs = labels[drawn], others[drawn].astype(np.int64)
    width = int(theirs.max(initial=-1)) + 2
    both = np.bincount((ours + 1) * width + theirs + 1, minlength=(k + 1) * width).reshape(k + 1, width)
    own, other = both.sum(axis=1, keepdims=True), both.sum(axis=0, keepdims=True)
    union = own + other - both
    if width == 1:
        return np.where(own[1:, 0] > 0, 0.0, np.nan)
    best = (both / np.maximum(union, 1))[1:, 1:].max(axis=1)
    return np.where(own[1:, 0] > 0, best, np.nan)


def column_shuffled(points: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The same columns, each in an order of its own: what is left is true of one feature at a time."""
    return random.permuted(points, axis=0)


def _come_again(
    points: np.ndarray,
    own: np.ndarray,
    k: int,
    resamples: int,
    recluster: Recluster,
    random: np.random.Generator,
) -> np.ndarray:
    """Similarities (resamples x clusters); who is drawn more than once counts once, as Hennig's own program has it."""
    drawn = random.multinomial(len(points), np.full(len(points), 1 / len(points)), resamples) > 0
    others = recluster(points, drawn.astype(np.float32), k, random)
    return np.array([similarities(own, each, there, k) for each, there in zip(others, drawn, strict=True)])


def _of_noise(points: np.ndarray, k: int, recluster: Recluster, random: np.random.Generator) -> np.ndarray:
    """The mean similarity of each cluster (1 x clusters) of one shuffled copy."""
    shuffled = column_shuffled(points, random)
    own = recluster(shuffled, np.ones((1, len(points)), dtype=np.float32), k, random)[0]
    return _means(_come_again(shuffled, own, k, SHUFFLED_RESAMPLES, recluster, random))[None, :]


def _means(found: np.ndarray) -> np.ndarray:
    """By cluster, over the resamples that drew any of it; not a number where none did."""
    times = np.isfinite(found).sum(axis=0)
    return np.where(times > 0, np.nansum(found, axis=0) / np.maximum(times, 1), np.nan)


def _frame(found: np.ndarray, noise: float) -> pl.DataFrame:
    means = _means(found)
    times = np.maximum(np.isfinite(found).sum(axis=0), 1)
    spread = np.sqrt(np.nansum((found - means) ** 2, axis=0) / np.maximum(times - 1, 1))
    error = 1.96 * spread / np.sqrt(times)
    low, high = np.clip(means - error, 0, 1), np.clip(means + error, 0, 1)
    verdicts = [_verdict(*each, noise) for each in zip(means.tolist(), low.tolist(), strict=True)]
    numbers = {"number": list(range(found.shape[1])), "jaccard": means, "low": low, "high": high}
    return pl.DataFrame(numbers | {"verdict": pl.Series(verdicts, dtype=pl.String)}).with_columns(
        pl.col("jaccard", "low", "high").fill_nan(None)
    )


def _verdict(mean: float, low: float, noise: float) -> str:
    if not low > noise:
        return Trust.CHANCE.value
    return (Trust.STABLE if mean >= STABLE else Trust.SHAKY).value
