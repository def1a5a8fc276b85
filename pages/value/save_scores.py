"""What a lifetime model says of customers goes back to the warehouse, dated, and the cube of scores tells it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl
import streamlit as st

from cubes.query import Query
from data import environment
from data.errors import ClientelaError
from data.model import scoring as scorings
from data.model.scoring import SavedScoring, Scoring
from data.store.saved_scores import save_scores, take_back
from mining.lifetime.customer_scores import customer_scores
from pages.discover.mined_slice import explore_link
from pages.explore.explore_view import Chart, View
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.style.formats import count_text, format_day
from pages.ui.style.told_sentences import in_language
from pages.value.found_lifetime import FoundLifetime
from pages.value.lifetime_view import LifetimeView

SAID = "scores-said"
SCORES = Query(("customer_value", "value_at_risk", "chance_to_buy"), ("country",), cube="scores")


def saving(view: LifetimeView, found: FoundLifetime) -> None:
    """The button that saves, what was saved last with the way to take it back, and the way to Explore."""
    last = last_scoring()
    with st.container(horizontal=True, vertical_alignment="center", key="scores-saving"):
        if st.button(
            "Save as scores",
            key="scores-save",
            icon=":material/save:",
            help="Value, chance to buy and purchases of each customer, as of this day, for Explore to drill",
        ):
            _attempt(partial(_save, view, found))
        if last:
            st.caption(as_plain(in_language(last.sentence)))
            if st.button("Take it back", key="scores-back", type="tertiary", icon=":material/undo:"):
                _attempt(partial(_take_back, last))
            explore_link("Explore scores", View(SCORES, Chart.BARS).to_parameters())
    said = st.session_state.pop(SAID, None)
    if said:
        st.toast(as_plain(said), icon=":material/check:")


def last_scoring() -> SavedScoring | None:
    """The scoring that was saved last, of whatever day."""
    return max(scorings.read(session.warehouse().rows), key=lambda each: each.number, default=None)


def score_frame(view: LifetimeView, found: FoundLifetime) -> pl.DataFrame:
    """customer, chance and expected_purchases within the horizon of value, and value where that is told."""
    return customer_scores(found.fitted, view.horizon_days, found.worth)


def scoring_of(view: LifetimeView, found: FoundLifetime) -> Scoring:
    """When, by which model and with what settings; the settings are the page's address."""
    settings = {name: values for name, values in view.closed().to_parameters().items() if values}
    return Scoring(
        found.told.until, found.fitted.model.NAME, view.horizon_days, settings, by=environment.who()
    )


def _save(view: LifetimeView, found: FoundLifetime) -> str:
    done = save_scores(session.warehouse().path, score_frame(view, found), scoring_of(view, found))
    return (
        f"Saved scores of {count_text(done, 'customer')}, as of the close of {format_day(found.told.until)}."
    )


def _take_back(last: SavedScoring) -> str:
    take_back(session.warehouse().path, last.number)
    return f"The scores of {format_day(last.scoring.scored_on)} are taken back."


def _attempt(work: Callable[[], str]) -> None:
    try:
        with st.spinner("Writing …"):
            st.session_state[SAID] = work()
    except ClientelaError as error:
        st.error(as_plain(str(error)), icon=":material/error:")
        return
    st.rerun()
