"""Breadth: how many of the categories offered a customer buys, the share of wallet of those who know no wallet."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest
from mining.customer_share.head_room import CROSS_SELL, SHARE
from mining.customer_share.share_tier import Tier, TieredShare

LITTLE = 0.5  # of what the median buyer of a category spends on it


@dataclass(frozen=True, slots=True, eq=False)
class BreadthShare:
    """`members` has customer, own (categories bought), wallet (categories offered), head_room; `total` sums them.

    `categories` has one row a category, that of the most customers yet to win first: category, own (customers who buy
    it), wallet (customers who could: all), head_room, share, cross_sell (who do not, and buy as many other categories
    as its median buyer does) and up_sell (who buy it, for less than half of what its median buyer spends).
    `offers` has customer, category and offer: the category most bought of those that the customer does not buy.
    """

    total: TieredShare
    members: pl.DataFrame
    offered: int
    categories: pl.DataFrame
    offers: pl.DataFrame


def breadth_share(frame: pl.DataFrame) -> BreadthShare:
    """From one row a customer and category with `spend`: bought is what is above zero, offered what anybody bought.

    Raises BadRequest where nobody bought anything.
    """
    spent = frame.group_by("customer", "category").agg(pl.col("spend").sum())
    bought = spent.filter(pl.col("spend") > 0)
    if bought.is_empty():
        raise BadRequest("Nobody bought of any category here.", "Choose a longer period or fewer filters.")
    offered = bought["category"].n_unique()
    everybody = frame.select("customer").unique(maintain_order=True)
    counted = bought.group_by("customer").agg(own=pl.len().cast(pl.Float64))
    members = everybody.join(counted, on="customer", how="left", maintain_order="left").with_columns(
        pl.col("own").fill_null(0.0), wallet=pl.lit(float(offered))
    )
    members = members.with_columns(head_room=pl.col("wallet") - pl.col("own"))
    total = TieredShare(Tier.BREADTH, float(members["own"].sum()), float(members["wallet"].sum()))
    categories = _categories(bought, members)
    return BreadthShare(total, members, offered, categories, _offers(bought, members, categories))


def _categories(bought: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Who buys each category of those who could, and to how many more it may be sold."""
    others = bought.join(members.select("customer", others=pl.col("own") - 1), on="customer")
    sums = others.group_by("category").agg(
        own=pl.len().cast(pl.Float64),
        usual=pl.col("others").median(),
        up_sell=(pl.col("spend") < LITTLE * pl.col("spend").median()).sum().cast(pl.Int64),
    )
    as_broad = pl.Series("broad", members["own"]).sort()
    likely = others.join(sums.select("category", "usual"), on="category")
    buyers = likely.group_by("category").agg(among=(pl.col("others") + 1 >= pl.col("usual")).sum())
    broad = members.height - pl.Series(as_broad.search_sorted(sums["usual"], side="left")).cast(pl.Int64)
    counted = sums.with_columns(broad=broad).join(buyers, on="category")
    return counted.select(
        "category",
        "own",
        wallet=pl.lit(float(members.height)),
        head_room=members.height - pl.col("own"),
        cross_sell=pl.col("broad") - pl.col("among").cast(pl.Int64),
        up_sell="up_sell",
    ).with_columns(share=SHARE).sort("head_room", "category", descending=[True, False])  # fmt: skip


def _offers(bought: pl.DataFrame, members: pl.DataFrame, categories: pl.DataFrame) -> pl.DataFrame:
    """The most bought of the categories that each customer does not buy; none for who buys all."""
    best = members.select("customer", category=pl.lit(None, pl.String))
    for name in categories["category"]:  # the least bought first
        buyers = bought.filter(pl.col("category") == name)["customer"]
        lacks = ~pl.col("customer").is_in(buyers.implode())
        best = best.with_columns(category=pl.when(lacks).then(pl.lit(name)).otherwise("category"))
    return best.drop_nulls("category").with_columns(offer=pl.lit(CROSS_SELL))
