"""What else lies in the baskets that hold a product: its halo, held against that of any line of any basket."""

from __future__ import annotations

import polars as pl

from mining.portfolio.product_lines import ProductLines


def basket_halo(lines: ProductLines) -> pl.DataFrame:
    """A row a product: product, baskets (that hold it), halo (money: the rest of those baskets), halo_index.

    The index is the mean rest of its baskets over that of a product drawn from all baskets' products: large baskets
    hold more products, so that a plain mean of baskets would flatter them all. Halos overlap: never add them.
    """
    held = lines.bought.group_by("basket", "product").agg(pl.col("revenue").sum())
    rest = held.with_columns(rest=pl.col("revenue").sum().over("basket") - pl.col("revenue"))
    usual = float(rest["rest"].mean() or 0.0)  # type: ignore[arg-type]
    found = rest.group_by("product").agg(
        baskets=pl.len().cast(pl.Int64), halo=pl.col("rest").sum(), mean=pl.col("rest").mean()
    )
    index = pl.col("mean") / usual if usual > 0 else pl.lit(None, pl.Float64)
    return found.select("product", "baskets", "halo", halo_index=index).sort("product")
