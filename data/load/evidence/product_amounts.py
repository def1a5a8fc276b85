"""Amounts product by product: those that stay whatever the quantity, and those that grow with it."""

from __future__ import annotations

import polars as pl

from data.load.evidence.compared_figures import LEAST, MOSTLY, share
from data.load.evidence.row_sample import RowSample


def stays(sample: RowSample, amount: pl.Series) -> bool:
    """Whether an amount is the same for a product whatever the quantity: it is of one piece."""
    groups = _groups(sample, amount)
    if groups is None or groups.height < LEAST:
        return False
    fewer = share(groups["amounts"] * 3 <= groups["quantities"] * 2)
    return fewer > MOSTLY and share(groups["amounts"] == 1) > 0.5


def grows(sample: RowSample, amount: pl.Series) -> bool:
    """Whether an amount is in proportion to the quantity: it is of the whole line."""
    groups = _groups(sample, amount)
    if groups is None or groups.height < LEAST:
        return False
    in_proportion = groups["spread"] <= 0.01 * groups["most"] + 0.011
    return share(groups["amounts"] > 1) > MOSTLY and share(in_proportion) > MOSTLY


def _groups(sample: RowSample, amount: pl.Series) -> pl.DataFrame | None:
    """For each product of several quantities, how many amounts it has, and how far those of one piece differ."""
    quantity, product = sample.field("quantity"), sample.field("product")
    if quantity is None or product is None:
        return None
    frame = pl.DataFrame(
        {"product": product, "quantity": quantity.abs(), "amount": amount.abs()}
    ).drop_nulls()
    each = pl.col("amount") / pl.col("quantity")
    groups = (
        frame.filter(pl.col("amount") > 0, pl.col("quantity") > 0)
        .group_by("product")
        .agg(
            pl.col("quantity").n_unique().alias("quantities"),
            pl.col("amount").n_unique().alias("amounts"),
            (each.max() - each.min()).alias("spread"),
            each.max().alias("most"),
        )
    )
    return groups.filter(pl.col("quantities") > 1)
