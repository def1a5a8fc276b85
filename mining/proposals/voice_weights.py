"""Weights by which those who spoke stand for all customers: each group counts as much as it is of the base.

Post-stratification: Holt and Smith, "Post stratification", Journal of the Royal Statistical Society A 142 (1979); the
effective number: Kish, "Survey Sampling" (1965), section 11.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

UNTOLD = "Not told"


@dataclass(frozen=True, slots=True, eq=False)
class VoiceWeights:
    """`weights` of the voices: `customer`, `weight` (1 on average). `groups`: `segment`, `customers`, `voices`,
    `weight` (null of a group without a voice), the largest first.

    `effective` is how many voices of one weight would tell as much, `largest` the largest weight. The groups of which
    nobody spoke, `silent`, hold the share `silent_share` of all customers: no weight makes up for them.
    """

    weights: pl.DataFrame
    groups: pl.DataFrame
    effective: float
    largest: float
    silent: tuple[str, ...]
    silent_share: float


def voice_weights(voices: pl.Series, customers: pl.DataFrame) -> VoiceWeights:
    """Of different `voices` (customers), all of them among `customers`: `customer`, `segment` (null where not told)."""
    known = customers.select("customer", segment=pl.col("segment").fill_null(UNTOLD))
    spoke = known.filter(pl.col("customer").is_in(voices.implode()))
    base = known.group_by("segment").agg(customers=pl.len().cast(pl.Int64))
    counted = spoke.group_by("segment").agg(voices=pl.len().cast(pl.Int64))
    groups = base.join(counted, on="segment", how="left").with_columns(pl.col("voices").fill_null(0))
    heard = groups.filter(pl.col("voices") > 0)
    of_base = pl.col("customers") / heard["customers"].sum()
    told = heard.with_columns(weight=of_base * spoke.height / pl.col("voices")).select("segment", "weight")
    weights = spoke.join(told, on="segment").select("customer", "weight").sort("customer")
    silent = groups.filter(pl.col("voices") == 0).sort("customers", "segment", descending=[True, False])
    squares = float((weights["weight"] ** 2).sum())
    return VoiceWeights(
        weights,
        groups.join(told, on="segment", how="left").sort("customers", "segment", descending=[True, False]),
        float(weights["weight"].sum()) ** 2 / squares if squares else 0.0,
        float(weights["weight"].max() or 0.0),  # type: ignore[arg-type]
        tuple(silent["segment"].to_list()),
        float(silent["customers"].sum()) / known.height if known.height else 0.0,
    )
