"""Degrees of loyalty found: what the cubes know of each customer handed to the miner, the result remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl
import streamlit as st

from cubes.analysis.customer_worth import customer_worth, purchase_spans, recommendations
from cubes.query import Cut, Query
from data.errors import BadRequest
from mining.loyalty.duration_profit import DurationProfit, duration_profit
from mining.loyalty.loyalty_cells import LoyaltyCells, LoyaltyThresholds, loyalty_cells, medians
from mining.loyalty.promoter_scores import promoter_scores, score_differences
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work
from pages.value.loyalty_view import LoyaltyView


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
    """What each known customer of the slice brought, and the last day of its period; see `customer_worth`."""
    store = session.warehouse()
    return customer_worth(session.ask_whole, store.profile, Query(cuts=cuts), partial(_spans, store.version))


def asked_loyalty(view: LoyaltyView, frame: pl.DataFrame, day: date) -> AskedWork[FoundLoyalty]:
    """The cells asked for, sought when somebody waits for them; finding them raises BadRequest for margins that are not
    known of everybody."""
    by = view.by or weight_of(frame)
    asked = (session.sets_read(view.cuts), by, view.days, view.profit, day)
    return asked_work("loyalty", asked, lambda done: _found(*asked, frame, done), most=16)


def found_loyalty(view: LoyaltyView, frame: pl.DataFrame, day: date) -> FoundLoyalty:
    """The same, waiting for them. Raises BadRequest."""
    return asked_loyalty(view, frame, day).found()


def weight_of(frame: pl.DataFrame) -> str:
    """What customers are weighed by unless somebody chose: margin, where that of everybody is known."""
    return "revenue" if frame["margin"].null_count() else "margin"


def cells_of(
    frame: pl.DataFrame, by: str, day: date, days: float | None = None, profit: float | None = None
) -> LoyaltyCells:
    """The cells; the two lines are those of the middle customer unless told. Raises BadRequest."""
    weighed = frame.with_columns(profit=pl.col(by))
    middle = medians(weighed)
    thresholds = LoyaltyThresholds(
        middle.duration_days if days is None else days, middle.profit if profit is None else profit
    )
    return loyalty_cells(weighed, day, thresholds)


@dataclass(frozen=True, slots=True, eq=False)
class LoyaltyDegrees:
    """The cells alone (`frame`, as in LoyaltyCells), weighed `by` margin or revenue; `unweighed` as in FoundLoyalty."""

    frame: pl.DataFrame
    by: str
    unweighed: int


def loyalty_degrees(cuts: tuple[Cut, ...]) -> LoyaltyDegrees:
    """The degrees as the page forms them unless told otherwise, without what chance has to be drawn for.

    Raises BadRequest for nobody.
    """
    return _degrees(session.warehouse().version, session.sets_read(cuts))


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _degrees(version: str, cuts: tuple[Cut, ...]) -> LoyaltyDegrees:
    frame, day = loyalty_customers(cuts)
    if frame.is_empty() or day is None:
        raise BadRequest("No known customer bought anything in this period.", "Choose a longer one.")
    by = weight_of(frame)
    return LoyaltyDegrees(cells_of(frame, by, day).cells, by, frame["margin"].null_count())


def _found(
    cuts: tuple[Cut, ...],
    by: str,
    days: float | None,
    profit: float | None,
    day: date,
    frame: pl.DataFrame,
    done: Progress,
) -> FoundLoyalty:
    cells = cells_of(frame, by, day, days, profit)
    version = session.warehouse().version
    relation, unrelated = _relation(version, cuts, by, day, frame.with_columns(profit=pl.col(by)), done)
    surveyed, unasked = recommendations(session.ask_whole, session.warehouse().profile, Query(cuts=cuts))
    answers = cells.members.select("customer", "cell").join(surveyed, on="customer")
    scores = promoter_scores(answers, "cell")
    differences = score_differences(scores, "cell")
    return FoundLoyalty(
        cells, by, frame["margin"].null_count(), relation, unrelated, scores, differences, unasked
    )


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _relation(
    version: str, cuts: tuple[Cut, ...], by: str, day: date, _frame: pl.DataFrame, _done: Progress
) -> tuple[DurationProfit | None, str]:
    try:
        return duration_profit(_frame, done=_done), ""
    except BadRequest as error:
        return None, error.problem


@st.cache_resource(show_spinner=False, max_entries=8)
def _spans(version: str, day: date) -> pl.DataFrame:
    return purchase_spans(session.warehouse(), session.ask_whole, day)
