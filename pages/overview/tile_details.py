"""What the number of a tile is made of, where it is found by mining and no cube has it as a measure."""

from __future__ import annotations

import polars as pl

from mining.customer_share.attainable_wallet import Wallet
from pages.ui.style.formats import money_text, number_text, share_text


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


def by_likeness(wallet: Wallet) -> pl.DataFrame:
    """Who is alike, what they spend, and what they would as their best look-alikes do; the most to gain first."""
    groups = wallet.members.group_by(group="alike").agg(
        pl.len().alias("customers"), pl.col("spend").sum(), pl.col("wallet").sum().alias("attainable")
    )
    share = pl.when(pl.col("attainable") > 0).then(pl.col("spend") / pl.col("attainable"))
    gap = pl.col("attainable") - pl.col("spend")
    return groups.with_columns(share=share).sort(gap, "group", descending=[True, False])


def wallet_told(parts: pl.DataFrame, currency: str) -> str:
    """The tile's number from its parts.

    >>> wallet_told(pl.DataFrame({"spend": [30.0, 10.0], "attainable": [60.0, 20.0]}), "EUR")
    'They spend €40.00 of €80.00: 50.0%.'
    """
    spend, attainable = float(parts["spend"].sum()), float(parts["attainable"].sum())
    share = f": {share_text(spend / attainable, 1)}" if attainable else ""
    return f"They spend {money_text(spend, currency)} of {money_text(attainable, currency)}{share}."
