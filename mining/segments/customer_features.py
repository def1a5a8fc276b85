"""The customer features that every segmentation reads, checked once here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.errors import BadRequest, did_you_mean
from data.model.said import said

FIRST = "first_purchase"
COLUMNS = ("customer", "label", "last_purchase", "purchase_days", "revenue", "categories", "return_rate")
RFM = ("recency_days", "purchase_days", "revenue")
ALL = (*RFM, "categories", "return_rate")
IDENTITY = ("customer", "label")
NO_PURCHASE = "No purchase"

WORDS: Mapping[str, str] = {
    "recency_days": "days since the last purchase",
    "purchase_days": "purchase days",
    "revenue": "revenue",
    "categories": "categories bought",
    "return_rate": "share returned",
    "age_days": "days since the first purchase",
    "interval_days": "days between purchases",
}


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """Checked customers in natural units, ordered by customer.

    `buyers` and `others` (who never bought) have the columns customer, label, recency_days (days before
    `as_of`; null for others), purchase_days, revenue, categories, return_rate (0 where unknown), and where the
    frame says `first_purchase`: age_days (known for so long) and interval_days (the mean between two purchases); then
    every other column of numbers that the frame has, as numbers (null where not known).
    """

    buyers: pl.DataFrame
    others: pl.DataFrame
    as_of: date


def prepare(frame: pl.DataFrame, as_of: date) -> Customers:
    """Check one row a customer and measure recency from `as_of`, never from the clock.

    The frame has `COLUMNS`, may say `first_purchase`, and may have any other feature as a column of numbers. Raises
    BadRequest for missing columns, no customers, a customer twice, and purchases after `as_of`.
    """
    _check(frame, as_of)
    last = pl.col("last_purchase").cast(pl.Date)
    bought = last.is_not_null() & (pl.col("purchase_days") > 0)
    checked = frame.sort("customer").with_columns(
        pl.when(bought).then((pl.lit(as_of) - last).dt.total_days()).alias("recency_days"),
        pl.col("purchase_days", "categories").fill_null(0).cast(pl.Int64),
        pl.col("revenue", "return_rate").cast(pl.Float64).fill_nan(None).fill_null(0.0),
    )
    paced = _paced(as_of) if FIRST in frame.columns else ()
    more = [
        name for name, kind in frame.schema.items() if kind.is_numeric() and name not in (*COLUMNS, FIRST)
    ]
    others = pl.col(more).cast(pl.Float64).fill_nan(None)
    measured = checked.select("customer", "label", "recency_days", *ALL[1:], *paced, others)
    known = pl.col("recency_days").is_not_null()
    return Customers(measured.filter(known), measured.filter(~known), as_of)


def worded(feature: str, words: Mapping[str, str] | None = None) -> str:
    """A feature in words: those of whoever brought it, else our own."""
    return (words or {}).get(feature) or WORDS.get(feature, feature)


def _paced(as_of: date) -> tuple[pl.Expr, pl.Expr]:
    """Of buyers, days since the first purchase; of repeat buyers, the mean days between two."""
    age = pl.when(pl.col("recency_days").is_not_null()).then((pl.lit(as_of) - pl.col(FIRST)).dt.total_days())
    again = pl.when(pl.col("purchase_days") > 1).then(pl.col("purchase_days") - 1)
    return age.alias("age_days"), ((age - pl.col("recency_days")) / again).alias("interval_days")


def _check(frame: pl.DataFrame, as_of: date) -> None:
    for name in COLUMNS:
        if name not in frame.columns:
            raise BadRequest(f"The customers have no column {name!r}.", did_you_mean(name, frame.columns))
    if frame.is_empty():
        raise BadRequest("There are no customers to group.", "Widen the filter or the period.")
    if frame["customer"].n_unique() < len(frame):
        raise BadRequest("Some customers stand in more than one row.", "Give one row a customer.")
    late = frame.filter(pl.col("last_purchase").cast(pl.Date) > as_of)
    if not late.is_empty():
        raise BadRequest(
            said(
                "{:,} {} bought after {}, the day recency is measured from.",
                len(late),
                "customers" if len(late) > 1 else "customer",
                as_of,
            ),
            said(
                "Measure from {} or later.", late.select(pl.col("last_purchase").cast(pl.Date).max()).item()
            ),
        )
