"""What a measure was before a campaign begins: one value of each customer, by which a campaign is planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from cubes.analysis.campaign_outcomes import DAYS_BEFORE, PURCHASES
from cubes.analysis.whole_history import whole_history
from cubes.query import Query
from data.errors import BadRequest, did_you_mean
from data.model.calendar import day_key
from data.store.warehouse import Warehouse

DID = ("value", "before")


def measure_past(warehouse: Warehouse, measure: str, days: int) -> pl.DataFrame:
    """A row a customer who had bought before the last `days`: `value`, what they did in these, and `before`, in the 180
    days before them. Whether they bought is 1 or 0.

    Raises BadRequest for what purchases do not tell, and where nobody had bought by then.
    """
    frame = _done(warehouse, measure, days).filter("is_earlier").select(DID)
    if frame.is_empty():
        raise BadRequest(f"Nobody had bought anything before the last {days} days.", "Choose fewer days.")
    return frame


def past_of_customers(
    warehouse: Warehouse, customers: npt.NDArray[np.int32] | Sequence[int], measure: str, days: int
) -> pl.DataFrame:
    """The same of these customers (codes) alone, all of them: who did nothing did 0. Raises BadRequest likewise."""
    asked = pl.DataFrame({"customer": customers}, schema={"customer": pl.Int32})
    done = _done(warehouse, measure, days).with_columns(pl.col("customer").cast(pl.Int32))
    return asked.join(done, on="customer", how="left", maintain_order="left").select(pl.col(DID).fill_null(0))


def _done(warehouse: Warehouse, measure: str, days: int) -> pl.DataFrame:
    """A row a customer who ever bought: `customer` (code), `value`, `before`, and whether they had bought earlier."""
    if measure not in PURCHASES:
        raise BadRequest(f"Purchases do not tell {measure!r}.", did_you_mean(measure, PURCHASES))
    history = whole_history(warehouse, Query((measure,)))
    cells = history.cells(("customer", "day"), (measure,))
    start = day_key(history.until - timedelta(days=days - 1))
    count = "max" if measure == "buyers" else "sum"
    return warehouse.frame(
        f"""WITH done AS (SELECT "customer.code" AS customer, "day.code" AS day, {measure} AS value FROM ({cells.text}))
SELECT customer, coalesce({count}(value) FILTER (day >= {start}), 0)::DOUBLE AS value,
  coalesce({count}(value) FILTER (day >= {start - DAYS_BEFORE} AND day < {start}), 0)::DOUBLE AS before,
  min(day) < {start} AS is_earlier
FROM done WHERE customer > 0 GROUP BY customer ORDER BY customer""",
        cells.parameters,
    )
