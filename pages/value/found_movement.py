"""Movement between degrees of loyalty found: customers month by month, whatever period is looked at, to the miner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import streamlit as st

from cubes.analysis.slice_days import within_traffic
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.model.calendar import GRAINS
from data.model.canonical_tables import UNKNOWN
from mining.loyalty.cell_movement import CellMovement, cell_movement
from pages.ui import session
from pages.value.loyalty_view import LoyaltyView

SPANS = (12, 6)


@dataclass(frozen=True, slots=True, eq=False)
class FoundMovement:
    """From the close of `start` to that of `end`, each by the `span` months before."""

    movement: CellMovement
    start: date
    end: date
    span: int


def found_movement(view: LoyaltyView, by: str, day: date) -> FoundMovement:
    """Over a year each, or half a year where the past is too short for that, up to the last whole month by `day`.

    Time is cut by this alone: the filters on members hold. Raises BadRequest for a past that is too short.
    """
    cuts = session.sets_read(tuple(cut for cut in view.cuts if cut.level not in GRAINS))
    return _found(session.warehouse().version, cuts, by, day)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr})
def _found(version: str, cuts: tuple[Cut, ...], by: str, day: date) -> FoundMovement:
    asked = Query(
        (by, "purchase_days"), ("customer", "month"), cuts=within_traffic(cuts, session.warehouse().profile)
    )
    cells = session.ask_whole(asked).plain().filter(pl.col("customer.id") != UNKNOWN)
    last = _months(day + timedelta(days=1)) - 1
    begun = (
        pl.col("month.id").str.slice(0, 4).cast(pl.Int64) * 12
        + pl.col("month.id").str.slice(5, 2).cast(pl.Int64)
        - 1
    )
    told = cells.select(
        customer="customer.id", at=begun, profit=pl.col(by).fill_null(0.0), purchases="purchase_days"
    ).filter(pl.col("at") <= last)
    try:
        return _over(SPANS[0], told, last)
    except BadRequest:
        return _over(SPANS[1], told, last)


def _over(span: int, told: pl.DataFrame, last: int) -> FoundMovement:
    frame = told.with_columns(month=pl.col("at") - (last + 1 - 2 * span)).drop("at")
    return FoundMovement(cell_movement(frame, span), _close(last - span), _close(last), span)


def _months(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def _close(month: int) -> date:
    """The last day of a month."""
    return date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
