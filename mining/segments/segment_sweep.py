"""Several numbers of segments side by side, beside the same on columns that were shuffled: how many, if any at all?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from mining.segments.cluster_stability import column_shuffled
from mining.segments.clustered_segments import scaled_buyers
from mining.segments.clustering import Clusterer, partition
from mining.segments.customer_features import ALL
from mining.segments.feature_scale import Transform
from mining.segments.kmeans_fit import SUBSAMPLE, THREADS, fit
from mining.segments.silhouette import SAMPLE, sampled_rows, silhouettes

FIGURES = ("silhouette", "davies_bouldin", "calinski_harabasz")
CLEARER = 0.05
SHUFFLED_SAMPLE, SHUFFLED_STARTS = 4_000, 2
SHUFFLED = tuple(f"shuffled_{name}" for name in FIGURES)
SCHEMA = pl.Schema(
    {"k": pl.Int64(), "inertia": pl.Float64(), "sizes": pl.List(pl.Int64)}
    | {name: pl.Float64() for name in (*FIGURES, *SHUFFLED)}
)


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """`frame`: k, inertia (of k-means), sizes (customers a segment, of those clustered, largest first), silhouette (-1
    to 1, Rousseeuw 1987), davies_bouldin (0 on, less is better; Davies and Bouldin 1979), calinski_harabasz (0 on;
    Calinski and Harabasz 1974), and each again as shuffled_...: of the same customers with every column shuffled for
    itself.

    `sampled` is the number of buyers that the figures rest on, all `buyers` when equal. `is_beyond_noise` says whether
    the silhouette of the suggested k is at least .05 greater than any on shuffled columns.
    """

    frame: pl.DataFrame
    suggested_k: int
    sampled: int
    buyers: int

    @property
    def is_beyond_noise(self) -> bool:
        best = self.frame.filter(pl.col("k") == self.suggested_k)["silhouette"].item()
        noise = self.frame["shuffled_silhouette"].max()
        return isinstance(noise, float) and best > noise + CLEARER


def sweep(
    frame: pl.DataFrame,
    as_of: date,
    ks: Iterable[int] = range(2, 11),
    seed: int = 0,
    features: Sequence[str] = ALL,
    method: Clusterer = Clusterer.KMEANS,
    transform: Transform = Transform.LOG,
    words: Mapping[str, str] | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Sweep:
    """Cluster into each k and suggest the one of the best silhouette; beyond 10,000 buyers a sample is clustered.

    A k above the number of different buyers is left out. Raises BadRequest as `clustered` when none remains.
    """
    wanted = sorted(set(ks))
    customers, scaled, different = scaled_buyers(
        frame, as_of, wanted[0] if wanted else 2, features, transform, words
    )
    possible = [k for k in wanted if k <= different]
    random = np.random.default_rng(seed)
    matrix = scaled.matrix[sampled_rows(len(scaled.matrix), SUBSAMPLE, seed)]
    shuffled = column_shuffled(matrix, random)
    steps = 2 * len(possible)
    found: dict[int, tuple[np.ndarray, float | None]] = {}
    for at, k in enumerate(possible):
        found[k] = _labels(matrix, method, k, seed)
        progress((at + 1) / steps)
    noise: dict[int, np.ndarray] = {}
    for at, k in enumerate(possible):
        noise[k] = _labels(shuffled, method, k, seed, SHUFFLED_STARTS)[0]
        progress((len(possible) + at + 1) / steps)
    real = _figures(matrix, {k: labels for k, (labels, _) in found.items()}, SAMPLE, seed)
    chance = _figures(shuffled, noise, SHUFFLED_SAMPLE, seed)
    rows = [(k, inertia, _sizes(labels), *real[k], *chance[k]) for k, (labels, inertia) in found.items()]
    suggested = max(possible, key=lambda k: (real[k][0], -k))
    buyers = customers.buyers.height
    return Sweep(pl.DataFrame(rows, schema=SCHEMA, orient="row"), suggested, min(SAMPLE, buyers), buyers)


def _labels(
    matrix: np.ndarray, method: Clusterer, k: int, seed: int, starts: int = 0
) -> tuple[np.ndarray, float | None]:
    if method is Clusterer.KMEANS:
        found = fit(matrix, k, seed, starts)
        return found.labels, found.inertia
    told = partition(matrix, method, k, seed)
    return told.labels, told.inertia


def _figures(
    matrix: np.ndarray, labelings: Mapping[int, np.ndarray], sample: int, seed: int
) -> dict[int, tuple[float | None, ...]]:
    """The FIGURES of each labeling, on a sample of SAMPLE rows; silhouettes, which take longest, on `sample` rows."""
    chosen = sampled_rows(len(matrix), SAMPLE, seed)
    points = matrix[chosen]
    with THREADS.limit(limits=1):
        scores = silhouettes(matrix, labelings, sample, seed)
    return {k: (scores[k], *_scores(points, labels[chosen])) for k, labels in labelings.items()}


def _scores(points: np.ndarray, labels: np.ndarray) -> tuple[float | None, float | None]:
    """Davies-Bouldin and Calinski-Harabasz; None where there are not two groups, or as many as points."""
    _, places, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    k = len(sizes)
    if not 1 < k < len(points):
        return None, None
    within = np.eye(k)[places].T
    centres = within @ points / sizes[:, None]
    away = ((points - centres[places]) ** 2).sum(axis=1)
    spread = within @ np.sqrt(away) / sizes
    apart = np.sqrt(((centres[:, None] - centres[None]) ** 2).sum(axis=2))
    alike = np.divide(spread[:, None] + spread, apart, out=np.zeros_like(apart), where=apart > 0)
    between = (sizes * ((centres - points.mean(axis=0)) ** 2).sum(axis=1)).sum()
    ratio = 1.0 if not away.any() else between * (len(points) - k) / (away.sum() * (k - 1))
    return float(alike.max(axis=1).mean()), float(ratio)


def _sizes(labels: np.ndarray) -> list[int]:
    return sorted(np.bincount(labels).tolist(), reverse=True)
