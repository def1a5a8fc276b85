"""Head-room: what customers could yet spend here, by customer, by group and by category, with what serving them takes.

Shares roll up as sum over sum; whatever is summed here is of one tier.
"""

from __future__ import annotations

import polars as pl

from mining.customer_share.attainable_ceiling import band_of
from mining.customer_share.share_tier import Tier, TieredShare

MOST_OFFERS = 3
CROSS_SELL, UP_SELL = "cross-sell", "up-sell"
SHARE = pl.when(pl.col("wallet") > 0).then(pl.col("own") / pl.col("wallet"))


def by_customer(rows: pl.DataFrame) -> pl.DataFrame:
    """Sums over categories: customer, own, wallet, head_room, share (0 to 1, null of an empty wallet)."""
    sums = rows.group_by("customer").agg(pl.col("own", "wallet", "head_room").sum())
    return sums.with_columns(share=SHARE).sort("head_room", "customer", descending=[True, False])


def by_group(members: pl.DataFrame, tier: Tier, drawn: pl.DataFrame | None = None) -> pl.DataFrame:
    """One row a `group` of customers, that of the greatest head-room first.

    `members` has customer, group, own, wallet, head_room, `revenue` and `contacts` (null where not known). Columns
    out: group, customers, own, wallet, head_room, share, low and high (95%, where `drawn` resamples tell), and
    share_revenue beside share_contacts: who takes more of the time than of the money costs more to serve.
    """
    sums = members.group_by("group").agg(
        pl.len().cast(pl.Int64).alias("customers"),
        pl.col("own", "wallet", "head_room", "revenue").sum(),
        pl.when(pl.col("contacts").count() > 0).then(pl.col("contacts").sum()).alias("contacts"),
    )
    revenue, contacts = (sums[name].sum() for name in ("revenue", "contacts"))
    shares = sums.with_columns(
        share=SHARE,
        share_revenue=pl.when(revenue > 0).then(pl.col("revenue") / revenue),
        share_contacts=pl.when(contacts > 0).then(pl.col("contacts") / contacts),
    ).sort("head_room", "group", descending=[True, False])
    ends = [_ends(row, members, tier, drawn) for row in shares.iter_rows(named=True)]
    kinds = {"low": pl.Float64, "high": pl.Float64}
    banded = shares.hstack(pl.DataFrame(ends, schema=kinds, orient="row"))
    return banded.select("group", "customers", "own", "wallet", "head_room", "share", "low", "high",
                         "share_revenue", "share_contacts")  # fmt: skip


def _ends(
    row: dict[str, object], members: pl.DataFrame, tier: Tier, drawn: pl.DataFrame | None
) -> tuple[float | None, float | None]:
    of = TieredShare(tier, float(row["own"]), float(row["wallet"]))  # type: ignore[arg-type]
    if drawn is None or of.share is None:
        return None, None
    inside = members.filter(pl.col("group") == row["group"]).select("customer")
    band = band_of(drawn.join(inside, on="customer", how="semi"), of)
    return band.low, band.high


def by_category(rows: pl.DataFrame) -> pl.DataFrame:
    """Where to sell: category, own, wallet, head_room, share, and how many customers of head-room buy none of it
    (cross_sell) or less of it than their look-alikes (up_sell); the greatest head-room first."""
    room = pl.col("head_room") > 0
    sums = rows.group_by("category").agg(
        pl.col("own", "wallet", "head_room").sum(),
        cross_sell=(room & (pl.col("own") == 0)).sum().cast(pl.Int64),
        up_sell=(room & (pl.col("own") > 0)).sum().cast(pl.Int64),
    )
    return sums.with_columns(share=SHARE).sort("head_room", "category", descending=[True, False])


def offers(rows: pl.DataFrame, most: int = MOST_OFFERS) -> pl.DataFrame:
    """For each customer the categories of the greatest head-room: customer, category, own, wallet, head_room, offer.

    `offer` is cross-sell for a category that the customer does not buy and up-sell for one bought less of.
    """
    best = rows.filter(pl.col("head_room") > 0).sort(
        "customer", "head_room", "category", descending=[False, True, False]
    )
    kind = pl.when(pl.col("own") > 0).then(pl.lit(UP_SELL)).otherwise(pl.lit(CROSS_SELL))
    told = best.group_by("customer", maintain_order=True).head(most)
    return told.select("customer", "category", "own", "wallet", "head_room", offer=kind)
