"""Degrees of loyalty: how long customers have been buying against what they brought, in four cells and a fifth.

Reinartz & Kumar, "The mismanagement of customer loyalty", Harvard Business Review 80 (7), 2002: long and profitable are
true friends, short and profitable butterflies, long and not profitable barnacles, neither strangers. Whoever came too
lately to have been a customer for long is none of the four yet: too new to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from data.errors import BadRequest

TRUE_FRIENDS = "True friends"
BUTTERFLIES = "Butterflies"
BARNACLES = "Barnacles"
STRANGERS = "Strangers"
TOO_NEW = "Too new to tell"
CELLS = (TRUE_FRIENDS, BUTTERFLIES, BARNACLES, STRANGERS, TOO_NEW)


@dataclass(frozen=True, slots=True)
class LoyaltyThresholds:
    """What is long (days) and what is profitable (money); whoever is strictly above is so."""

    duration_days: float
    profit: float


@dataclass(frozen=True, slots=True, eq=False)
class LoyaltyCells:
    """`members` is the frame that came with `duration_days` and `cell`; `cells` has, in the order of CELLS, whichever
    hold anybody: cell, customers, profit, share_customers, share_profit (null where the total is not above zero),
    median_days, median_profit. Customers and profit add up to those of all members."""

    as_of: date
    thresholds: LoyaltyThresholds
    members: pl.DataFrame
    cells: pl.DataFrame

    @property
    def never_bought(self) -> int:
        """Members who only returned: no purchase of theirs is known, and their duration is 0."""
        return self.members["first_purchase"].null_count()


def durations(frame: pl.DataFrame) -> pl.Series:
    """Whole days from the first purchase to the last; 0 for those who bought once, or only returned."""
    lasted = (pl.col("last_purchase") - pl.col("first_purchase")).dt.total_days()
    return frame.select(duration_days=lasted.fill_null(0).clip(lower_bound=0))["duration_days"]


def medians(frame: pl.DataFrame) -> LoyaltyThresholds:
    """The middle customer's duration and profit. Raises BadRequest for no customers."""
    _check(frame)
    return LoyaltyThresholds(_middle(durations(frame)), _middle(frame["profit"]))


def loyalty_cells(
    frame: pl.DataFrame, as_of: date, thresholds: LoyaltyThresholds | None = None
) -> LoyaltyCells:
    """Each customer's cell, by medians where no thresholds are given.

    `frame` has one row a customer: `customer`, `first_purchase` of all its history and `last_purchase` (dates; null
    of those who only returned) and `profit` (money). Raises BadRequest for no customers, for one of unknown profit.
    """
    at = thresholds or medians(frame)
    _check(frame)
    measured = frame.with_columns(durations(frame))
    long, rich = pl.col("duration_days") > at.duration_days, pl.col("profit") > at.profit
    known_days = (pl.lit(as_of) - pl.col("first_purchase").cast(pl.Date)).dt.total_days()
    cell = (
        pl.when(~long & (known_days <= at.duration_days)).then(pl.lit(TOO_NEW))
        .when(long & rich).then(pl.lit(TRUE_FRIENDS))
        .when(rich).then(pl.lit(BUTTERFLIES))
        .when(long).then(pl.lit(BARNACLES))
        .otherwise(pl.lit(STRANGERS))
    )  # fmt: skip
    members = measured.with_columns(cell=cell)
    return LoyaltyCells(as_of, at, members, _summed(members))


def _summed(members: pl.DataFrame) -> pl.DataFrame:
    total = float(members["profit"].sum())
    sums = members.group_by("cell").agg(
        pl.len().cast(pl.Int64).alias("customers"),
        pl.col("profit").sum(),
        pl.col("duration_days").median().alias("median_days"),
        pl.col("profit").median().alias("median_profit"),
    )
    shares = sums.with_columns(
        share_customers=pl.col("customers") / members.height,
        share_profit=pl.when(total > 0).then(pl.col("profit") / total),
    )
    place = {name: at for at, name in enumerate(CELLS)}
    return shares.sort(pl.col("cell").replace_strict(place))


def _check(frame: pl.DataFrame) -> None:
    if frame.is_empty():
        raise BadRequest("There is no customer to look at.", "Choose a longer period or fewer filters.")
    unknown = (
        frame.select(pl.col("profit").is_null() | pl.col("profit").cast(pl.Float64).is_nan()).sum().item()
    )
    if unknown:
        raise BadRequest(
            f"What {unknown:,} of {frame.height:,} customers brought is not known.",
            "Weigh by revenue instead of margin, or load what the goods cost.",
        )


def _middle(values: pl.Series) -> float:
    return float(values.cast(pl.Float64).median() or 0.0)  # type: ignore[arg-type]
