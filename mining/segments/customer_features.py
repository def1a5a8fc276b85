"""The customer features that every segmentation reads: checked once here, scaled once here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.errors import BadRequest, did_you_mean
from data.model.said import said

FIRST = "first_purchase"
COLUMNS = ("customer", "label", "last_purchase", "purchase_days", "revenue", "categories", "return_rate")
RFM = ("recency_days", "purchase_days", "revenue")
ALL = (*RFM, "categories", "return_rate")
NO_PURCHASE = "No purchase"

WORDS: Mapping[str, str] = {
    "recency_days": "days since the last purchase",
    "purchase_days": "purchase days",
    "revenue": "revenue",
    "categories": "categories bought",
    "return_rate": "share returned",
}


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """Checked customers in natural units, ordered by customer.

    `buyers` and `others` (who never bought) have the columns customer, label, recency_days (days before
    `as_of`; null for others), purchase_days, revenue, categories, return_rate (0 where unknown), and where the
    frame says `first_purchase`: age_days (known for so long) and interval_days (the mean between two purchases).
    """

    buyers: pl.DataFrame
    others: pl.DataFrame
    as_of: date


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """`matrix` (buyers x `features`): log1p, then z-scored; features that never vary are left out.

    `mean` and `spread` are those of each feature's logarithms, so that other customers can be scaled alike.
    """

    matrix: np.ndarray
    features: tuple[str, ...]
    mean: np.ndarray
    spread: np.ndarray


def prepare(frame: pl.DataFrame, as_of: date) -> Customers:
    """Check one row a customer and measure recency from `as_of`, never from the clock.

    The frame has `COLUMNS`, and may say `first_purchase`. Raises BadRequest for missing columns, no customers, a
    customer twice, and purchases after `as_of`.
    """
    _check(frame, as_of)
    last = pl.col("last_purchase").cast(pl.Date)
    bought = last.is_not_null() & (pl.col("purchase_days") > 0)
    checked = frame.sort("customer").with_columns(
        pl.when(bought).then((pl.lit(as_of) - last).dt.total_days()).alias("recency_days"),
        pl.col("purchase_days", "categories").fill_null(0).cast(pl.Int64),
        pl.col("revenue", "return_rate").cast(pl.Float64).fill_nan(None).fill_null(0.0),
    )
    measured = checked.select(
        "customer", "label", "recency_days", *ALL[1:], *(_paced(as_of) if FIRST in frame.columns else ())
    )
    known = pl.col("recency_days").is_not_null()
    return Customers(measured.filter(known), measured.filter(~known), as_of)


def scale(buyers: pl.DataFrame, features: Sequence[str] = ALL) -> Scaled:
    """log1p, then z-score: on lognormal behaviour this finds the segments that raw features hide.

    Revenue below 0 counts as 0 here, so that a few refunds cannot stretch the whole scale.
    Raises BadRequest for a feature that is none of `ALL`.
    """
    for name in features:
        if name not in ALL:
            raise BadRequest(f"There is no feature {name!r}.", did_you_mean(name, ALL))
    logged = _logged(buyers, features)
    spread = logged.std(axis=0) if len(logged) else np.zeros(len(features))
    varying = spread > 1e-9
    kept = logged[:, varying]
    mean = kept.mean(axis=0) if kept.size else np.zeros(kept.shape[1])
    names = tuple(np.array(features)[varying].tolist())
    return Scaled((kept - mean) / spread[varying], names, mean, spread[varying])


def scale_alike(
    buyers: pl.DataFrame, features: Sequence[str], mean: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """The matrix of other buyers, on the scale that `mean` and `spread` tell."""
    scaled: np.ndarray = (_logged(buyers, features) - mean) / spread
    return scaled


def _logged(buyers: pl.DataFrame, features: Sequence[str]) -> np.ndarray:
    logged: np.ndarray = np.log1p(np.clip(buyers.select(features).to_numpy().astype(float), 0, None))
    return logged


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
