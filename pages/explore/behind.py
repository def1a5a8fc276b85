"""What lies behind a cell: its customers and order lines, with the sums that show that they are all of it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import polars as pl
import streamlit as st

from cubes import detail
from cubes.query import Query
from pages.ui import session
from pages.ui.export import downloads
from pages.ui.frames import frame_view

UNITS = {"revenue": "money", "cost": "money", "return_rate": "percent"}


def behind(query: Query, title: str, close: Callable[[], None]) -> None:
    """The customers and order lines behind a cell, with the sums that show that they are all of it."""
    store = session.warehouse()
    total = session.ask(Query(("revenue", "units", "order_lines", "customers"), cuts=query.cuts)).frame
    with st.container(border=True, key="card-behind"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<h2 class="clientela-section" data-testid="behind">Behind {escape(title)}</h2>')
            st.space("stretch")
            st.button("Close", key="behind-close", type="tertiary", icon=":material/close:", on_click=close)
        lines = int(total["order_lines"][0] or 0)
        customers = int(total["customers"][0] or 0)
        which = st.segmented_control(
            "What lies behind",
            ["customers", "lines"],
            key="behind-which",
            default="customers",
            required=True,
            format_func=lambda name: (
                f"{customers:,} customers" if name == "customers" else f"{lines:,} order lines"
            ),
            label_visibility="collapsed",
        )
        if which == "lines":
            frame = detail.order_lines(store, query)
            caption = (
                f"The latest {frame.height:,} of {lines:,} lines"
                if frame.height < lines
                else f"All {lines:,} lines"
            )
            make = lambda: detail.order_lines(store, query, limit=1_000_000)  # noqa: E731
        else:
            frame = customers_behind(query)
            caption = f"{frame.height:,} rows; lines without a customer stand as (unknown)"
            make = lambda: customers_behind(query)  # noqa: E731
        frame_view(frame.head(1000), f"behind-{which}", UNITS)
        with st.container(horizontal=True, vertical_alignment="center"):
            revenue, units = total["revenue"][0] or 0, total["units"][0] or 0
            st.caption(f"{caption}. Revenue of the cell: {revenue:,.2f}; units: {units:,.0f}.")
            st.space("stretch")
            downloads("clientela-behind", make, "behind")


def customers_behind(query: Query) -> pl.DataFrame:
    """One row a customer within the cuts, the greatest revenue first."""
    measures = ("revenue", "orders", "units", "order_lines", "return_rate", "last_purchase")
    frame = session.ask(Query(measures, ("customer",), cuts=query.cuts)).frame
    return frame.rename({"customer": "name", "customer.id": "customer"}).drop("grouping")
