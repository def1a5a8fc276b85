"""Cost to serve beside what customers bring: minutes and contacts at stated prices, and who costs more than that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mining.retention.wilson_interval import Z95, wilson

PARTS = 5
IS_LOSING = (pl.col("left") < 0) & (pl.col("cost") > 0)
# What is assumed where nobody states a price, in the firm's currency.
ASSUMED_MINUTE = 0.7
ASSUMED_CONTACTS: Mapping[str, float] = {
    "call": 0.5,
    "case": 3.0,
    "visit": 60.0,
    "letter": 4.0,
    "chat": 0.5,
    "mail": 3.0,
}


@dataclass(frozen=True, slots=True)
class ServicePrices:
    """What a minute of handling and a contact of each kind cost; a kind that is not named costs its minutes alone."""

    minute: float = ASSUMED_MINUTE
    contacts: Mapping[str, float] = field(default_factory=lambda: dict(ASSUMED_CONTACTS))


def served_customers(
    contacts: pl.DataFrame, worth: pl.DataFrame, prices: ServicePrices, absent: float | None = None
) -> pl.DataFrame:
    """A row each customer who is in either frame: `customer`, `contacts`, `minutes`, `cost`, `brought` (null where not
    known) and `left`: what they brought less what they cost.

    `contacts` has `customer`, `kind` and `seconds` handled (null, which costs no minute, where not told), a row a
    contact; `worth` has `customer` and `brought`, in the same money as the prices: `absent` is what brings whoever is
    not there.
    """
    price = pl.col("kind").replace_strict(dict(prices.contacts), default=0.0, return_dtype=pl.Float64)
    minutes = pl.col("seconds").fill_null(0.0) / 60
    own = contacts.group_by("customer").agg(
        contacts=pl.len().cast(pl.Int64),
        minutes=minutes.sum(),
        cost=(price + minutes * prices.minute).sum(),
    )
    others = own.join(worth, on="customer", how="anti").select("customer", brought=pl.lit(absent, pl.Float64))
    told = pl.concat([worth.select("customer", pl.col("brought").cast(pl.Float64)), others])
    every = told.join(own, on="customer", how="left")
    return (
        every.with_columns(pl.col("contacts", "minutes", "cost").fill_null(0))
        .with_columns(left=pl.col("brought") - pl.col("cost"))
        .select("customer", "contacts", "minutes", "cost", "brought", "left")
    )


def losing_customers(served: pl.DataFrame) -> pl.DataFrame:
    """Those who cost more than they bring, the greatest loss first. Whoever costs nothing is not among them, nor is
    whose worth is not known."""
    return served.filter(IS_LOSING).sort("left", "customer")


def with_parts(frame: pl.DataFrame, by: str = "brought") -> pl.DataFrame:
    """The customers with `part`: 1 for the fifth that brings most, to 5; ties stand where their order puts them, and
    whose worth is not known in none (null)."""
    rank = pl.col(by).rank("ordinal", descending=True) - 1
    return frame.with_columns(part=(rank * PARTS // pl.col(by).count() + 1).cast(pl.Int64))


def cost_groups(served: pl.DataFrame, group: str) -> pl.DataFrame:
    """A row each `group` (a column; null is a group): `customers`, `contacts`, `minutes`, `cost`, `brought`, `left`
    (sums), `cost_each` with `cost_low` and `cost_high`, `brought_each` with `brought_low` and `brought_high` (means of
    a customer, 95%), `losing` (customers who cost more than they bring) and their `share` with `low` and `high`
    (Wilson). In the order in which groups are given."""
    known = pl.col("brought").is_not_null()
    found = served.group_by(group, maintain_order=True).agg(
        customers=pl.len().cast(pl.Int64),
        contacts=pl.col("contacts").sum(),
        minutes=pl.col("minutes").sum(),
        cost=pl.col("cost").sum(),
        brought=pl.col("brought").sum(),
        left=pl.col("left").sum(),
        losing=IS_LOSING.sum().cast(pl.Int64),
        known=known.sum(),
        cost_each=pl.col("cost").mean(),
        brought_each=pl.col("brought").mean(),
        cost_spread=pl.col("cost").std() / pl.len().sqrt(),
        brought_spread=pl.col("brought").std() / known.sum().sqrt(),
    )
    low, high = wilson(found["losing"].to_numpy().astype(float), found["known"].to_numpy().astype(float))
    bands = [
        expression
        for name in ("cost", "brought")
        for expression in (
            (pl.col(f"{name}_each") - Z95 * pl.col(f"{name}_spread")).alias(f"{name}_low"),
            (pl.col(f"{name}_each") + Z95 * pl.col(f"{name}_spread")).alias(f"{name}_high"),
        )
    ]
    share = pl.when(pl.col("known") > 0).then(pl.col("losing") / pl.col("known"))
    return found.with_columns(*bands, share=share, low=_told(low), high=_told(high)).select(
        group, "customers", "contacts", "minutes", "cost", "brought", "left", "cost_each", "cost_low", "cost_high",
        "brought_each", "brought_low", "brought_high", "losing", "share", "low", "high",
    )  # fmt: skip


def _told(values: np.ndarray) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)
