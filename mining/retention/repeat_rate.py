"""Repeat rate: of those who bought, how many came back."""

from __future__ import annotations

import polars as pl


def repeat_rate(frame: pl.DataFrame, by: str | None = None) -> pl.DataFrame:
    """Customers with two orders or more, of all customers with an order.

    `frame` has one row a customer (and a member of `by`, if named) with `orders`; returns are not orders.
    Columns out: `by`, buyers, repeaters, rate (0 to 1; null where nobody bought).
    """
    counted = [
        (pl.col("orders") >= 1).sum().alias("buyers"),
        (pl.col("orders") >= 2).sum().alias("repeaters"),
    ]
    sums = frame.group_by(by).agg(counted).sort(by) if by else frame.select(counted)
    bought = pl.when(pl.col("buyers") > 0).then(pl.col("buyers"))
    return sums.with_columns(rate=pl.col("repeaters") / bought)
