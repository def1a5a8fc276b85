"""Histories out of what was billed: what lifetime models can use of a customer's money, and what has to be left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from mining.lifetime.purchase_histories import PurchaseHistories, TimeUnit, histories


@dataclass(frozen=True, slots=True, eq=False)
class BilledHistories:
    """Checked `histories` with their money. Of `spend_left_out` customers the repeat days brought less than nothing
    (returns above purchases), so their mean is that of everybody; the margin of `margin_left_out` is known, yet beyond
    100% of their spend either way, or of a spend of nothing; `returned_share` is what came back on other days, a share
    of what was billed, which no value takes off."""

    histories: PurchaseHistories
    spend_left_out: int
    margin_left_out: int
    returned_share: float

    @property
    def why_no_margin(self) -> str:
        """Why value is revenue where no customer's margin is taken."""
        if self.margin_left_out:
            return "every margin that is known lies beyond 100% of what the customer spent, either way"
        return "no cost of any customer's purchases is known"

    @property
    def why_margin_assumed(self) -> str:
        """Why the mean of the others stands for the margin of some."""
        return "is not known, or beyond 100% of their spend" if self.margin_left_out else "is not known"


def billed_histories(frame: pl.DataFrame, unit: TimeUnit, until: date) -> BilledHistories:
    """One row a customer: customer, repeats, first_day, last_day; first_spend and repeat_spend (mean of a repeat day),
    likewise first_margin and repeat_margin (null where unknown), returned_spend (zero or less).

    A customer's margin share is that of all its days of purchase with a known cost; unknown where they brought nothing
    or the share lies beyond 100% either way. Without any, histories have no margin. Raises BadRequest.
    """
    spend, share = pl.col("repeat_spend"), _margin_share()
    told = frame.select(
        *("customer", "repeats", "first_day", "last_day"),
        pl.when(spend >= 0).then(spend).alias("repeat_spend"),
        pl.when(share.is_between(-1, 1)).then(share).alias("margin_share"),
    )
    if told["margin_share"].null_count() == told.height:
        told = told.drop("margin_share")
    billed, returned = frame.select(_billed().sum(), pl.col("returned_spend").sum()).row(0)
    return BilledHistories(
        histories(told, unit, until),
        frame.filter(spend < 0).height,
        frame.filter(_is_margin_known(), share.is_between(-1, 1).not_().fill_null(True)).height,
        -returned / billed if billed > 0 else 0.0,
    )


def _billed() -> pl.Expr:
    return pl.col("first_spend") + pl.col("repeats") * pl.col("repeat_spend").fill_null(0.0)


def _is_margin_known() -> pl.Expr:
    return pl.any_horizontal(pl.col("first_margin", "repeat_margin").is_not_null())


def _margin_share() -> pl.Expr:
    first, later = pl.col("first_margin").is_not_null(), pl.col("repeat_margin").is_not_null()
    times = pl.col("repeats")
    margin = pl.when(first).then("first_margin").otherwise(0.0) + pl.when(later).then(
        times * pl.col("repeat_margin")
    ).otherwise(0.0)
    spend = pl.when(first).then("first_spend").otherwise(0.0) + pl.when(later).then(
        times * pl.col("repeat_spend")
    ).otherwise(0.0)
    return pl.when((first | later) & (spend > 0)).then(margin / spend)
