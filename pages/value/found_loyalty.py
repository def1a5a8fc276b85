"""Degrees of loyalty found: what the cubes know of each customer handed to the miner, the result remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from mining.loyalty.duration_profit import DurationProfit, duration_profit
from mining.loyalty.loyalty_cells import LoyaltyCells, LoyaltyThresholds, loyalty_cells, medians
from mining.loyalty.promoter_scores import promoter_scores, score_differences
from pages.ui import session
from pages.ui.period_choices import span_of, within_traffic
from pages.value.loyalty_view import LoyaltyView

MEASURES = ("revenue", "margin", "purchase_days")
SURVEYED = ("promotion_points", "recommendation_answers")


@dataclass(frozen=True, slots=True, eq=False)
class FoundLoyalty:
    """The cells, weighed `by` margin or revenue; `unweighed` customers have no known margin, whatever it is by.

    `relation` is None where `unrelated` says why; of `scores` and `differences` there is nothing where `unasked` does.
    """

    cells: LoyaltyCells
    by: str
    unweighed: int
    relation: DurationProfit | None
    unrelated: str
    scores: pl.DataFrame
    differences: pl.DataFrame
    unasked: str


def loyalty_customers(cuts: tuple[Cut, ...]) -> tuple[pl.DataFrame, date | None]:
    """One row a known customer of the slice, and the last day of its period: None where no day is left.

    What each brought is within the cuts; since when and until when each bought is of all their purchases up to that
    day, so that no filter makes anybody new.
    """
    profile = session.warehouse().profile
    span = span_of(cuts, profile)
    asked = session.ask_whole(Query(MEASURES, ("customer",), cuts=within_traffic(cuts, profile)))
    frame = asked.plain().filter(pl.col("customer.id") != UNKNOWN)
    told = frame.select(customer="customer.id", label="customer").with_columns(frame.select(MEASURES))
    day = span[1] if span else None
    if day is None:
        return told.clear(), None
    return told.join(_spans(session.warehouse().version, day), on="customer", how="left"), day


def found_loyalty(view: LoyaltyView, frame: pl.DataFrame, day: date) -> FoundLoyalty:
    """The cells asked for. Raises BadRequest for margins that are not known of everybody."""
    unweighed = frame["margin"].null_count()
    by = view.by or ("revenue" if unweighed else "margin")
    return _found(session.warehouse().version, view.cuts, by, view.days, view.profit, day, frame)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _found(
    version: str,
    cuts: tuple[Cut, ...],
    by: str,
    days: float | None,
    profit: float | None,
    day: date,
    _frame: pl.DataFrame,
) -> FoundLoyalty:
    weighed = _frame.with_columns(profit=pl.col(by))
    middle = medians(weighed)
    thresholds = LoyaltyThresholds(
        middle.duration_days if days is None else days, middle.profit if profit is None else profit
    )
    cells = loyalty_cells(weighed, day, thresholds)
    relation, unrelated = _relation(version, cuts, by, day, weighed)
    surveyed, unasked = _surveyed(cuts)
    answers = cells.members.select("customer", "cell").join(surveyed, on="customer")
    scores = promoter_scores(answers, "cell")
    differences = score_differences(scores, "cell")
    return FoundLoyalty(
        cells, by, _frame["margin"].null_count(), relation, unrelated, scores, differences, unasked
    )


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _relation(
    version: str, cuts: tuple[Cut, ...], by: str, day: date, _frame: pl.DataFrame
) -> tuple[DurationProfit | None, str]:
    try:
        return duration_profit(_frame), ""
    except BadRequest as error:
        return None, error.problem


def _surveyed(cuts: tuple[Cut, ...]) -> tuple[pl.DataFrame, str]:
    """Points and answers by customer within the cuts, or why there are none."""
    none = pl.DataFrame(schema={"customer": pl.String, "points": pl.Float64, "answers": pl.Int64})
    if not session.warehouse().profile.extents["interaction"].lines:
        return none, "No survey is loaded that asks whether customers would recommend the firm."
    try:
        found = session.ask_whole(Query(SURVEYED, ("customer",), cuts=cuts, cube="interactions")).plain()
    except BadRequest:
        return none, "Surveys are not told by these filters, so no score stands beside the cells."
    points, answers = SURVEYED
    return found.select(customer="customer.id", points=points, answers=answers), ""


@st.cache_resource(show_spinner=False, max_entries=8)
def _spans(version: str, day: date) -> pl.DataFrame:
    """First and last purchase of all customers up to a day: customer, first_purchase, last_purchase."""
    cuts = within_traffic((Cut("day", until=day.isoformat()),), session.warehouse().profile)
    first = rows_behind.first_purchases(session.warehouse(), Query(cuts=cuts))
    last = session.ask_whole(Query(("last_purchase",), ("customer",), cuts=cuts)).plain()
    return first.join(last.select("last_purchase", customer="customer.id"), on="customer", how="left")
