"""Segments by clustering: groups of customers who behave alike, the same for the same data on every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from data.errors import BadRequest
from data.model.said import said
from mining.segments.cluster_stability import Stability, stability
from mining.segments.clustering import AGAIN, SAMPLES, Clusterer, Places, partition
from mining.segments.customer_features import ALL, NO_PURCHASE, Customers, prepare, worded
from mining.segments.customer_plane import Scatter, scatter
from mining.segments.feature_scale import FeatureScale, Scaled, Transform, scale
from mining.segments.kmeans_fit import THREADS
from mining.segments.segment_explanation import Explanation, explain, strongest
from mining.segments.segment_profile import LEVELLED, names, phrase_names, profiles
from mining.segments.silhouette import silhouettes

NO_GROUP = "In no group"
SOME, ENOUGH = 20_000, 1_000


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """What assigns anybody to a segment without clustering anew: the scale of the features, where the clusters lie on
    it, and the name of each."""

    scale: FeatureScale
    places: Places
    names: tuple[str, ...]

    @property
    def features(self) -> tuple[str, ...]:
        return self.scale.features

    def labels(self, customers: pl.DataFrame) -> np.ndarray:
        """The place of each customer's name; -1 for who is in no group."""
        return self.places.assign(self.scale.of(customers))


def rule_from(told: Mapping[str, Any]) -> SegmentRule:
    """The rule that `dataclasses.asdict` and JSON wrote."""
    own = {name: _frozen(each) for name, each in told["scale"].items()}
    lie = {name: _frozen(each) for name, each in told["places"].items()}
    return SegmentRule(
        FeatureScale(**own | {"transform": Transform(own["transform"])}),
        Places(**lie | {"method": Clusterer(lie["method"])}),
        tuple(told["names"]),
    )


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list | tuple) else value


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredSegments:
    """Every customer's segment.

    `members`: customer, label, segment (name), number (1 has the highest mean revenue, 0 never bought, k + 1 is in no
    group), and the features of `customer_features.Customers`. `profiles`: see `segment_profile`. `k` groups were found.
    `inertia` is the squared distance that k-means leaves. `silhouette` is -1 to 1, of a sample beyond
    `mining.segments.silhouette.SAMPLE` buyers. `alike` are features that
    never vary and say nothing, `unknown` tells of how many buyers a feature is not known.
    """

    members: pl.DataFrame
    profiles: pl.DataFrame
    scatter: Scatter
    k: int
    inertia: float | None
    silhouette: float
    as_of: date
    rule: SegmentRule
    explanation: Explanation
    alike: tuple[str, ...]
    unknown: Mapping[str, int]

    @property
    def features(self) -> tuple[str, ...]:
        """Those wanted that vary."""
        return self.rule.features


def clustered(
    frame: pl.DataFrame,
    as_of: date,
    k: int,
    seed: int = 0,
    features: Sequence[str] = ALL,
    method: Clusterer = Clusterer.KMEANS,
    transform: Transform = Transform.LOG,
    words: Mapping[str, str] | None = None,
) -> ClusteredSegments:
    """Group buyers by features on one scale. `words` tell of features that are not our own.

    Customers without purchase stand apart as number 0. Row order does not matter. Raises BadRequest as
    `mining.segments.customer_features.prepare` and `feature_scale.scale`, for a k below 2 or above the number of
    different buyers, and where HDBSCAN finds no groups.
    """
    customers, scaled, _ = scaled_buyers(frame, as_of, k, features, transform, words)
    found = partition(scaled.matrix, method, k, seed)
    numbers = _numbers(found.labels, customers.buyers["revenue"])
    numbered = customers.buyers.with_columns(number=numbers)
    groups = int(found.labels.max()) + 1
    phrases = strongest(scaled, numbers.to_numpy(), words)
    usual = set(scaled.features) & set(LEVELLED)
    told = (
        names(numbered.filter(pl.col("number") <= groups), phrases)
        if usual
        else phrase_names(range(1, groups + 1), phrases)
    )
    named = numbered.join(told, on="number", how="left", maintain_order="left").with_columns(
        pl.col("segment").fill_null(NO_GROUP)
    )
    members = _members(named, customers)
    order = members.sort(pl.col("number") == 0, "number")["segment"].unique(maintain_order=True).to_list()
    by_number = dict(told.iter_rows())
    own = [by_number[number] for number in _number_of_labels(found.labels, numbers, groups)]
    return ClusteredSegments(
        members,
        profiles(members, order),
        scatter(named, scaled, words, seed=seed),
        groups,
        found.inertia,
        silhouettes(scaled.matrix, {groups: found.labels}, seed=seed)[groups],
        as_of,
        SegmentRule(scaled.scale, found.places, tuple(own)),
        explain(named, scaled, [name for name in order if name != NO_PURCHASE], words, seed),
        scaled.alike,
        scaled.unknown,
    )


def nearest(frame: pl.DataFrame, as_of: date, rule: SegmentRule) -> pl.DataFrame:
    """Customers (see `customer_features`) with the segment that the rule gives them: columns customer and segment.

    Clusters and scale stay as they were found. Raises BadRequest as `mining.segments.customer_features.prepare`.
    """
    customers = prepare(frame, as_of)
    names = np.array([*rule.names, NO_GROUP])  # the label -1 reads the last
    told = names[rule.labels(customers.buyers)] if customers.buyers.height else []
    buyers = customers.buyers.select("customer", segment=pl.Series(list(told), dtype=pl.String))
    others = customers.others.select("customer", segment=pl.lit(NO_PURCHASE))
    return pl.concat([buyers, others]).sort("customer")


def segment_stability(
    members: pl.DataFrame,
    rule: SegmentRule,
    *,
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> Stability:
    """How stable each segment of `ClusteredSegments.members` is; `cluster_stability.stability`, with the column
    segment in the place of number. `progress` gets 0 to 1 and may raise to stop."""
    buyers = members.filter(pl.col("number") > 0)
    place = {name: at for at, name in enumerate(rule.names)}
    labels = buyers["segment"].replace_strict(place, default=-1, return_dtype=pl.Int64).to_numpy()
    method = rule.places.method
    with THREADS.limit(limits=1):
        found = stability(
            rule.scale.of(buyers),
            labels,
            AGAIN[method],
            sample=SAMPLES[method],
            seed=seed,
            progress=progress,
        )
    return found.called(rule.names)


def scaled_buyers(
    frame: pl.DataFrame,
    as_of: date,
    k: int,
    features: Sequence[str] = ALL,
    transform: Transform = Transform.LOG,
    words: Mapping[str, str] | None = None,
) -> tuple[Customers, Scaled, int]:
    """The customers checked, the buyers' features scaled, and how many buyers differ. Raises BadRequest where `k`
    groups cannot be made of them."""
    if k < 2:
        raise BadRequest(f"{k} segments do not divide anything.", "Ask for two segments or more.")
    customers = prepare(frame, as_of)
    scaled = scale(customers.buyers, features, transform, words)
    different = _different(scaled)
    if len(scaled.matrix) > 1 and not scaled.features:
        alike = " and ".join(worded(name, words) for name in features)
        raise BadRequest(
            said("All {:,} customers are alike in {}.", len(scaled.matrix), alike),
            "Choose other features. Widen the filter or the period.",
        )
    if different < k:
        raise BadRequest(
            said(
                "{} segments were asked for, but only {:,} {} in what they bought.",
                k,
                different,
                "customer differs" if different == 1 else "customers differ",
            ),
            said("Ask for 2 to {:,} segments.", different)
            if different >= 2
            else "Widen the filter or the period.",
        )
    return customers, scaled, different


def _different(scaled: Scaled) -> int:
    """How many buyers differ; where a part of them differ more than anybody asks for, how many of that part."""
    if not scaled.features:
        return min(1, len(scaled.matrix))
    some = pl.DataFrame(scaled.matrix[:SOME], schema=list(scaled.features)).n_unique()
    if some >= ENOUGH or len(scaled.matrix) <= SOME:
        return some
    return pl.DataFrame(scaled.matrix, schema=list(scaled.features)).n_unique()


def _numbers(labels: np.ndarray, revenue: pl.Series) -> pl.Series:
    """Segment numbers from 1, by falling mean revenue, so that equal data bear equal numbers; who is in no group gets
    the number after the last."""
    grouped = labels >= 0
    sums = np.bincount(labels[grouped], weights=revenue.to_numpy()[grouped])
    means = sums / np.bincount(labels[grouped])
    rank = np.empty(len(means) + 1, dtype=np.int64)
    rank[np.argsort(-means, kind="stable")] = np.arange(1, len(means) + 1)
    rank[-1] = len(means) + 1
    return pl.Series(rank[labels])


def _number_of_labels(labels: np.ndarray, numbers: pl.Series, groups: int) -> list[int]:
    found = dict(zip(labels.tolist(), numbers.to_list(), strict=True))
    return [found[label] for label in range(groups)]


def _members(named: pl.DataFrame, customers: Customers) -> pl.DataFrame:
    others = customers.others.with_columns(segment=pl.lit(NO_PURCHASE), number=pl.lit(0, dtype=pl.Int64))
    features = customers.buyers.columns[2:]
    both = pl.concat([named, others], how="diagonal").sort("customer")
    return both.select("customer", "label", "segment", "number", *features)
