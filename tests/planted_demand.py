"""Demand beside what was planted: what persons named, asked back by a shading, and what they would have paid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from mining.pricing.demand_curve import demand_curve
from mining.pricing.named_prices import PriceTerms, PriceUnit, named_prices
from mining.pricing.price_sample import price_sample

AT = (0.6, 0.7, 0.8, 0.9, 1.0)  # of the price asked; beyond it nobody names anything


def demand_beside_truth(offers: pl.DataFrame, shading: float, at: Sequence[float] = AT) -> pl.DataFrame:
    """A row a price (as a share of what was asked): the `share` estimated from what was named / `shading`, its Wilson
    interval (`low`, `high`) and band, the `true` share by what the same persons would have paid, and whether it lies
    `within` the interval.

    `offers`: `customer`, `product`, `price`, `asked`, `quantity`, `answer`, and the planted `willing` (money).
    """
    named = named_prices(offers, PriceTerms(PriceUnit.OF_ASKED, shading))
    most = named.kept.group_by("customer", "product").agg((pl.col("willing") / pl.col("asked")).max())
    truth = price_sample(most["willing"].to_numpy(), most["customer"].to_numpy())
    found = demand_curve(named.highest).at(np.array(at, dtype=float))
    found = found.with_columns(pl.Series("true", truth.shares(np.array(at, dtype=float))))
    return found.with_columns(within=pl.col("true").is_between("low", "high"))
