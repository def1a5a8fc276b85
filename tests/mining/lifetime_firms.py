"""Purchase histories for the tests of lifetime models: CDNOW as published, and firms told by a model."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from mining.lifetime.purchase_histories import DistinctHistories, PurchaseHistories, TimeUnit, histories
from mining.lifetime.purchase_model import PurchaseModel
from mining.lifetime.purchase_simulation import SimulatedPurchases, simulate

WEEKS = TimeUnit.WEEKS
UNTIL = date(1997, 9, 30)


@cache
def cdnow_customers() -> pl.DataFrame:
    """One row a customer: repeats, recency_days, age_days, spend, and `coming`, its purchases of the next 39 weeks."""
    kept = pl.read_csv(Path(__file__).parent / "cdnow.csv", comment_prefix="#")
    return (
        kept.with_columns(pl.int_ranges("customers").alias("each")).explode("each").drop("each", "customers")
    )


@cache
def cdnow(unit: TimeUnit = WEEKS) -> PurchaseHistories:
    """The 39 weeks of calibration."""
    return seen(cdnow_customers().rename({"spend": "repeat_spend"}).drop("coming"), unit, UNTIL)


def seen(frame: pl.DataFrame, unit: TimeUnit, until: date = UNTIL) -> PurchaseHistories:
    """Histories from repeats, recency_days, age_days (and money)."""
    first = pl.lit(until) - pl.duration(days="age_days")
    dated = frame.with_row_index("customer").with_columns(
        first_day=first.cast(pl.Date), last_day=(first + pl.duration(days="recency_days")).cast(pl.Date)
    )
    return histories(dated, unit, until)


def told(
    model: PurchaseModel, size: int, horizon_days: int = 0, seed: int = 0
) -> tuple[PurchaseHistories, SimulatedPurchases]:
    """A firm of customers who came over two years, by a model whose time is short enough for a purchase a day."""
    ages = np.random.default_rng(seed).integers(90, 730, size)
    lives = simulate(model, ages, horizon_days, seed)
    repeats = np.minimum(lives.repeats, lives.recency_days)
    frame = pl.DataFrame(
        {"repeats": repeats, "recency_days": np.where(repeats > 0, lives.recency_days, 0), "age_days": ages}
    )
    return seen(frame, model.unit), lives


def rows(repeats: object, recency: object, age: object, unit: TimeUnit = WEEKS) -> DistinctHistories:
    """Rows from numbers or lists, times in `unit`, rounded to whole days."""
    x, t_x, known = np.broadcast_arrays(np.atleast_1d(repeats), np.atleast_1d(recency), np.atleast_1d(age))  # type: ignore[call-overload]
    days = (np.round(each * unit.value).astype(np.int64) for each in (t_x, known))
    return DistinctHistories(x.astype(np.int64), *days, np.ones(len(x), dtype=np.int64), unit)
