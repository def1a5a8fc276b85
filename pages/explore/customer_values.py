"""What each customer has of a measure within a question: what a distribution is drawn from."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cubes.ask.answer import Answer
from cubes.query import Query
from data.model.canonical_tables import UNKNOWN

CUSTOMER = "customer"


def customer_values(query: Query, measure: str, ask: Callable[[Query], Answer]) -> pl.DataFrame:
    """One `value` (float64) a known customer within the cuts of a question; those without one are not there."""
    asked = Query((measure,), (CUSTOMER,), cuts=query.cuts, cube=query.cube, as_of=query.as_of)
    frame = ask(asked).plain().filter(pl.col(f"{CUSTOMER}.id") != UNKNOWN)
    return frame.select(value=pl.col(measure).cast(pl.Float64)).drop_nulls()
