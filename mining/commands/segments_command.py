"""`python -m mining segments`. Customers grouped by what they did, each group explained, and how far to trust it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from functools import partial
from math import isfinite

import polars as pl

from cubes.analysis.customer_measures import CustomerMeasures, customer_measures
from cubes.ask import answer_cache
from cubes.drill_through import rows_behind
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question_within, seed_number
from mining.lifetime.model_refusals import customers_counted
from mining.segments.clustered_segments import ClusteredSegments, clustered, segment_stability
from mining.segments.clustering import Clusterer
from mining.segments.customer_features import ALL
from mining.segments.feature_scale import Transform
from mining.segments.rfm_quintiles import rfm
from mining.segments.segment_sweep import sweep
from mining.segments.threshold_segments import Thresholds, by_thresholds

RFM, THRESHOLDS = "rfm", "thresholds"
METHODS = (*(each.value for each in Clusterer), RFM, THRESHOLDS)
CLUSTERS = 5


def _segments_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--method", choices=METHODS, default=Clusterer.KMEANS.value, help="the way of grouping"
    )
    parser.add_argument(
        "--features", default=",".join(ALL), help="with commas between: recency_days, purchase_days, revenue,"
        " categories, return_rate, age_days, channel_mix, category_mix, or any measure by customer, such as margin"
    )  # fmt: skip
    parser.add_argument("--clusters", type=int, default=CLUSTERS, metavar="N", help="how many groups to find")
    parser.add_argument("--transform", choices=list(Transform), default=Transform.LOG.value, help="how features are"
                        " scaled")  # fmt: skip
    parser.add_argument("--threshold", action="append", default=[], metavar="FEATURE=30,90", help="where a feature is"
                        " cut, with --method thresholds")  # fmt: skip
    parser.add_argument("--seed", type=seed_number, default=0, help="what fixes all chance")
    parser.add_argument(
        "--sweep", action="store_true", help="a row a number of groups, 2 to 10, beside shuffled columns"
    )
    parser.add_argument("--customers", action="store_true", help="a row a customer, not a row a segment")


def _segments(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a segment with its stability, a row a customer, or a row a number of groups."""
    asked, _, day = question_within(warehouse, options)
    drawn = tuple(map(_drawn, options.threshold))
    wanted = _wanted(options, drawn)
    first = rows_behind.first_purchases(warehouse, asked)
    told = customer_measures(
        partial(answer_cache.shared().ask, warehouse), warehouse.profile, asked, first, wanted
    )
    if told.frame.is_empty():
        raise BadRequest("No known customer has a line within these filters.", "Take one away.")
    figures = {"method": options.method, "features": list(told.features), "until": day.isoformat()}
    if options.sweep:
        return _swept(told, options, day, figures)
    if options.method == RFM:
        found = rfm(told.frame, day)
        return _rows(options, found.members, found.profiles, figures)
    if options.method == THRESHOLDS:
        cells = by_thresholds(told.frame, day, drawn, told.words)
        return _rows(options, cells.members, cells.profiles, figures)
    return _clusters(options, _clustered(told, options, day), figures)


def _wanted(options: argparse.Namespace, drawn: tuple[Thresholds, ...]) -> tuple[str, ...]:
    if options.method == THRESHOLDS:
        return tuple(each.feature for each in drawn)
    named = tuple(each.strip() for each in options.features.split(",") if each.strip())
    if not named:
        raise BadRequest("No feature is named.", f"Name some, such as --features {','.join(ALL[:3])}.")
    return () if options.method == RFM else tuple(dict.fromkeys(named))


def _clustered(told: CustomerMeasures, options: argparse.Namespace, day: date) -> ClusteredSegments:
    return clustered(
        told.frame,
        day,
        options.clusters,
        options.seed,
        told.features,
        Clusterer(options.method),
        Transform(options.transform),
        told.words,
    )


def _clusters(
    options: argparse.Namespace, found: ClusteredSegments, figures: Mapping[str, object]
) -> Finding:
    trust = segment_stability(found.members, found.rule, seed=options.seed)
    profiles = found.profiles.join(
        trust.frame.select("segment", stability="jaccard", stability_low="low", verdict="verdict"),
        on="segment",
        how="left",
        maintain_order="left",
    )
    rule = pl.Series([found.explanation.sentence(name) for name in profiles["segment"]], dtype=pl.String)
    more = {"differences": found.explanation.differences, "rules": found.explanation.rules}
    own = {
        "clusters": found.k,
        "silhouette": found.silhouette,
        "fidelity": found.explanation.fidelity,
        "shuffled_95th_percentile": trust.noise,
        "stability_customers": trust.sampled,
    }
    notes = [f"All customers are alike in {name}, which says nothing." for name in found.alike]
    notes += [
        f"Of {customers_counted(count)} {name} is not known: the middle value stands for them."
        for name, count in found.unknown.items()
    ]
    return _rows(
        options, found.members, profiles.with_columns(rule=rule), {**figures, **own}, tuple(notes), more
    )


def _rows(
    options: argparse.Namespace,
    members: pl.DataFrame,
    profiles: pl.DataFrame,
    figures: Mapping[str, object],
    notes: tuple[str, ...] = (),
    more: Mapping[str, pl.DataFrame] | None = None,
) -> Finding:
    """A row a customer, the greatest revenue first, or a row a segment."""
    ordered = members.sort("revenue", "customer", descending=[True, False]).rename({"label": "name"})
    return Finding(
        ordered if options.customers else profiles,
        {**figures, "customers": members.height, "segments": profiles.height},
        notes,
        more or {},
    )


def _swept(
    told: CustomerMeasures, options: argparse.Namespace, day: date, figures: Mapping[str, object]
) -> Finding:
    if options.method not in (Clusterer.KMEANS.value, Clusterer.MIXTURE.value):
        raise BadRequest(
            f"{options.method} is not told how many groups to find.", "Sweep with kmeans or mixture."
        )
    found = sweep(
        told.frame,
        day,
        seed=options.seed,
        features=told.features,
        method=Clusterer(options.method),
        transform=Transform(options.transform),
        words=told.words,
    )
    sizes = pl.col("sizes").list.eval(pl.element().cast(pl.String)).list.join(" ")
    own = {"suggested": found.suggested_k, "is_beyond_noise": found.is_beyond_noise, "sampled": found.sampled}
    return Finding(found.frame.with_columns(sizes), {**figures, **own})


def _drawn(text: str) -> Thresholds:
    feature, _, values = text.partition("=")
    try:
        at = sorted({float(each) for each in values.split(",")})
    except ValueError:
        at = [float("nan")]
    if not all(map(isfinite, at)):
        raise BadRequest(f"{text[:60]!r} is no threshold.", "Write one such as recency_days=30,90.")
    return Thresholds(feature.strip(), tuple(at))


SEGMENTS = Command(
    "customers grouped by what they did, explained, and with how far to trust each group",
    "segments",
    _segments_options,
    _segments,
)
