"""Contacts per order: how much service an order brings with it, by what tells contacts apart, or orders as well."""

from __future__ import annotations

import polars as pl

from mining.retention.wilson_interval import Z95

COLUMNS = ("contacts", "customers", "orders", "per_order", "low", "high")


def contacts_per_order(contacts: pl.DataFrame, orders: pl.DataFrame, member: str) -> pl.DataFrame:
    """A row each `member`, the most contacts first: `contacts`, the `customers` who made them, `orders`, contacts
    `per_order` with `low` and `high`.

    `contacts` has `customer` and the column `member`, a row a contact; a contact without one is left out. `orders` has
    `customer` and `orders`; where it has the column `member` too, contacts stand beside the orders of their own member,
    else each beside all. The interval (95%) takes a customer as one draw: that of a ratio of two sums (Cochran,
    "Sampling techniques", 1977, 6.19). Members without an order are left out.
    """
    told = contacts.filter(pl.col(member).is_not_null())
    own = told.group_by(member, "customer").agg(c=pl.len().cast(pl.Float64))
    keys = [member] if member in orders.columns else []
    bought = orders.group_by(*keys, "customer").agg(o=pl.col("orders").sum().cast(pl.Float64))
    cross = own.join(bought, on=[*keys, "customer"], how="left").with_columns(pl.col("o").fill_null(0.0))
    counted = cross.group_by(member).agg(
        contacts=pl.col("c").sum(),
        customers=pl.len(),
        squares=(pl.col("c") ** 2).sum(),
        products=(pl.col("c") * pl.col("o")).sum(),
    )
    sums = {
        "orders": pl.col("o").sum(),
        "own_squares": (pl.col("o") ** 2).sum(),
        "buyers": pl.len().cast(pl.Float64),
    }
    every = (
        counted.join(bought.group_by(member).agg(**sums), on=member)
        if keys
        else counted.join(bought.select(**sums), how="cross")
    )
    ratio = pl.col("contacts") / pl.col("orders")
    scatter = pl.col("squares") - 2 * ratio * pl.col("products") + ratio**2 * pl.col("own_squares")
    draws = pl.max_horizontal("buyers", "customers").cast(pl.Float64)
    spread = (scatter.clip(0) * draws / (draws - 1).clip(1)).sqrt() / pl.col("orders")
    return (
        every.filter(pl.col("orders") > 0)
        .with_columns(per_order=ratio, spread=spread)
        .with_columns(
            low=(pl.col("per_order") - Z95 * pl.col("spread")).clip(0),
            high=pl.col("per_order") + Z95 * pl.col("spread"),
        )
        .select(
            member,
            pl.col("contacts", "orders").cast(pl.Int64),
            pl.col("customers").cast(pl.Int64),
            "per_order",
            "low",
            "high",
        )
        .select(member, *COLUMNS)
        .sort("contacts", member, descending=[True, False])
    )


def single_orders(lines: pl.DataFrame, member: str) -> pl.DataFrame:
    """The days on which a customer bought of one member alone: `customer`, `day`, `member`, `orders`. Of others no
    contact tells which of their members it is about. `lines` has a row a customer, day and member."""
    alone = lines.filter(pl.len().over("customer", "day") == 1)
    return alone.filter(pl.col(member).is_not_null()).select("customer", "day", member, "orders")


def of_last_order(contacts: pl.DataFrame, lines: pl.DataFrame, member: str, within_days: int) -> pl.DataFrame:
    """The contacts with the `member` of the customer's last order up to that day: null where it was more than so many
    days ago, or where several were bought that day."""
    days = lines.group_by("customer", "day").agg(
        pl.when(pl.len() == 1).then(pl.col(member).first()).alias(member)
    )
    found = contacts.drop(member, strict=False).sort("customer", "day")
    told = found.join_asof(
        days.sort("customer", "day").with_columns(bought=pl.col("day")),
        on="day",
        by="customer",
        strategy="backward",
        check_sortedness=False,
    )
    is_near = (pl.col("day") - pl.col("bought")) <= within_days
    return told.with_columns(pl.when(is_near).then(pl.col(member)).alias(member)).drop("bought")
