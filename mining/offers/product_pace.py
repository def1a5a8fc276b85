"""Replenishment learnt a product: the share of its buyers who buy it twice, and the median gap between purchases."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.offers.bought_products import first_of_pairs, in_order
from mining.retention.wilson_interval import wilson

RARELY_TWICE = 0.05


def product_pace(frame: pl.DataFrame, until: int) -> pl.DataFrame:
    """A row a product, by its code: `buyers`, `twice` (who bought it on two days or more), `share`, `gap_days` (the
    median between two purchases of a customer, null where nobody came back) and `replenishable`.

    A product is not replenishable where it is sure that fewer than 5% of buyers come back to it (the upper end of
    Wilson's 95% interval is lower): with few buyers it stays open. Gaps that have not ended are not counted, so a
    median is short in a short history. `frame` as `bought_products` takes it.
    """
    customer, product, day = in_order(frame, until)
    pair = np.zeros(len(day), dtype=np.int32)
    first = first_of_pairs(customer, product) if len(day) else pair
    pair[first[1:]] = 1
    pair = np.cumsum(pair, dtype=np.int32)
    later = np.flatnonzero((pair[1:] == pair[:-1]) & (day[1:] != day[:-1])) + 1
    gaps = pl.DataFrame({"product": product[later], "gap": day[later] - day[later - 1], "pair": pair[later]})
    found = (
        pl.DataFrame({"product": product[first]})
        .group_by("product")
        .agg(buyers=pl.len())
        .join(
            gaps.group_by("product").agg(twice=pl.col("pair").n_unique(), gap_days=pl.col("gap").median()),
            on="product",
            how="left",
        )
        .with_columns(pl.col("twice").fill_null(0))
        .sort("product")
    )
    _, high = wilson(
        found["twice"].to_numpy().astype(np.float64), found["buyers"].to_numpy().astype(np.float64)
    )
    return found.select(
        "product",
        "buyers",
        "twice",
        share=pl.col("twice") / pl.col("buyers"),
        gap_days="gap_days",
        replenishable=pl.Series(high >= RARELY_TWICE),
    )
