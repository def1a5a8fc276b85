"""What each customer brought within a slice, and since when and until when each bought: what loyalty is told from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl

from cubes.analysis.slice_days import span_of, within_traffic
from cubes.ask.answer import Answer
from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile, Warehouse

Ask = Callable[[Query], Answer]
MEASURES = ("revenue", "margin", "purchase_days")
SURVEYED = ("promotion_points", "recommendation_answers")


def customer_worth(
    ask: Ask, profile: Profile, query: Query, spans: Callable[[date], pl.DataFrame]
) -> tuple[pl.DataFrame, date | None]:
    """One row a known customer of the slice, and the last day of its period: None where no day is left.

    Columns: customer (id), label, revenue and margin (money, null where not known), purchase_days, first_purchase and
    last_purchase. What each brought is within the cuts; since when and until when each bought is of all their purchases
    up to that day (`spans` gives them, as `purchase_spans` does), so that no filter makes anybody new.
    Raises BadRequest.
    """
    asked = replace(query, measures=MEASURES, rows=("customer",), cuts=within_traffic(query.cuts, profile))
    frame = ask(asked).plain().filter(pl.col("customer.id") != UNKNOWN)
    told = frame.select(customer="customer.id", label="customer").with_columns(frame.select(MEASURES))
    span = span_of(query.cuts, profile)
    if span is None:
        return told.clear(), None
    return told.join(spans(span[1]), on="customer", how="left"), span[1]


def purchase_spans(warehouse: Warehouse, ask: Ask, day: date) -> pl.DataFrame:
    """First and last purchase of all customers up to a day: customer, first_purchase, last_purchase."""
    cuts = within_traffic((Cut("day", until=day.isoformat()),), warehouse.profile)
    first = rows_behind.first_purchases(warehouse, Query(cuts=cuts))
    last = ask(Query(("last_purchase",), ("customer",), cuts=cuts)).plain()
    return first.join(last.select("last_purchase", customer="customer.id"), on="customer", how="left")


def recommendations(ask: Ask, profile: Profile, query: Query) -> tuple[pl.DataFrame, str]:
    """Whether customers would recommend the firm, within the cuts: customer, points (100 a promoter, -100 a detractor,
    summed), answers; or why there are none."""
    none = pl.DataFrame(schema={"customer": pl.String, "points": pl.Float64, "answers": pl.Int64})
    if not profile.extents["interaction"].lines:
        return none, "No survey is loaded that asks whether customers would recommend the firm."
    try:
        found = ask(replace(query, measures=SURVEYED, rows=("customer",), cube="interactions")).plain()
    except BadRequest:
        return none, "Surveys are not told by these filters, so no score stands beside the cells."
    points, answers = SURVEYED
    return found.select(customer="customer.id", points=points, answers=answers), ""
