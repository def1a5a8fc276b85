"""The use of channels: their mix over time and by customer, and which customers moved from one to another."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest

YEAR = 365
NONE = "(no touch)"


@dataclass(frozen=True, slots=True, eq=False)
class ChannelUse:
    """`monthly`: `month` (its first day), `channel`, `touches` and `customers`. `mix`: of the customers who were in
    touch in the period, by how many channels (`channels`): `customers`, `buyers` among them, their `revenue`."""

    monthly: pl.DataFrame
    mix: pl.DataFrame


def channel_use(touches: pl.DataFrame, purchases: pl.DataFrame, span: tuple[int, int]) -> ChannelUse:
    """Of the touches and purchases in `span`; frames as in `paths_of`."""
    within = pl.col("day").is_between(*span)
    own, bought = touches.filter(within), purchases.filter(within)
    month = pl.from_epoch(pl.col("day"), time_unit="d").dt.truncate("1mo")
    monthly = (
        own.group_by(month=month, channel="channel")
        .agg(touches=pl.len(), customers=pl.col("customer").n_unique())
        .sort("month", "channel")
    )
    spent = bought.group_by("customer").agg(pl.col("revenue").sum())
    each = own.group_by("customer").agg(channels=pl.col("channel").n_unique())
    mix = (
        each.join(spent, on="customer", how="left")
        .group_by("channels")
        .agg(
            customers=pl.len(), buyers=pl.col("revenue").is_not_null().sum(), revenue=pl.col("revenue").sum()
        )
        .sort("channels")
    )
    return ChannelUse(monthly, mix)


def channel_movement(touches: pl.DataFrame, until: int) -> pl.DataFrame:
    """The main channel of each customer in the year before the last against that of the last, up to the day `until`:
    `from`, `to`, `customers`; NONE where there was no touch in a year. The main channel is the one of most touches, of
    equally many the one used last. Raises BadRequest where the past is shorter than two years."""
    first = touches["day"].min()
    if not isinstance(first, int) or first > until - 2 * YEAR + 31:
        raise BadRequest(
            "Touches are known for less than two years, so nobody's last year has one before it.",
            "Choose a later end, or load what came before.",
        )
    now = _main(touches, until - YEAR + 1, until, "to")
    before = _main(touches, until - 2 * YEAR + 1, until - YEAR, "from")
    return (
        before.join(now, on="customer", how="full", coalesce=True)
        .with_columns(pl.col("from", "to").fill_null(NONE))
        .group_by("from", "to")
        .agg(customers=pl.len())
        .sort("customers", "from", "to", descending=[True, False, False])
    )


def _main(touches: pl.DataFrame, first: int, last: int, name: str) -> pl.DataFrame:
    counted = (
        touches.filter(pl.col("day").is_between(first, last))
        .group_by("customer", "channel")
        .agg(many=pl.len(), used=pl.col("day").max())
        .sort("customer", "many", "used", "channel", descending=[False, True, True, False])
    )
    return counted.unique("customer", keep="first", maintain_order=True).select(
        "customer", pl.col("channel").alias(name)
    )
