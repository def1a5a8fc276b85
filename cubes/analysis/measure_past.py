"""What a measure was before a campaign begins: one value of each customer, by which a campaign is planned."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from cubes.analysis.campaign_outcomes import DAYS_BEFORE, PURCHASES
from cubes.analysis.whole_history import whole_history
from cubes.query import Query
from data.errors import BadRequest, did_you_mean
from data.model.calendar import day_key
from data.store.warehouse import Warehouse


def measure_past(warehouse: Warehouse, measure: str, days: int) -> pl.DataFrame:
    """A row a customer who had bought before the last `days`: `value`, what they did in these, and `before`, in the 180
    days before them. Whether they bought is 1 or 0.

    Raises BadRequest for what purchases do not tell, and where nobody had bought by then.
    """
    if measure not in PURCHASES:
        raise BadRequest(f"Purchases do not tell {measure!r}.", did_you_mean(measure, PURCHASES))
    history = whole_history(warehouse, Query((measure,)))
    cells = history.cells(("customer", "day"), (measure,))
    start = day_key(history.until - timedelta(days=days - 1))
    count = "max" if measure == "buyers" else "sum"
    frame = warehouse.frame(
        f"""WITH done AS (SELECT "customer.code" AS customer, "day.code" AS day, {measure} AS value FROM ({cells.text}))
SELECT coalesce({count}(value) FILTER (day >= {start}), 0)::DOUBLE AS value,
  coalesce({count}(value) FILTER (day >= {start - DAYS_BEFORE} AND day < {start}), 0)::DOUBLE AS before
FROM done WHERE customer > 0 GROUP BY customer HAVING min(day) < {start} ORDER BY customer""",
        cells.parameters,
    )
    if frame.is_empty():
        raise BadRequest(f"Nobody had bought anything before the last {days} days.", "Choose fewer days.")
    return frame
