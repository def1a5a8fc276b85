"""What the number of a tile is made of, where it is found by mining and no cube has it as a measure."""

from __future__ import annotations

import polars as pl

from pages.ui.style.formats import number_text, share_text


def by_orders(customers: pl.DataFrame) -> pl.DataFrame:
    """How many customers ordered how often, from one row a customer with `orders`; those without an order left out."""
    often = (
        pl.when(pl.col("orders") <= 3).then(pl.col("orders").cast(pl.String)).otherwise(pl.lit("4 or more"))
    )
    counted = (
        customers.filter(pl.col("orders") >= 1)
        .group_by(often.alias("orders"))
        .agg(customers=pl.len())
        .sort("orders")
    )
    return counted.with_columns(share=pl.col("customers") / pl.col("customers").sum())


def repeats_told(parts: pl.DataFrame) -> str:
    """The tile's number from its parts.

    >>> repeats_told(pl.DataFrame({"orders": ["1", "2", "4 or more"], "customers": [6, 3, 1]}))
    '4 of 10 customers ordered twice or more: 40.0%.'
    """
    buyers = int(parts["customers"].sum())
    repeaters = int(parts.filter(pl.col("orders") != "1")["customers"].sum())
    share = f": {share_text(repeaters / buyers, 1)}" if buyers else ""
    return f"{number_text(repeaters)} of {number_text(buyers)} customers ordered twice or more{share}."
