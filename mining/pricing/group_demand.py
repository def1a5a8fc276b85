"""Demand by group of customers: who would pay a price, and which price earns most of each."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.pricing.best_price import best_price
from mining.pricing.named_prices import FEW_PEOPLE, PriceTerms, named_prices
from mining.pricing.price_sample import PriceSample
from mining.retention.wilson_interval import wilson

NOT_KNOWN = "(unknown)"
DRAWS = 200
COLUMNS = {
    "group": pl.String, "people": pl.Int64, "share": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "best": pl.Float64, "best_low": pl.Float64, "best_high": pl.Float64, "profit": pl.Float64,
}  # fmt: skip


def group_demand(
    kept: pl.DataFrame,
    terms: PriceTerms,
    price: float,
    cost: float,
    fewest: int = FEW_PEOPLE,
    draws: int = DRAWS,
    seed: int = 0,
) -> pl.DataFrame:
    """A row a `group` of the rows that count (null: not known), largest first: `people`, the `share` of them who
    named at least `price` with its interval (Wilson), the `best` price at this cost with 95% of the bootstrap, and
    its `profit` a person. Of groups below `fewest` persons `people` alone is told; who stands in two groups counts
    in both."""
    of = kept.with_columns(pl.col("group").fill_null(NOT_KNOWN))
    rows = []
    for (group,), own in of.group_by("group"):
        sample = named_prices(own.drop("worth"), terms).highest
        told = _told(sample, price, cost, draws, seed) if sample.people >= fewest else {}
        rows.append({"group": group, "people": sample.people, **told})
    return pl.DataFrame(rows, schema=COLUMNS).sort("people", "group", descending=[True, False])


def _told(sample: PriceSample, price: float, cost: float, draws: int, seed: int) -> dict[str, float]:
    share = sample.shares(np.array([price]))
    low, high = wilson(share * sample.people, np.array([float(sample.people)]))
    told = {"share": float(share[0]), "low": float(low[0]), "high": float(high[0])}
    best = best_price(sample, cost, draws, seed)
    if best:
        told |= {
            "best": best.price,
            "best_low": best.price_low,
            "best_high": best.price_high,
            "profit": best.profit,
        }
    return told
