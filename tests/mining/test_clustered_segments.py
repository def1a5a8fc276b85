"""k-means meets published figures, recovers planted segments, and gives the same names for the same data."""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris, load_wine
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

import mining.segments.clustered_segments
import mining.segments.kmeans_fit
from data.errors import BadRequest
from mining.segments.clustered_segments import NO_GROUP, clustered, nearest, rule_from, segment_stability
from mining.segments.clustering import Clusterer, partition
from mining.segments.customer_features import ALL, NO_PURCHASE, prepare
from mining.segments.feature_scale import Transform, scale
from mining.segments.kmeans_fit import fit
from mining.segments.segment_profile import _told_apart
from mining.segments.segment_sweep import sweep
from mining.segments.silhouette import silhouettes
from tests.mining.planted import AS_OF, customers, people


@pytest.mark.parametrize(
    ("data", "scaled", "inertia", "sizes", "silhouette", "ari"),
    [
        (load_iris, False, 78.8514, [38, 50, 62], 0.5528, 0.7302),
        (load_wine, True, 1277.9285, [51, 62, 65], 0.2849, 0.8975),
    ],
)
def test_published_figures(
    data: object, scaled: bool, inertia: float, sizes: list[int], silhouette: float, ari: float
) -> None:
    matrix, truth = data(return_X_y=True)  # type: ignore[operator]
    matrix = StandardScaler().fit_transform(matrix) if scaled else matrix
    solution = fit(matrix, 3)
    assert solution.inertia == pytest.approx(inertia, abs=5e-5)
    assert sorted(np.bincount(solution.labels)) == sizes
    assert adjusted_rand_score(truth, solution.labels) == pytest.approx(ari, abs=5e-5)
    assert silhouettes(matrix, {3: solution.labels})[3] == pytest.approx(silhouette, abs=5e-5)


def test_planted_segments_are_recovered_and_their_number_suggested() -> None:
    frame, truth = customers(3_000)
    result = clustered(frame, AS_OF, 4)
    assert adjusted_rand_score(truth, result.members["number"]) > 0.9
    tried = sweep(frame, AS_OF)
    assert tried.suggested_k == 4
    assert tried.frame["k"].to_list() == list(range(2, 11))
    assert tried.frame["inertia"].is_sorted(descending=True)
    assert all(sum(sizes) == 3_000 for sizes in tried.frame["sizes"])
    assert tried.frame.filter(pl.col("k") == 4)["inertia"].item() == pytest.approx(result.inertia)
    assert tried.frame.filter(pl.col("k") == 4)["silhouette"].item() == pytest.approx(result.silhouette)


def test_beyond_the_sample_the_solution_is_as_good_and_as_true() -> None:
    frame, truth = customers(24_000)
    result = clustered(frame, AS_OF, 4)
    assert adjusted_rand_score(truth, result.members["number"]) > 0.9
    matrix = scale(prepare(frame, AS_OF).buyers).matrix
    assert result.inertia == pytest.approx(
        mining.segments.kmeans_fit.KMeans(4, n_init=3).fit(matrix).inertia_, rel=1e-3
    )
    tried = sweep(frame, AS_OF, ks=[3, 4])
    assert (tried.sampled, tried.buyers, tried.suggested_k) == (8_000, 24_000, 4)
    assert len(result.scatter.points) == 5_000


def test_a_sample_with_too_few_different_rows_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mining.segments.kmeans_fit.SUBSAMPLE", 10)
    matrix = np.zeros((1_000, 1))
    matrix[:2, 0] = [5, 9]
    assert sorted(np.bincount(fit(matrix, 3).labels)) == [1, 1, 998]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_row_order_does_not_matter(seed: int, k: int) -> None:
    frame, _ = customers(120)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    once, again = clustered(frame, AS_OF, k), clustered(shuffled, AS_OF, k)
    assert once.members.equals(again.members)
    assert once.profiles.equals(again.profiles)
    assert once.scatter.points.equals(again.scatter.points)


def test_segments_are_numbered_by_revenue_whatever_the_seed() -> None:
    frame, _ = customers(400)
    results = [clustered(frame, AS_OF, 4, seed=seed) for seed in range(5)]
    for result in results:
        means = result.members.group_by("number").agg(pl.col("revenue").mean()).sort("number")
        assert means["number"].to_list() == [1, 2, 3, 4]
        assert means["revenue"].is_sorted(descending=True)
        assert result.members.equals(results[0].members)


def test_names_say_what_was_planted() -> None:
    frame, truth = customers(2_000)
    members = clustered(frame, AS_OF, 4).members.with_columns(truth=pl.Series(truth))
    commonest = members.group_by("truth").agg(pl.col("segment").mode().first()).sort("truth")
    assert commonest["segment"].to_list() == [
        "Frequent big spenders",
        "Frequent customers",
        "Much-returning customers",
        "Lapsed occasional small spenders",
    ]


@pytest.mark.parametrize("k", [2, 6, 10, 20])
def test_names_and_profiles_match_the_members(k: int) -> None:
    frame, _ = customers(800)
    result = clustered(frame, AS_OF, k)
    assert result.members.select("number", "segment").unique().height == k
    assert result.members["segment"].n_unique() == len(result.profiles) == k
    assert result.profiles["customers"].sum() == 800
    assert result.profiles["share_revenue"].sum() == pytest.approx(1)
    firsts = result.members.group_by("segment").agg(pl.col("number").first())
    order = dict(firsts.iter_rows())
    assert [order[name] for name in result.profiles["segment"]] == list(range(1, k + 1))
    counted = dict(result.members["segment"].value_counts().iter_rows())
    assert dict(result.profiles.select("segment", "customers").iter_rows()) == counted


def test_namesakes_are_told_apart_by_what_differs_and_then_by_number() -> None:
    extras = [
        ("recent", "", ""),
        ("recent", "", "many returns"),
        ("", "", ""),
        ("", "", ""),
        ("recent", "", ""),
    ]
    assert _told_apart(["A", "A", "B", "B", "C"], extras) == ["A", "A, many returns", "B 1", "B 2", "C"]


def test_sentence_of_a_segment() -> None:
    frame, _ = customers(2_000)
    first = clustered(frame, AS_OF, 4).profiles.row(0, named=True)
    size = f"{first['customers']} customers (23%), {first['share_revenue']:.0%} of revenue"
    assert first["sentence"] == f"{size}: {first['behaviour']}"
    assert first["behaviour"] == (
        f"buy often (median {first['median_purchase_days']:g} purchase days), bought recently "
        f"(median {first['median_recency_days']:g} days ago), broad ({first['median_categories']:g} categories)"
    )


def test_silhouettes_are_sklearns() -> None:
    random = np.random.default_rng(1)
    matrix = random.normal(size=(300, 3))
    labels = {k: random.integers(0, k, 300) for k in (2, 3, 7)} | {4: np.array([0, 1, *[2, 3] * 149])}
    for k, value in silhouettes(matrix, labels).items():
        assert value == pytest.approx(silhouette_score(matrix, labels[k]), abs=1e-6)


def test_a_sampled_silhouette_is_near_the_exact_one() -> None:
    frame, truth = customers(3_000)
    matrix = scale(prepare(frame, AS_OF).buyers).matrix
    exact = silhouettes(matrix, {4: truth})[4]
    sampled = silhouettes(matrix, {4: truth}, sample=800)
    assert sampled[4] == pytest.approx(exact, abs=0.02)
    assert sampled[4] != exact
    assert sampled == silhouettes(matrix, {4: truth}, sample=800)


def test_silhouettes_of_one_cluster_or_equal_points_are_zero() -> None:
    assert silhouettes(np.zeros((4, 1)), {1: np.zeros(4, int), 2: np.array([0, 0, 1, 1])}) == {1: 0.0, 2: 0.0}


def test_negative_revenue_and_unknown_returns_do_not_break_scaling() -> None:
    days = timedelta(days=1)
    frame = people((AS_OF, 3, -500.0), (AS_OF - days, 2, 20.0), (AS_OF - 9 * days, 1, 90.0))
    unknown = frame.with_columns(return_rate=pl.Series([None, float("nan"), 0.5]))
    result = clustered(unknown, AS_OF, 3)
    assert result.members["revenue"].to_list() == [-500.0, 20.0, 90.0]
    assert result.members["return_rate"].to_list() == [0.0, 0.0, 0.5]
    assert result.profiles["share_revenue"].null_count() == 3
    clipped = scale(prepare(frame, AS_OF).buyers, ["revenue"]).matrix
    at_zero = scale(
        prepare(frame.with_columns(revenue=pl.Series([0.0, 20.0, 90.0])), AS_OF).buyers, ["revenue"]
    )
    assert np.array_equal(clipped, at_zero.matrix)


def test_scaling_is_log_then_z() -> None:
    frame = people((AS_OF, 1, 0.0), (AS_OF, 1, np.e - 1), (AS_OF, 1, np.e**2 - 1))
    scaled = scale(prepare(frame, AS_OF).buyers)
    assert scaled.features == ("revenue",)
    assert scaled.matrix.ravel().tolist() == pytest.approx([-(1.5**0.5), 0, 1.5**0.5], abs=1e-12)


def test_customers_without_purchase_stand_apart() -> None:
    frame, _ = customers(100)
    none = people((None, 0, -9.0)).cast({"purchase_days": pl.Int64, "categories": pl.Int64})
    with_none = clustered(pl.concat([none, frame]), AS_OF, 3)
    without = clustered(frame, AS_OF, 3)
    assert with_none.members.filter(pl.col("number") > 0).equals(without.members)
    assert with_none.members.filter(pl.col("number") == 0)["segment"].to_list() == [NO_PURCHASE]
    assert with_none.profiles["segment"].to_list() == [*without.profiles["segment"], NO_PURCHASE]
    assert with_none.inertia == without.inertia


def test_chosen_features_only() -> None:
    frame, _ = customers(200)
    noisy = frame.with_columns(return_rate=pl.Series(np.random.default_rng(0).random(200)))
    chosen = [name for name in ALL if name != "return_rate"]
    result = clustered(noisy, AS_OF, 4, features=chosen)
    assert result.features == tuple(chosen)
    assert result.inertia == clustered(frame, AS_OF, 4, features=chosen).inertia
    assert sweep(noisy, AS_OF, [4], features=chosen).frame["inertia"].item() == pytest.approx(result.inertia)
    with pytest.raises(BadRequest, match="Did you mean 'recency_days'"):
        clustered(frame, AS_OF, 4, features=["recency"])


def test_the_plane_is_explained_in_words() -> None:
    frame, _ = customers(500)
    plane = clustered(frame, AS_OF, 4).scatter
    assert plane.points.columns == ["customer", "label", "segment", "x", "y"]
    assert plane.axes[0].startswith("Right: ")
    assert "fewer days since the last purchase" in plane.axes[0]
    assert "a higher share returned" in plane.axes[1]
    lengths = plane.loadings.group_by("axis").agg((pl.col("loading") ** 2).sum())
    assert lengths["loading"].to_list() == pytest.approx([1, 1])
    spread = plane.points["x"].var(ddof=0) / 5
    assert plane.loadings.filter(pl.col("axis") == "x")["share"][0] == pytest.approx(spread)
    joined = plane.points.join(frame, on="customer").sort("x")
    assert joined["revenue"][:100].mean() < joined["revenue"][-100:].mean()


def test_the_plane_of_one_feature_is_a_line() -> None:
    frame = people((AS_OF, 1, 1.0), (AS_OF, 1, 2.0), (AS_OF, 1, 9.0))
    plane = clustered(frame, AS_OF, 2).scatter
    assert plane.points["y"].to_list() == [0, 0, 0]
    assert plane.points["x"].is_sorted()
    assert plane.axes == ("Right: more revenue (100% of the differences).", "Up: nothing else differs.")


def test_numbers_of_segments_that_cannot_be_are_refused() -> None:
    frame = people((AS_OF, 1, 1.0), (AS_OF, 1, 2.0), (AS_OF, 1, 2.0))
    with pytest.raises(BadRequest, match="two segments or more"):
        clustered(frame, AS_OF, 1)
    with pytest.raises(BadRequest, match=r"3 segments .* only 2 customers differ.* 2 to 2"):
        clustered(frame, AS_OF, 3)
    with pytest.raises(BadRequest, match="Widen the filter"):
        clustered(frame[1:], AS_OF, 2)
    with pytest.raises(BadRequest, match="only 0 customers"):
        clustered(people((None, 0, 0.0)), AS_OF, 2)
    with pytest.raises(BadRequest, match="no customers"):
        sweep(frame.clear(), AS_OF)
    assert clustered(frame, AS_OF, 2).members["number"].to_list() == [2, 1, 1]


def test_a_sweep_leaves_out_what_cannot_be() -> None:
    frame = people((AS_OF, 1, 1.0), (AS_OF, 1, 2.0), (AS_OF, 1, 50.0))
    assert sweep(frame, AS_OF).frame["k"].to_list() == [2, 3]
    with pytest.raises(BadRequest, match="4 segments"):
        sweep(frame, AS_OF, ks=[4, 5])


def test_results_can_be_cached_by_pickling() -> None:
    frame, _ = customers(60)
    result = clustered(frame, AS_OF, 3)
    assert pickle.loads(pickle.dumps(result)).members.equals(result.members)


def test_a_sweep_has_sklearns_figures_and_those_of_shuffled_columns() -> None:
    frame, _ = customers(500)
    tried = sweep(frame, AS_OF, ks=[3, 4])
    matrix = scale(prepare(frame, AS_OF).buyers).matrix
    labels = fit(matrix, 4).labels
    row = tried.frame.row(by_predicate=pl.col("k") == 4, named=True)
    for name, score in (
        ("silhouette", silhouette_score),
        ("davies_bouldin", davies_bouldin_score),
        ("calinski_harabasz", calinski_harabasz_score),
    ):
        assert row[name] == pytest.approx(score(matrix, labels), abs=1e-6, rel=1e-6)
    assert row["shuffled_silhouette"] < row["silhouette"]
    assert row["shuffled_davies_bouldin"] > row["davies_bouldin"]
    assert row["shuffled_calinski_harabasz"] < row["calinski_harabasz"]
    assert tried.is_beyond_noise


def test_of_shuffled_customers_no_number_is_beyond_noise() -> None:
    frame, _ = customers(500)
    random = np.random.default_rng(5)
    features = [name for name in frame.columns if name not in ("customer", "label", "purchase_days")]
    shuffled = frame.with_columns(frame[name].sample(fraction=1, shuffle=True, seed=at)
                                  for at, name in enumerate(features))  # fmt: skip
    flat = shuffled.with_columns(return_rate=pl.Series(random.random(500)))
    assert not sweep(
        flat, AS_OF, ks=[3, 4, 5], features=["recency_days", "revenue", "return_rate"]
    ).is_beyond_noise


def test_different_buyers_are_counted_once_in_a_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    real = mining.segments.clustered_segments._different
    monkeypatch.setattr(
        "mining.segments.clustered_segments._different", lambda scaled: counted.append(1) or real(scaled)
    )
    sweep(customers(60)[0], AS_OF)
    assert counted == [1]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("method", "features"),
    [
        (Clusterer.KMEANS, ALL),
        (Clusterer.MIXTURE, ALL),
        (Clusterer.HDBSCAN, ("recency_days", "revenue", "return_rate")),
    ],
)
def test_every_method_finds_the_planted_segments(
    method: Clusterer, features: tuple[str, ...], seed: int
) -> None:
    """HDBSCAN without counts: their whole numbers are dense places of their own."""
    frame, truth = customers(600, seed)
    result = clustered(frame, AS_OF, 4, method=method, features=features)
    assert adjusted_rand_score(truth, result.members["number"]) > 0.8
    assert result.k == 4


@pytest.mark.parametrize("method", list(Clusterer))
def test_anybody_is_assigned_without_clustering_anew(method: Clusterer) -> None:
    """Those of the data stand where they were found; the rule survives JSON."""
    frame, _ = customers(400)
    result = clustered(frame, AS_OF, 4, method=method)
    again = nearest(frame, AS_OF, rule_from(json.loads(json.dumps(asdict(result.rule)))))
    assert again.equals(result.members.select("customer", "segment"))
    one = nearest(frame[7:8], AS_OF, result.rule)
    assert one["segment"].to_list() == [result.members["segment"][7]]


def test_a_mixture_is_assigned_as_sklearn_does() -> None:
    matrix = StandardScaler().fit_transform(load_iris().data)
    model = GaussianMixture(3, n_init=2, reg_covar=1e-4, max_iter=300, random_state=0).fit(matrix)
    assert np.array_equal(partition(matrix, Clusterer.MIXTURE, 3).labels, model.predict(matrix))


def test_who_lies_apart_from_all_is_in_no_group() -> None:
    frame, _ = customers(300)
    odd = people((AS_OF - timedelta(days=900), 3, 9e6)).cast(dict(frame.schema))  # type: ignore[arg-type]
    result = clustered(pl.concat([frame, odd]), AS_OF, 4, method=Clusterer.HDBSCAN)
    last = result.members.filter(pl.col("customer") == "a")
    assert last.select("segment", "number").row(0) == (NO_GROUP, result.k + 1)
    assert NO_GROUP in result.profiles["segment"].to_list()
    with pytest.raises(BadRequest, match="no two places where customers lie denser"):
        clustered(frame[:12], AS_OF, 2, method=Clusterer.HDBSCAN)


def test_transforms_are_what_they_are_called() -> None:
    frame = people(*((AS_OF, 1, float(each)) for each in (0, 1, 2, 3, 96)))
    buyers = prepare(frame, AS_OF).buyers
    places = scale(buyers, ["revenue"], Transform.QUANTILE).matrix.ravel()
    assert np.diff(places) == pytest.approx([2**-0.5] * 4, abs=0.02)
    plain = scale(buyers, ["revenue"], Transform.STANDARD).matrix.ravel()
    assert plain == pytest.approx(StandardScaler().fit_transform([[0.0], [1], [2], [3], [96]]).ravel())
    scaled = scale(buyers, ["revenue"], Transform.QUANTILE)
    assert np.allclose(scaled.scale.of(buyers), scaled.matrix)


def test_any_number_is_a_feature_and_what_is_not_known_stands_in_the_middle() -> None:
    frame, truth = customers(300)
    margin = pl.Series(np.where(truth == 1, 50.0, 1.0) + np.arange(300) / 300)
    told = frame.with_columns(margin=margin, nothing=pl.lit(None, pl.Float64), same=pl.lit(3.0))
    words = {"margin": "margin", "nothing": "satisfaction", "same": "rebate"}
    result = clustered(told, AS_OF, 2, features=["margin", "same"], words=words)
    assert adjusted_rand_score(truth == 1, result.members["number"]) == 1
    assert (result.features, result.alike) == (("margin",), ("same",))
    assert result.profiles["segment"].to_list() == ["Low margin", "High margin"]
    some = told.with_columns(margin=pl.when(pl.int_range(300) > 0).then("margin"))
    assert clustered(some, AS_OF, 2, features=["margin"]).unknown == {"margin": 1}
    with pytest.raises(
        BadRequest, match=r"Of nobody here it is known: satisfaction\. Leave this feature out"
    ):
        clustered(told, AS_OF, 2, features=["margin", "nothing"], words=words)
    with pytest.raises(BadRequest, match=r"All 300 customers are alike in rebate\. Choose other features"):
        clustered(told, AS_OF, 2, features=["same"], words=words)


def test_one_customer_is_no_segment() -> None:
    with pytest.raises(BadRequest, match="only 1 customer differs"):
        clustered(people((AS_OF, 2, 9.0)), AS_OF, 2)


def test_planted_segments_are_stable_and_called_by_name() -> None:
    frame, _ = customers(300)
    result = clustered(frame, AS_OF, 4)
    found = segment_stability(result.members, result.rule).frame
    assert set(found["segment"]) == set(result.profiles["segment"])
    assert set(found["verdict"]) == {"stable"}
