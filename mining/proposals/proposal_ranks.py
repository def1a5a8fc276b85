"""Proposals ranked three ways, side by side: by persons, by what these are worth, by their share of each group.

No number is a product of chances: whether a proposal would be bought is not known from who supports it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.proposals.jeffreys_interval import jeffreys, mean_of_shares
from mining.proposals.voice_weights import UNTOLD
from mining.retention.wilson_interval import Z95

HEAVY = 0.4  # of the worth of all who support a proposal: one customer who holds so much is told
WAYS = ("persons", "value", "segments")


@dataclass(frozen=True, slots=True, eq=False)
class ProposalRanks:
    """`rows`, one a proposal, in order of persons: `proposal`, `persons`; `share` of all `voices`, `low`, `high` (of
    weighted voices where weights were given); `value` (the worth of those who support it, null where none is known),
    `value_low`, `value_high`, `valued` (of how many it is known), `top_share` (of the one who is worth most) and
    `herfindahl` (both 0 to 1); `segment_share` (the mean of the shares of the groups), `segment_low`, `segment_high`;
    `rank_` of each of WAYS.

    `segments`: `proposal`, `segment`, `persons`, `customers`, `share`, `low`, `high`. `effective` is how many voices of
    one weight would tell as much. `outside` supports are of nobody among the customers.
    """

    rows: pl.DataFrame
    segments: pl.DataFrame
    voices: int
    effective: float
    outside: int


def proposal_ranks(
    proposals: pl.Series, supports: pl.DataFrame, customers: pl.DataFrame, weights: pl.DataFrame | None = None
) -> ProposalRanks:
    """`supports` have `proposal` and `customer`, of each person one a proposal; `customers` `customer`, `segment` and
    `worth` (null where not known), a row each, all at large; `weights` `customer` and `weight` of every voice."""
    known = customers.select("customer", "worth", segment=pl.col("segment").fill_null(UNTOLD))
    told = supports.select("proposal", "customer").unique(maintain_order=True)
    told = told.filter(pl.col("proposal").is_in(proposals.implode()))
    own = told.join(known, on="customer", how="inner")
    voices = own["customer"].unique()
    weighted = voices.to_frame().with_columns(weight=pl.lit(1.0)) if weights is None else weights
    own = own.join(weighted.select("customer", "weight"), on="customer", how="left")
    all_weights = weighted.filter(pl.col("customer").is_in(voices.implode()))["weight"].to_numpy()
    effective = float(all_weights.sum() ** 2 / (all_weights**2).sum()) if len(all_weights) else 0.0
    segments = _by_segment(proposals, own, known)
    rows = pl.DataFrame({"proposal": proposals}).join(
        own.group_by("proposal").agg(persons=pl.len().cast(pl.Int64), weight=pl.col("weight").sum()),
        on="proposal", how="left", maintain_order="left",
    ).with_columns(pl.col("persons", "weight").fill_null(0))  # fmt: skip
    rows = _with_share(rows, float(all_weights.sum()), effective)
    rows = rows.join(_values(own), on="proposal", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("valued").fill_null(0))
    rows = rows.join(_means(segments), on="proposal", how="left", maintain_order="left")
    return ProposalRanks(_ranked(rows), segments, len(voices), effective, told.height - own.height)


def _with_share(rows: pl.DataFrame, whole: float, effective: float) -> pl.DataFrame:
    share = rows["weight"].to_numpy() / whole if whole else np.full(rows.height, np.nan)
    low, high = jeffreys(share * effective, np.full(rows.height, effective))
    told = {"share": share, "low": low, "high": high}
    return rows.drop("weight").with_columns(
        pl.Series(name, values).fill_nan(None) for name, values in told.items()
    )


def _values(own: pl.DataFrame) -> pl.DataFrame:
    """Worth a proposal: each person may come or not (Poisson), so the spread is the root of the sum of squares."""
    gains = pl.col("worth").clip(lower_bound=0)
    whole = gains.sum()
    half = Z95 * (pl.col("worth") ** 2).sum().sqrt()
    found = own.drop_nulls("worth").group_by("proposal").agg(
        value=pl.col("worth").sum(),
        half=half,
        valued=pl.len().cast(pl.Int64),
        top_share=pl.when(whole > 0).then(gains.max() / whole),
        herfindahl=pl.when(whole > 0).then((gains**2).sum() / whole**2),
    )  # fmt: skip
    return found.select(
        "proposal", "value", "valued", "top_share", "herfindahl",
        value_low=pl.col("value") - pl.col("half"), value_high=pl.col("value") + pl.col("half"),
    )  # fmt: skip


def _by_segment(proposals: pl.Series, own: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    base = known.group_by("segment").agg(customers=pl.len().cast(pl.Int64))
    base = base.sort("customers", "segment", descending=[True, False])
    counted = own.group_by("proposal", "segment").agg(persons=pl.len().cast(pl.Int64))
    grid = pl.DataFrame({"proposal": proposals}).join(base, how="cross", maintain_order="left_right")
    found = grid.join(counted, on=["proposal", "segment"], how="left", maintain_order="left").with_columns(
        pl.col("persons").fill_null(0)
    )
    low, high = jeffreys(found["persons"].to_numpy(), found["customers"].to_numpy())
    return found.select(
        "proposal", "segment", "persons", "customers", share=pl.col("persons") / pl.col("customers"),
        low=pl.Series(low), high=pl.Series(high),
    )  # fmt: skip


def _means(segments: pl.DataFrame) -> pl.DataFrame:
    """The mean of the shares of the groups, each group alike, whatever its size; who is in none that is told is left
    out, where any is told."""
    told = segments.filter(pl.col("segment") != UNTOLD)
    segments = told if told.height else segments
    grouped = segments.group_by("proposal", maintain_order=True).agg("persons", "customers", "share")
    if grouped.is_empty():
        nothing = {"segment_share": pl.Float64, "segment_low": pl.Float64, "segment_high": pl.Float64}
        return pl.DataFrame(schema={"proposal": segments.schema["proposal"], **nothing})
    parts = np.array(grouped["persons"].to_list(), dtype=float)
    low, high = mean_of_shares(parts, np.array(grouped["customers"].to_list(), dtype=float))
    return grouped.select(
        "proposal", segment_share=pl.col("share").list.mean(), segment_low=pl.Series(low), segment_high=pl.Series(high)
    )  # fmt: skip


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """Ranks from 1, equal ones alike; null where nothing is known."""
    of = {"persons": pl.col("share").round(12), "value": pl.col("value"), "segments": pl.col("segment_share")}
    ranks = [
        each.rank("min", descending=True).cast(pl.Int64).alias(f"rank_{way}") for way, each in of.items()
    ]
    return rows.with_columns(ranks).sort("rank_persons", "rank_value", "proposal", nulls_last=True)
