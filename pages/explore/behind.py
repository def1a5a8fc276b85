"""What lies behind a cell: its customers, order lines and loads, with the sums that show that they are all of it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import polars as pl
import streamlit as st

from cubes import detail
from cubes.query import Query
from pages.ui import session
from pages.ui.export import downloads
from pages.ui.formats import count_text
from pages.ui.frames import frame_view
from pages.ui.lineage import loads_behind, told

UNITS = {"revenue": "money", "cost": "money", "return_rate": "percent"}
MOST_LINES = 1_000_000


def behind(
    query: Query, title: str, close: Callable[[], None], why: Callable[[], None] | None = None
) -> None:
    """The customers, order lines and loads behind a cell, with the sums that show that they are all of it."""
    store = session.warehouse()
    total = session.ask(Query(("revenue", "units", "order_lines", "customers"), cuts=query.cuts)).frame
    with st.container(border=True, key="card-behind"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<h2 class="clientela-section" data-testid="behind">Behind {escape(title)}</h2>')
            st.space("stretch")
            if why is not None:
                st.button(
                    "Why did it move?",
                    key="behind-why",
                    type="tertiary",
                    icon=":material/troubleshoot:",
                    on_click=why,
                )
            st.button("Close", key="behind-close", type="tertiary", icon=":material/close:", on_click=close)
        lines = int(total["order_lines"][0] or 0)
        customers = int(total["customers"][0] or 0)
        which = st.segmented_control(
            "What lies behind",
            ["customers", "lines", "loads"],
            key="behind-which",
            default="customers",
            required=True,
            format_func={
                "customers": count_text(customers, "customer"),
                "lines": count_text(lines, "order line"),
                "loads": "Where from",
            }.__getitem__,
            label_visibility="collapsed",
        )
        if which == "lines":
            frame = detail.order_lines(store, query)
            caption = lines_caption(frame.height, lines)
            make = lambda: detail.order_lines(store, query, limit=MOST_LINES)  # noqa: E731
        elif which == "loads":
            frame = loads_behind(query)
            caption = told(frame).rstrip(".")
            make = lambda: frame  # noqa: E731
        else:
            frame = customers_behind(query)
            caption = f"{count_text(frame.height, 'row')}; lines without a customer stand as (unknown)"
            make = lambda: customers_behind(query)  # noqa: E731
        frame_view(frame.head(1000), f"behind-{which}", UNITS)
        with st.container(horizontal=True, vertical_alignment="center"):
            revenue, units = total["revenue"][0] or 0, total["units"][0] or 0
            st.caption(f"{caption}. Revenue of the cell: {revenue:,.2f}; units: {units:,.0f}.")
            st.space("stretch")
            downloads("clientela-behind", make, "behind")


def lines_caption(shown: int, lines: int) -> str:
    """How many of a cell's order lines the table shows, and the files hold where that is not all of them."""
    if shown >= lines:
        return f"All {count_text(lines, 'line')}" if lines != 1 else "The only line"
    files = f"; the files hold the latest {MOST_LINES:,}" if lines > MOST_LINES else ""
    return f"The latest {shown:,} of {count_text(lines, 'line')}{files}"


def customers_behind(query: Query) -> pl.DataFrame:
    """One row a customer within the cuts, the greatest revenue first."""
    measures = ("revenue", "orders", "units", "order_lines", "return_rate", "last_purchase")
    frame = session.ask_whole(Query(measures, ("customer",), cuts=query.cuts)).frame
    return frame.rename({"customer": "name", "customer.id": "customer"}).drop("grouping")
