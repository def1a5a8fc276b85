"""What if products were gone: which are off, what is lost with them, and under which assumption."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from mining.portfolio.verdicts import DELIST
from pages.discover import what_if_words as words
from pages.discover.customer_list import customer_list
from pages.discover.found_portfolio import FoundPortfolio, customers_of
from pages.discover.portfolio_view import ALL, PortfolioView
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import Quantity, described, interval_bars
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_states import card, section
from pages.ui.style.formats import share_text

Go = Callable[[PortfolioView], None]


def what_if_card(view: PortfolioView, found: FoundPortfolio, go: Go) -> None:
    """What is lost without the products that are off, and under which assumption."""
    currency = session.currency()
    gone = found.without(view)
    with card("what-if"):
        section("What if they were gone?", "Tick products off in the list above, or take off many at once.")
        taking(view, gone.products, go)
        st.html(f'<p data-testid="lost">{escape(words.lost(gone, currency, view.transfer))}</p>')
        if not gone.products:
            return
        total = float(found.portfolio.products["revenue"].sum())
        kpi_strip(words.lost_tiles(gone, total, found.on_hand(view), currency), "portfolio-lost")
        transfer(view, go)
        band = words.lost_band(gone, currency)
        figure = interval_bars(
            band, session.colours(), currency=currency, outcome="If all of the demand stays, to if none does"
        )
        alt = described(band, kind="Bar", measure=Quantity("revenue lost", "money", currency))
        chart(figure, "portfolio-band", alt)
        nothing = gone.left_with_nothing
        if nothing.height:
            section("Left with nothing", "They bought none but these products within the slice.")
            customer_list(customers_of(nothing), "clientela-left-with-nothing", "nothing", {"revenue": "money"},
                          ("customer", "name", "revenue"), audience="Left with nothing")  # fmt: skip


def taking(view: PortfolioView, off: int, go: Go) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="portfolio-taking"):
        for label, take in (("All that may go", DELIST), ("Everything", ALL)):
            st.button(
                label,
                key=f"take-{take}",
                type="primary" if view.take == take else "secondary",
                on_click=lambda take=take: go(view.taking(take)),
            )
        if off:
            st.button("Nothing", key="take-nothing", type="tertiary", on_click=lambda: go(view.taking("")))


def transfer(view: PortfolioView, go: Go) -> None:
    """The assumption, to be moved."""
    st.session_state["portfolio-transfer"] = round(view.transfer * 100)
    st.slider(
        "An assumption: so much of their demand goes to what remains of the category, %",
        0,
        100,
        key="portfolio-transfer",
        step=5,
        on_change=lambda: go(view.assuming(st.session_state["portfolio-transfer"] / 100)),
        help="No order line tells this. A test does: take one product off in some shops, and compare.",
    )
    st.caption(
        f"{share_text(view.transfer)} is assumed, not measured. Where a whole category goes, nothing remains to take "
        "its demand, and all is lost. Where no category is known, anything that remains may take it."
    )
