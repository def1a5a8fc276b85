"""Stability meets the figures of R's fpc, tells planted segments from noise, and is never green in noise alone."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from mining.segments.batched_kmeans import resampled_kmeans
from mining.segments.cluster_stability import Stability, Trust, similarities, stability


def iris(k: int) -> Stability:
    matrix = StandardScaler().fit_transform(load_iris().data)
    return stability(matrix, KMeans(k, n_init=10, random_state=0).fit(matrix).labels_)


@pytest.mark.parametrize(("k", "published"), [(2, [1, 1]), (3, [0.904, 0.905, 0.995])])
def test_iris_is_as_stable_as_in_r(k: int, published: list[float]) -> None:
    """fpc 2.2-10, clusterboot with 100 resamples."""
    found = iris(k)
    assert sorted(found.frame["jaccard"]) == pytest.approx(published, abs=0.03)
    assert found.frame["verdict"].to_list() == [Trust.STABLE] * k
    assert 0.65 < found.noise < 0.85


def test_noise_comes_again_by_half_and_is_not_believed() -> None:
    matrix = np.random.default_rng(1).random((150, 4))
    labels = KMeans(3, n_init=10, random_state=0).fit(matrix).labels_
    found = stability(matrix, labels)
    assert all(0.45 < each < 0.75 for each in found.frame["jaccard"])
    assert set(found.frame["verdict"]) == {Trust.CHANCE}


def test_one_number_would_hide_the_bad_cluster() -> None:
    """Two blobs far apart, one of them cut in two: the whole one comes again, the halves do not."""
    random = np.random.default_rng(0)
    far, near = random.normal(9, 1, (100, 2)), random.normal(0, 1, (200, 2))
    matrix = np.vstack([far, near])
    labels = np.concatenate([np.zeros(100, int), 1 + (near[:, 0] > 0)])
    found = stability(matrix, labels, resamples=40).frame["jaccard"]
    assert found[0] > 0.95
    assert max(found[1:]) < 0.9


def test_similarity_is_counted_over_who_was_drawn() -> None:
    """By hand: of cluster 0 one of two was drawn, and stands with one of cluster 1; nobody of cluster 2 was drawn."""
    labels, others = np.array([0, 0, 1, 1, 2]), np.array([5, 3, 5, 3, 3])
    drawn = np.array([True, False, True, True, False])
    found = similarities(labels, others, drawn, 3)
    assert found[:2] == pytest.approx([1 / 2, 1 / 2])
    assert np.isnan(found[2])
    assert similarities(labels, np.full(5, -1), drawn, 2).tolist() == [0, 0]


def test_kmeans_of_resamples_is_sklearns() -> None:
    matrix = StandardScaler().fit_transform(load_iris().data)
    random = np.random.default_rng(0)
    weights = (random.random((3, len(matrix))) < 0.7).astype(np.float32)
    for drawn, labels in zip(weights, resampled_kmeans(matrix, weights, 3, random, 8), strict=True):
        model = KMeans(3, n_init=5, random_state=0).fit(matrix, sample_weight=drawn)
        centres = np.array(
            [np.average(matrix[labels == at], axis=0, weights=drawn[labels == at]) for at in range(3)]
        )
        inertia = (drawn * ((matrix - centres[labels]) ** 2).sum(axis=1)).sum()
        assert inertia == pytest.approx(model.inertia_, rel=2e-3)


def test_beyond_the_sample_a_sample_is_looked_at_and_progress_told() -> None:
    matrix = np.random.default_rng(0).normal(size=(500, 2)) + np.repeat([[0, 0], [9, 9]], 250, axis=0)
    gone: list[float] = []
    found = stability(
        matrix, np.repeat([0, 1], 250), sample=100, resamples=40, shuffles=3, progress=gone.append
    )
    assert (found.sampled, found.buyers) == (100, 500)
    assert gone == sorted(gone)
    assert gone[-1] == 1
    assert found.frame.equals(
        stability(matrix, np.repeat([0, 1], 250), sample=100, resamples=40, shuffles=3).frame
    )


def test_who_stops_it_stops_it() -> None:
    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        stability(np.zeros((30, 1)), np.zeros(30, int), progress=stop)
