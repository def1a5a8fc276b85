"""Replenishment learnt a product: the share of its buyers who buy it twice, and the median gap between purchases."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.retention.wilson_interval import wilson

RARELY_TWICE = 0.05


def product_pace(frame: pl.DataFrame, until: int) -> pl.DataFrame:
    """A row a product, by its code: `buyers`, `twice` (who bought it on two days or more), `share`, `gap_days` (the
    median between two purchases of a customer, null where nobody came back) and `replenishable`.

    A product is not replenishable where it is sure that fewer than 5% of buyers come back to it (the upper end of
    Wilson's 95% interval is lower): with few buyers it stays open. Gaps that have not ended are not counted, so a
    median is short in a short history. `frame` as `bought_products` takes it.
    """
    kept = frame.lazy().filter(~pl.col("returned"), pl.col("day") <= until)
    days = kept.select("customer", "product", "day").unique().sort("customer", "product", "day")
    same = (pl.col("customer") == pl.col("customer").shift()) & (
        pl.col("product") == pl.col("product").shift()
    )
    pairs = days.with_columns(gap=pl.when(same).then(pl.col("day").diff())).collect()
    gaps = pairs.drop_nulls("gap").group_by("product").agg(
        twice=pl.col("customer").n_unique(), gap_days=pl.col("gap").median()
    )  # fmt: skip
    found = (
        pairs.group_by("product")
        .agg(buyers=pl.col("customer").n_unique())
        .join(gaps, on="product", how="left")
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
