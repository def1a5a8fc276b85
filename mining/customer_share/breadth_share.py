"""Breadth: how many of the categories offered a customer buys, the share of wallet of those who know no wallet."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest
from mining.customer_share.share_tier import Tier, TieredShare


@dataclass(frozen=True, slots=True, eq=False)
class BreadthShare:
    """`members` has customer, own (categories bought), wallet (categories offered), head_room; `total` sums them."""

    total: TieredShare
    members: pl.DataFrame
    offered: int


def breadth_share(frame: pl.DataFrame) -> BreadthShare:
    """From one row a customer and category with `spend`: bought is what is above zero, offered what anybody bought.

    Raises BadRequest where nobody bought anything.
    """
    bought = frame.filter(pl.col("spend") > 0)
    if bought.is_empty():
        raise BadRequest("Nobody bought of any category here.", "Choose a longer period or fewer filters.")
    offered = bought["category"].n_unique()
    everybody = frame.select("customer").unique(maintain_order=True)
    counted = bought.group_by("customer").agg(own=pl.col("category").n_unique().cast(pl.Float64))
    members = everybody.join(counted, on="customer", how="left", maintain_order="left").with_columns(
        pl.col("own").fill_null(0.0), wallet=pl.lit(float(offered))
    )
    members = members.with_columns(head_room=pl.col("wallet") - pl.col("own"))
    total = TieredShare(Tier.BREADTH, float(members["own"].sum()), float(members["wallet"].sum()))
    return BreadthShare(total, members, offered)
