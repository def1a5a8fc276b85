"""The ways of clustering, each the same for the same data, and each with a rule by which anybody else is assigned."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from sklearn.cluster import HDBSCAN
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KDTree

from data.errors import BadRequest
from mining.segments.cluster_stability import SAMPLE, Recluster, kmeans_again
from mining.segments.kmeans_fit import SUBSAMPLE, THREADS, fit, nearest_centre

DENSE_SAMPLE = 4_000
SMALLEST_SHARE = 0.05
SMALLEST = 5
RIDGE = 1e-4
KEPT_POINTS = 1_000


class Clusterer(StrEnum):
    """k-means: round groups of like size. Mixture: Gaussians of any shape and size, each customer with the likeliest.
    HDBSCAN: where customers lie dense, however many such places there are; who lies elsewhere is in no group."""

    KMEANS = "kmeans"
    MIXTURE = "mixture"
    HDBSCAN = "hdbscan"

    @property
    def takes_k(self) -> bool:
        """Whether it is told how many groups to find."""
        return self is not Clusterer.HDBSCAN


@dataclass(frozen=True, slots=True)
class Places:
    """Where clusters lie on the scale of their features, so that others are assigned without fitting anew.

    k-means: a point each. Mixture: a point each with covariance and log weight. HDBSCAN: many points with the
    `labels` of each (-1 for none); the nearest one tells.
    """

    method: Clusterer
    points: tuple[tuple[float, ...], ...]
    labels: tuple[int, ...]
    covariances: tuple[tuple[tuple[float, ...], ...], ...] = ()
    log_weights: tuple[float, ...] = ()

    def assign(self, matrix: np.ndarray) -> np.ndarray:
        """The label of each row (0 on; -1 for none)."""
        points = np.array(self.points)
        if self.method is Clusterer.MIXTURE:
            return _likeliest(matrix, points, np.array(self.covariances), np.array(self.log_weights))
        if self.method is Clusterer.HDBSCAN:
            return _nearest_label(matrix, points, np.array(self.labels))
        return nearest_centre(matrix, points)


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """`labels` (one a row, 0 to k-1, -1 for none), where they lie, and k-means' squared distance (else None)."""

    labels: np.ndarray
    places: Places
    inertia: float | None = None


def partition(matrix: np.ndarray, method: Clusterer, k: int, seed: int = 0) -> Partition:
    """Cluster the rows. Raises BadRequest where HDBSCAN finds no two dense places."""
    with THREADS.limit(limits=1):
        return FITS[method](matrix, k, seed)


def _kmeans(matrix: np.ndarray, k: int, seed: int) -> Partition:
    found = fit(matrix, k, seed)
    places = Places(Clusterer.KMEANS, _rows(found.centers), tuple(range(k)))
    return Partition(found.labels, places, found.inertia)


def _mixture(matrix: np.ndarray, k: int, seed: int) -> Partition:
    """Maximum likelihood by EM (Dempster, Laird and Rubin 1977), on a sample beyond 10,000 rows."""
    model = _mixed(_part(matrix, SUBSAMPLE, seed), k, n_init=2, max_iter=300, random_state=seed)
    covariances = tuple(_rows(each) for each in model.covariances_)
    weights = tuple(np.log(model.weights_).tolist())
    places = Places(Clusterer.MIXTURE, _rows(model.means_), tuple(range(k)), covariances, weights)
    return Partition(places.assign(matrix), places)


def _mixed(points: np.ndarray, k: int, **settings: Any) -> GaussianMixture:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # EM creeps on; what it has by then divides as well
        return GaussianMixture(k, reg_covar=RIDGE, **settings).fit(points)


def _hdbscan(matrix: np.ndarray, k: int, seed: int) -> Partition:
    """HDBSCAN (Campello, Moulavi and Sander 2013) of a sample; others go with the nearest of it."""
    sample = _part(matrix, DENSE_SAMPLE, seed)
    labels = _dense(sample)
    if labels.max(initial=-1) < 1:
        raise BadRequest(
            "HDBSCAN finds no two places where customers lie denser than elsewhere.",
            "Choose other features, or take k-means, which always divides.",
        )
    kept = np.sort(np.random.default_rng(seed).permutation(len(sample))[:KEPT_POINTS])
    places = Places(Clusterer.HDBSCAN, _rows(sample[kept]), tuple(labels[kept].tolist()))
    told = labels if len(sample) == len(matrix) == len(kept) else _nearest_label(matrix, sample, labels)
    return Partition(told, places)


def _dense(points: np.ndarray) -> np.ndarray:
    smallest = max(SMALLEST, round(SMALLEST_SHARE * len(points)))
    if len(points) < 2 * smallest:
        return np.full(len(points), -1)
    labels: np.ndarray = HDBSCAN(min_cluster_size=smallest, min_samples=SMALLEST, copy=True).fit_predict(
        points
    )
    return labels


def _part(matrix: np.ndarray, most: int, seed: int) -> np.ndarray:
    if len(matrix) <= most:
        return matrix
    return matrix[np.sort(np.random.default_rng(seed).choice(len(matrix), most, replace=False))]


def _likeliest(
    matrix: np.ndarray, means: np.ndarray, covariances: np.ndarray, log_weights: np.ndarray
) -> np.ndarray:
    scores = np.empty((len(matrix), len(means)))
    for at, (mean, covariance) in enumerate(zip(means, covariances, strict=True)):
        root = np.linalg.cholesky(covariance)
        away = np.linalg.solve(root, (matrix - mean).T)
        scores[:, at] = log_weights[at] - np.log(np.diag(root)).sum() - 0.5 * (away**2).sum(axis=0)
    labels: np.ndarray = scores.argmax(axis=1)
    return labels


def _nearest_label(matrix: np.ndarray, points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    nearest = KDTree(points).query(matrix, return_distance=False)[:, 0] if len(matrix) else np.empty(0, int)
    told: np.ndarray = labels[nearest]
    return told


def _rows(matrix: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def _mixture_again(
    points: np.ndarray, weights: np.ndarray, k: int, random: np.random.Generator
) -> np.ndarray:
    labels = np.full(weights.shape, -1)
    for told, drawn in zip(labels, weights > 0, strict=True):
        model = _mixed(
            points[drawn],
            k,
            max_iter=50,
            tol=1e-2,
            random_state=int(random.integers(2**31)),
            init_params="k-means++",
        )
        told[drawn] = model.predict(points[drawn])
    return labels


def _hdbscan_again(
    points: np.ndarray, weights: np.ndarray, k: int, random: np.random.Generator
) -> np.ndarray:
    labels = np.full(weights.shape, -1)
    for told, drawn in zip(labels, weights > 0, strict=True):
        told[drawn] = _dense(points[drawn])
    return labels


FITS: Mapping[Clusterer, Callable[[np.ndarray, int, int], Partition]] = {
    Clusterer.KMEANS: _kmeans,
    Clusterer.MIXTURE: _mixture,
    Clusterer.HDBSCAN: _hdbscan,
}
SAMPLES: Mapping[Clusterer, int] = {Clusterer.KMEANS: SAMPLE, Clusterer.MIXTURE: 800, Clusterer.HDBSCAN: 800}
AGAIN: Mapping[Clusterer, Recluster] = {
    Clusterer.KMEANS: kmeans_again,
    Clusterer.MIXTURE: _mixture_again,
    Clusterer.HDBSCAN: _hdbscan_again,
}
