"""Loyalty in small: the degrees as parts of all customers, and of what they brought."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from pages.overview.part_asked import PartAsked, lead_to
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import stacked
from pages.ui.open_pages import link_to
from pages.ui.page_states import headed, section
from pages.ui.style.formats import format_value, number_text, share_text
from pages.value.found_loyalty import LoyaltyDegrees, loyalty_degrees
from pages.value.loyalty_view import WORTHS, LoyaltyView

LOYALTY = "value/loyalty_page.py"
HEIGHT = 170


def loyalty_tile(asked: PartAsked) -> None:
    """Two bars, of customers and of margin; a click on a degree opens its customers. Raises BadRequest for nobody."""
    view = LoyaltyView(asked.query.cuts)
    with headed("Loyalty"):
        found = loyalty_degrees(view.cuts)
    section("Loyalty", f"How long they buy against the {WORTHS[found.by].lower()} of this period.")

    def into(ids: tuple[str, ...]) -> None:
        lead_to(LOYALTY, view.open(ids[1]).to_parameters())

    figure = stacked(bars_of(found, session.currency()), session.colours(), shares=True, height=HEIGHT)
    chart(figure, f"loyalty-{asked.key}-{view.to_parameters()}", degrees_told(found), into)
    st.html(f'<p class="clientela-quiet" data-testid="loyalty-told">{escape(degrees_told(found))}</p>')
    link_to(LOYALTY, label="Open Loyalty", query_params=view.to_parameters())


def bars_of(found: LoyaltyDegrees, currency: str) -> pl.DataFrame:
    """The two bars for `figures.stacked`; of customers alone where what they brought is no more than nothing."""
    rows = [("customers", "Customers", "customers", "count")]
    if found.frame["share_profit"].null_count() == 0:
        rows += [("worth", WORTHS[found.by], "profit", "money")]
    return pl.concat(
        found.frame.select(
            row_id=pl.lit(id),
            row_label=pl.lit(label),
            column_id="cell",
            column_label="cell",
            value=pl.col(of).cast(pl.Float64),
            text=pl.Series([format_value(each, unit, currency, True) for each in found.frame[of]]),
        )
        for id, label, of, unit in rows
    )


def degrees_told(found: LoyaltyDegrees) -> str:
    """Each degree's part of customers and of what they brought; and whose margin is not known."""
    worth = WORTHS[found.by].lower()
    parts = (
        f"{cell} {share_text(customers)}" + ("" if profit is None else f" / {share_text(profit)}")
        for cell, customers, profit in found.frame.select("cell", "share_customers", "share_profit").rows()
    )
    of = f"Of customers / of {worth}" if found.frame["share_profit"].null_count() == 0 else "Of customers"
    unknown = (
        f" The margin of {number_text(found.unweighed)} customers is not known." if found.unweighed else ""
    )
    return f"{of}: {'; '.join(parts)}.{unknown}"
