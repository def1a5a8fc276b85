"""What asking more than a price that somebody names would earn, by each source that can tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from pages.collaborate import price_answer_words as words
from pages.collaborate.demand_view import MOST, DemandView
from pages.collaborate.demand_words import said
from pages.collaborate.found_demand import FoundCounters
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, price_curves
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section


def counter_offers_card(
    view: DemandView, counters: FoundCounters, price: Quantity, go: Callable[[DemandView], None]
) -> None:
    with card("counter-offers"):
        section(
            "If somebody names a price, should you ask more?",
            "What a counter-offer earns a piece on average. Who does not take it is lost: that nothing else comes of"
            " them is assumed. Between at least and at most lies what these data do not tell.",
        )
        with st.container(width=260):
            _bid_field(view, counters, price, go)
        for each in counters.offers:
            told = told_words(words.counter_told(each, price))
            st.html(f'<p data-testid="counter-{each.basis.value}">{escape(told)}</p>')
        for why in counters.why:
            st.html(f'<p class="clientela-quiet">{escape(told_words(why))}</p>')
        if not counters.offers:
            return
        lines = words.counter_lines(counters)
        marks = [(counters.bid, f"Named: {said(counters.bid, price)}")]
        earned = Quantity("Earned a piece", price.unit, price.currency)
        figure = price_curves(lines, session.colours(), x=price, y=earned, marks=marks, height=300)
        alt = " ".join(words.counter_told(each, price) for each in counters.offers)
        chart(figure, f"counters-{view.to_parameters()}", alt)
        units = dict.fromkeys(("price", "value", "low", "high"), price.unit)
        downloads("clientela-counter-offers", lambda: lines.drop("id"), "counter-offers", units)


def _bid_field(
    view: DemandView, counters: FoundCounters, price: Quantity, go: Callable[[DemandView], None]
) -> None:
    """The price that is answered; emptied, it is one that three quarters named."""
    st.session_state["counter-bid"] = counters.bid
    st.number_input(
        f"Price named ({'share of what was asked' if price.unit == 'percent' else price.currency or 'money'})",
        0.0, MOST, value=None, step=None, format="%.4f" if price.unit == "percent" else "%.2f", key="counter-bid",
        help="Empty: a price that three of four persons named or more.",
        on_change=lambda: go(replace(view, bid=st.session_state["counter-bid"] or None)),
    )  # fmt: skip
