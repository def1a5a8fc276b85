"""Sequences found: the purchase days of a slice encoded once, mined once for each question, and who waits of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl
import streamlit as st

from cubes.analysis.slice_days import span_of
from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from mining.patterns.exact_shares import count_at_least, exact
from mining.patterns.mined_sequences import FoundSequences, mine_sequences
from mining.patterns.next_purchase import NextPurchase, next_purchase
from mining.patterns.purchase_days import PurchaseDays, encode_days
from mining.patterns.sequences import Timing, suggest_sequence_support
from pages.discover.sequences_view import SequencesView
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work

WITHIN_DAYS = 30


@dataclass(frozen=True, slots=True, eq=False)
class EncodedDays:
    """The purchase days of a slice; None where no known customer bought anything."""

    days: PurchaseDays | None


def encoded(view: SequencesView) -> PurchaseDays | None:
    """The purchase days of the slice. Raises BadRequest for cuts that name what is not there."""
    return _encoded(session.warehouse().version, session.sets_read(view.cuts), view.level).days


def suggested(view: SequencesView) -> Decimal:
    """The support to begin with."""
    cuts = session.sets_read(view.cuts)
    return _suggested(session.warehouse().version, cuts, view.level, view.timing)


def asked_sequences(view: SequencesView, support: Decimal) -> AskedWork[FoundSequences]:
    """The sequences asked for, sought when somebody waits for them. Finding raises BadRequest, TooManySequences."""
    cuts = session.sets_read(view.cuts)
    asked = (cuts, view.level, support, view.timing, view.longest)
    return asked_work("sequences", asked, lambda done: _mined(*asked, done))


def pace_of(view: SequencesView, found: FoundSequences, row: int) -> NextPurchase:
    """How long a sequence takes to go on, by its row in the frame."""
    days = encoded(view)
    assert days
    return next_purchase(days, found.steps[row], found.timing, found.until)


def row_of(frame: pl.DataFrame, sequence: tuple[tuple[str, ...], ...]) -> int | None:
    """The row of the sequence with exactly these elements; None where it was not found."""
    asked = [list(element) for element in sequence]
    return next((at for at, each in enumerate(frame["sequence"].to_list()) if each == asked), None)


def least_customers(support: Decimal, days: PurchaseDays) -> int:
    """How many customers a support asks for."""
    return count_at_least(exact(support, "support"), len(days))


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={Cut: repr})
def _encoded(version: str, cuts: tuple[Cut, ...], level: str) -> EncodedDays:
    frame = rows_behind.purchase_days(session.warehouse(), Query(cuts=cuts), level)
    return EncodedDays(None if frame.is_empty() else encode_days(frame))


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs={Cut: repr, Timing: repr})
def _suggested(version: str, cuts: tuple[Cut, ...], level: str, timing: Timing) -> Decimal:
    days = _encoded(version, cuts, level).days
    assert days
    return suggest_sequence_support(days, timing)


def _mined(
    cuts: tuple[Cut, ...],
    level: str,
    support: Decimal,
    timing: Timing,
    longest: int | None,
    done: Progress,
) -> FoundSequences:
    store = session.warehouse()
    days, span = _encoded(store.version, cuts, level).days, span_of(cuts, store.profile)
    assert days
    assert span
    return mine_sequences(days, support, timing, longest, span[1], done=done)
