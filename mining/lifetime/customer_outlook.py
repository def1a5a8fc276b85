"""One customer day by day from here on: how likely it has bought by then, and alive if it has not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.purchase_histories import Counts, DistinctHistories
from mining.lifetime.purchase_model import PurchaseModel

POINTS = 61


@dataclass(frozen=True, slots=True, eq=False)
class CustomerOutlook:
    """What the model knows of a customer, x, t_x and T in days, and `curve`: `day` (0 is the last day seen), `buys`
    (the probability of a purchase by then), `purchases` (expected by then), `alive` (if nothing is bought by then)."""

    customer: str
    repeats: int
    recency_days: int
    age_days: int
    curve: pl.DataFrame


def outlook(fitted: FittedPurchases[PurchaseModel], customer: str, days: int) -> CustomerOutlook:
    """The next `days` of a customer of the fitted histories. Raises BadRequest for one who is not among them."""
    known = fitted.histories.frame.filter(pl.col("customer") == customer)
    if known.is_empty():
        raise BadRequest(f"{customer!r} is not among the customers looked at.", "Widen the filters.")
    told = known.row(0, named=True)
    ahead = np.unique(np.linspace(0, days, min(POINTS, days + 1)).round().astype(np.int64))
    x, t_x, age = (np.full(len(ahead), told[each]) for each in ("repeats", "recency_days", "age_days"))
    now = _rows(fitted, x[:1], t_x[:1], age[:1])
    horizons = fitted.model.unit.of(ahead[1:])
    curve = pl.DataFrame({
        "day": ahead,
        "buys": [0.0, *(float(fitted.model.buys_within(each, now)[0]) for each in horizons)],
        "purchases": [0.0, *(float(fitted.model.expected(each, now)[0]) for each in horizons)],
        "alive": fitted.model.alive(_rows(fitted, x, t_x, age + ahead)),
    })  # fmt: skip
    return CustomerOutlook(customer, told["repeats"], told["recency_days"], told["age_days"], curve)


def _rows(
    fitted: FittedPurchases[PurchaseModel], repeats: Counts, recency: Counts, age: Counts
) -> DistinctHistories:
    return DistinctHistories(repeats, recency, age, np.ones_like(repeats), fitted.model.unit)
