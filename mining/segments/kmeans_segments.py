"""k-means segments: groups of customers who behave alike, the same for the same data on every run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from threadpoolctl import ThreadpoolController

from data.errors import BadRequest
from data.model.said import said
from mining.segments.customer_features import ALL, NO_PURCHASE, Customers, Scaled, prepare, scale, scale_alike
from mining.segments.customer_plane import Scatter, scatter
from mining.segments.segment_profile import names, profiles
from mining.segments.silhouette import SAMPLE, silhouettes

SUBSAMPLE = 10_000
STARTS = ((2_000, 10), (SUBSAMPLE, 4))
THREADS = ThreadpoolController()
SWEEP = pl.Schema(
    {"k": pl.Int64(), "inertia": pl.Float64(), "silhouette": pl.Float64(), "sizes": pl.List(pl.Int64)}
)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One k-means solution: `labels` (0 to k-1, one a row), `centers` (k x features), squared distance."""

    labels: np.ndarray
    centers: np.ndarray
    inertia: float


@dataclass(frozen=True, slots=True)
class Centres:
    """Where segments lie: a point each, named, on the scale that `mean` and `spread` of log1p `features` make."""

    features: tuple[str, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    points: tuple[tuple[float, ...], ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KmeansResult:
    """Every customer's segment.

    `members`: customer, label, segment (name), number (1 has the highest mean revenue, 0 never bought), and
    the features of `customer_features.Customers`. `profiles`: see `segment_profile`. `silhouette` is -1 to 1, of a
    sample beyond `mining.segments.silhouette.SAMPLE` buyers. `features` are those wanted that vary. `centres` tell the
    segment of anybody else.
    """

    members: pl.DataFrame
    profiles: pl.DataFrame
    scatter: Scatter
    k: int
    inertia: float
    silhouette: float
    features: tuple[str, ...]
    as_of: date
    centres: Centres


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """`frame`: k, inertia, silhouette (-1 to 1), sizes (customers a segment, largest first). `sampled` is the
    number of buyers the silhouettes rest on, all `buyers` when equal."""

    frame: pl.DataFrame
    suggested_k: int
    sampled: int
    buyers: int


def kmeans(
    frame: pl.DataFrame, as_of: date, k: int, seed: int = 0, features: Sequence[str] = ALL
) -> KmeansResult:
    """Group buyers by log1p-scaled recency, purchase days, revenue, categories and return rate.

    Customers without purchase stand apart as number 0. Row order does not matter. Raises BadRequest as
    `mining.segments.customer_features.prepare`, and for a k below 2 or above the number of different buyers.
    """
    customers, scaled = _scaled(frame, as_of, k, features)
    solution = fit(scaled.matrix, k, seed)
    numbered = customers.buyers.with_columns(number=_numbers(solution.labels, customers.buyers["revenue"]))
    named = numbered.join(names(numbered), on="number", how="left", maintain_order="left")
    members = _members(named, customers)
    order = members.sort(pl.col("number") == 0, "number")["segment"].unique(maintain_order=True).to_list()
    silhouette = silhouettes(scaled.matrix, {k: solution.labels}, seed=seed)[k]
    plane = scatter(named, scaled, seed=seed)
    return KmeansResult(
        members,
        profiles(members, order),
        plane,
        k,
        solution.inertia,
        silhouette,
        scaled.features,
        as_of,
        _centres(solution, scaled, named["segment"]),
    )


def nearest(frame: pl.DataFrame, as_of: date, centres: Centres) -> pl.DataFrame:
    """Customers (see `customer_features`) with the segment whose centre is nearest: columns customer and segment.

    Centres and scale stay as they were found. Raises BadRequest as `mining.segments.customer_features.prepare`.
    """
    customers = prepare(frame, as_of)
    matrix = scale_alike(customers.buyers, centres.features, np.array(centres.mean), np.array(centres.spread))
    distances = [((matrix - np.array(point)) ** 2).sum(axis=1) for point in centres.points]
    places = np.argmin(np.stack(distances, axis=1), axis=1)
    buyers = customers.buyers.select(
        "customer", segment=pl.Series(np.array(centres.names)[places].tolist(), dtype=pl.String)
    )
    others = customers.others.select("customer", segment=pl.lit(NO_PURCHASE))
    return pl.concat([buyers, others]).sort("customer")


def _centres(solution: Fit, scaled: Scaled, segments: pl.Series) -> Centres:
    names = dict(zip(solution.labels.tolist(), segments.to_list(), strict=True))
    return Centres(
        scaled.features,
        tuple(scaled.mean.tolist()),
        tuple(scaled.spread.tolist()),
        tuple(tuple(point) for point in solution.centers.tolist()),
        tuple(names[label] for label in range(len(solution.centers))),
    )


def sweep(
    frame: pl.DataFrame,
    as_of: date,
    ks: Iterable[int] = range(2, 11),
    seed: int = 0,
    features: Sequence[str] = ALL,
) -> Sweep:
    """Fit each k and suggest the one of the best silhouette.

    A k above the number of different buyers is left out. Raises BadRequest as `kmeans` when none remains.
    """
    wanted = sorted(set(ks))
    customers, scaled = _scaled(frame, as_of, wanted[0] if wanted else 2, features)
    possible = [k for k in wanted if k <= _different(scaled)]
    fits = {k: fit(scaled.matrix, k, seed) for k in possible}
    scores = silhouettes(scaled.matrix, {k: each.labels for k, each in fits.items()}, seed=seed)
    rows = [(k, each.inertia, scores[k], _sizes(each.labels)) for k, each in fits.items()]
    suggested = max(possible, key=lambda k: (scores[k], -k))
    buyers = len(customers.buyers)
    return Sweep(pl.DataFrame(rows, schema=SWEEP, orient="row"), suggested, min(SAMPLE, buyers), buyers)


def fit(matrix: np.ndarray, k: int, seed: int = 0) -> Fit:
    """Lloyd's k-means (1982) from several k-means++ starts (Arthur & Vassilvitskii 2007) on rows x features.

    Beyond 10,000 rows the starts run on a seeded sample and the best is refined on all rows. One thread only:
    with more, sums are added in any order and results may differ between runs.
    """
    with THREADS.limit(limits=1):
        if len(matrix) <= SUBSAMPLE:
            starts = next(n for rows, n in STARTS if len(matrix) <= rows)
            model = KMeans(k, n_init=starts, random_state=seed).fit(matrix)
        else:
            first = KMeans(k, n_init=STARTS[-1][1], random_state=seed).fit(_sample(matrix, k, seed))
            model = KMeans(k, init=first.cluster_centers_, n_init=1, random_state=seed).fit(matrix)
    return Fit(model.labels_, model.cluster_centers_, float(model.inertia_))


def _sizes(labels: np.ndarray) -> list[int]:
    return sorted(np.bincount(labels).tolist(), reverse=True)


def _sample(matrix: np.ndarray, k: int, seed: int) -> np.ndarray:
    """A seeded sample of the rows, or all of them where the sample holds fewer than k different ones."""
    chosen = matrix[np.random.default_rng(seed).choice(len(matrix), SUBSAMPLE, replace=False)]
    return chosen if len(np.unique(chosen, axis=0)) >= k else matrix


def _scaled(frame: pl.DataFrame, as_of: date, k: int, features: Sequence[str]) -> tuple[Customers, Scaled]:
    if k < 2:
        raise BadRequest(f"{k} segments do not divide anything.", "Ask for two segments or more.")
    customers = prepare(frame, as_of)
    scaled = scale(customers.buyers, features)
    different = _different(scaled)
    if different < k:
        raise BadRequest(
            said(
                "{} segments were asked for, but only {:,} customers differ in what they bought.",
                k,
                different,
            ),
            said("Ask for 2 to {:,} segments.", different)
            if different >= 2
            else "Widen the filter or the period.",
        )
    return customers, scaled


def _different(scaled: Scaled) -> int:
    if not scaled.features:
        return min(1, len(scaled.matrix))
    return pl.DataFrame(scaled.matrix, schema=list(scaled.features)).n_unique()


def _numbers(labels: np.ndarray, revenue: pl.Series) -> pl.Series:
    """Segment numbers from 1, by falling mean revenue, so that equal data bear equal numbers."""
    means = np.bincount(labels, weights=revenue.to_numpy()) / np.bincount(labels)
    rank = np.empty(len(means), dtype=np.int64)
    rank[np.argsort(-means, kind="stable")] = np.arange(1, len(means) + 1)
    return pl.Series(rank[labels])


def _members(named: pl.DataFrame, customers: Customers) -> pl.DataFrame:
    others = customers.others.with_columns(segment=pl.lit(NO_PURCHASE), number=pl.lit(0, dtype=pl.Int64))
    features = customers.buyers.columns[2:]
    both = pl.concat([named, others], how="diagonal").sort("customer")
    return both.select("customer", "label", "segment", "number", *features)
