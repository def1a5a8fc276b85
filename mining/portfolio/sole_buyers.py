"""Customers who buy one product and nothing else: whoever delists it gives them no reason to come."""

from __future__ import annotations

import polars as pl

from mining.portfolio.product_lines import ProductLines


def sole_buyers(lines: ProductLines) -> pl.DataFrame:
    """A row a known customer who bought one product only: customer, product, revenue (net of returns). A product that
    was only returned does not count as bought."""
    bought = (
        lines.known.filter(~pl.col("is_return"))
        .group_by("customer")
        .agg(products=pl.col("product").n_unique(), product=pl.col("product").first())
    )
    spent = lines.known.group_by("customer").agg(pl.col("revenue").sum())
    alone = bought.filter(pl.col("products") == 1).drop("products")
    return alone.join(spent, on="customer").sort("revenue", "customer", descending=[True, False])
