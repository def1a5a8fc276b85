"""Demand by price: the curve with its bands, the prices that somebody asks about, and what was left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from data.errors import BadRequest
from pages.collaborate import demand_words as words
from pages.collaborate.demand_view import DemandView, prices_of
from pages.collaborate.found_demand import FoundDemand
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, price_curves
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height

Go = Callable[[DemandView], None]
AT, REFUSED = "demand-at", "demand-at-refused"
SLIP_UNITS = {"price": "money", "asked": "money", "cost": "money", "quantity": "units"}


def demand_card(view: DemandView, found: FoundDemand, price: Quantity) -> None:
    with card("demand", height="stretch"):
        section(
            "Who would buy at which price",
            "The share of persons who named at least a price, one voice a person. The whole curve lies in the band"
            " in 95 of 100 samples of them.",
        )
        lines = words.demand_lines(found.curve)
        marks = (
            [(found.best.price, f"Earns most: {words.said(found.best.price, price)}")] if found.best else []
        )
        figure = price_curves(
            lines, session.colours(), x=price, y=Quantity("Would buy", "percent"), marks=marks, shape="vh"
        )
        chart(figure, f"demand-{view.to_parameters()}", words.alt_of(lines, "Share of persons who would buy"))
        downloads(
            "clientela-demand", lambda: found.curve.at(found.curve.prices), "demand-curve",
            {"price": price.unit, "share": "percent", "low": "percent", "high": "percent"},
        )  # fmt: skip


def at_card(view: DemandView, found: FoundDemand, price: Quantity, go: Go) -> None:
    """The table at prices that somebody types."""
    with card("demand-table"):
        section(
            "At prices you ask about",
            "From and to hold the share at that price alone (Wilson, 95%); curve from and to hold all shares at"
            " once. Beside it what counting rows instead of persons would say.",
        )
        with st.container(width=420):
            _prices_field(view, go)
        table, units = words.at_table(found), words.at_units(price.unit)
        frame_view(table, "demand-at-table", units, height=whole_height(table, 20))
        downloads("clientela-demand-at", lambda: table, "demand-at", units)
        left_out(found)


def left_out(found: FoundDemand) -> None:
    """What was not counted, and the suspected slips row by row."""
    named = found.named
    if named.left_out.is_empty():
        return
    with st.expander(f"Left out: {named.left_out['rows'].sum()} rows", icon=":material/filter_alt_off:"):
        frame_view(
            named.left_out,
            "demand-left-out",
            {"rows": "count", "customers": "count"},
            whole_height(named.left_out),
        )
        if named.slips.height:
            st.caption("Suspected slips of the decimal point. Under “Slips” you may count them all the same.")
            slips = named.slips.select("price", "asked", "quantity", "answer").head(200)
            frame_view(slips, "demand-slips", SLIP_UNITS, whole_height(slips))


def _prices_field(view: DemandView, go: Go) -> None:
    st.session_state[AT] = ", ".join(f"{each:g}" for each in view.at)

    def typed() -> None:
        try:
            at = prices_of(st.session_state[AT])
        except BadRequest as error:
            st.session_state[REFUSED] = str(error)
            return
        st.session_state.pop(REFUSED, None)
        go(replace(view, at=at))

    st.text_input(
        "Prices", key=AT, on_change=typed, max_chars=300,
        placeholder="Prices, such as 50, 100, 150; empty: chosen for you", label_visibility="collapsed",
    )  # fmt: skip
    if refused := st.session_state.pop(REFUSED, ""):
        st.html(f'<p class="clientela-quiet" role="alert">{escape(refused)}</p>')
