"""Customers as they were described at a day's end: any of the columns of their dimension, a row a known customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

import numpy as np
import polars as pl

from cubes.members.single_customers import check_single_customers
from data.store.warehouse import Warehouse


def customers_on_day(
    warehouse: Warehouse, customers: np.ndarray, columns: Sequence[str], day: date
) -> pl.DataFrame:
    """`customer`, the codes given in their order, and columns of the table of customers (never what anybody typed).

    Before a customer's first version it is the first that counts, as in questions as of a day; null where nothing was
    said of one. Raises NotAllowed where a policy shows no single customers.
    """
    check_single_customers(warehouse.policy, "Descriptions")
    asked = pl.DataFrame({"customer": pl.Series(customers, dtype=pl.Int32)})
    if not columns:
        return asked
    end = datetime.combine(day, time.max)
    held = warehouse.frame(
        f"""SELECT customer_code AS customer, true AS is_held, {", ".join(columns)} FROM customer
WHERE customer_code > 0 AND valid_from <= ? AND ? < valid_to""",
        [end, end],
    )
    found = asked.join(held, on="customer", how="left", maintain_order="left")
    late = found.filter(pl.col("is_held").is_null()).select(pl.col("customer").unique())
    if late.height:
        held = pl.concat([held.drop("is_held"), _otherwise(warehouse, late, columns, end)])
        return asked.join(held, on="customer", how="left", maintain_order="left")
    return found.drop("is_held")


def _otherwise(
    warehouse: Warehouse, customers: pl.DataFrame, columns: Sequence[str], end: datetime
) -> pl.DataFrame:
    """Those of whom no version holds at the moment: the nearest one, of real ones first."""
    return warehouse.frame(
        f"""SELECT customer_code AS customer, {", ".join(columns)} FROM customer
WHERE customer_code IN (SELECT unnest(?::INTEGER[])) QUALIFY row_number() OVER (PARTITION BY customer_code
  ORDER BY valid_from < valid_to DESC, valid_from <= ? DESC, abs(epoch_ms(valid_from) - epoch_ms(?::TIMESTAMP))) = 1""",
        [customers["customer"].to_list(), end, end],
    )
