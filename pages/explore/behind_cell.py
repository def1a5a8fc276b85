"""What lies behind a cell: its customers, lines and loads, with the sums that show that they are all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from cubes.drill_through import rows_behind
from cubes.query import Query
from data.access.deed import Deed
from pages.ui import noted_looks, session
from pages.ui.allowed_deeds import may
from pages.ui.export_files import downloads
from pages.ui.lineage_panel import loads_behind, told
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import count_text, money_text, number_text

UNITS = {"revenue": "money", "cost": "money", "return_rate": "percent"}
MOST_LINES, SHOWN_ROWS = 1_000_000, 1_000
WHICH = "behind-which"
CUSTOMERS, LINES, LOADS = "customers", "lines", "loads"


def behind(
    query: Query,
    title: str,
    close: Callable[[], None],
    why: Callable[[], None] | None = None,
    audience: Callable[[], None] | None = None,
) -> None:
    """What lies behind the cell of a question's cuts; customers only of order lines. `why` and `audience` are what
    buttons ask for."""
    with st.container(border=True, key="card-behind"):
        _heading(title, close, why, audience)
        if session.cube(query.cube).has_orders:
            _of_sales(query)
        else:
            _of_records(query)


def _heading(
    title: str,
    close: Callable[[], None],
    why: Callable[[], None] | None,
    audience: Callable[[], None] | None,
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<h2 class="clientela-section" data-testid="behind">Behind {escape(title)}</h2>')
        st.space("stretch")
        for name, (label, icon, deed) in {
            "audience": ("Make an audience", "group_add", audience if may(Deed.CAMPAIGN) else None),
            "why": ("Why did it move?", "troubleshoot", why),
        }.items():
            if deed is not None:
                st.button(
                    label, key=f"behind-{name}", type="tertiary", icon=f":material/{icon}:", on_click=deed
                )
        st.button("Close", key="behind-close", type="tertiary", icon=":material/close:", on_click=close)


def _of_sales(query: Query) -> None:
    total = session.ask(_within(query, "revenue", "units", "order_lines", "customers")).frame
    lines, customers = int(total["order_lines"][0] or 0), int(total["customers"][0] or 0)
    which = _which(
        {
            CUSTOMERS: count_text(customers, "customer"),
            LINES: count_text(lines, "order line"),
            LOADS: "Where from",
        }
    )
    revenue = money_text(total["revenue"][0] or 0, session.currency())
    units = number_text(total["units"][0] or 0)
    _table(query, which, lines, f"Revenue of the cell: {revenue}; units: {units}.")


def _of_records(query: Query) -> None:
    records = int(loads_behind(query)["lines"].sum())
    _table(query, _which({LINES: count_text(records, "record"), LOADS: "Where from"}), records, "")


def _which(tabs: dict[str, str]) -> str:
    if st.session_state.get(WHICH) not in tabs:
        st.session_state[WHICH] = next(iter(tabs))
    chosen = st.segmented_control(
        "What lies behind",
        list(tabs),
        key=WHICH,
        required=True,
        format_func=tabs.__getitem__,
        label_visibility="collapsed",
    )
    return str(chosen)


def _table(query: Query, which: str, lines: int, sums: str) -> None:
    store = session.warehouse()
    make: Callable[[], pl.DataFrame]
    if which == LINES:
        frame = rows_behind.order_lines(store, query)
        caption = lines_caption(frame.height, lines)
        make = lambda: rows_behind.order_lines(store, query, limit=MOST_LINES)  # noqa: E731
    elif which == LOADS:
        frame = loads_behind(query)
        caption = told(frame, session.currency()).rstrip(".")
        make = lambda: frame  # noqa: E731
    else:
        frame = customers_behind(query)
        caption = f"{count_text(frame.height, 'row')}; lines without a customer stand as (unknown)"
        make = lambda: customers_behind(query)  # noqa: E731
    noted_looks.saw_rows("rows_behind_cell", min(frame.height, SHOWN_ROWS))
    frame_view(frame.head(SHOWN_ROWS), f"behind-{which}", UNITS)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{caption}. {sums}".strip())
        st.space("stretch")
        downloads("clientela-behind", make, "behind")


def lines_caption(shown: int, lines: int) -> str:
    """How many of a cell's lines the table shows, and the files hold where that is not all of them."""
    if shown >= lines:
        return f"All {count_text(lines, 'line')}" if lines != 1 else "The only line"
    files = f"; the files hold the latest {number_text(MOST_LINES)}" if lines > MOST_LINES else ""
    return f"The latest {number_text(shown)} of {count_text(lines, 'line')}{files}"


def customers_behind(query: Query) -> pl.DataFrame:
    """One row a customer within the cuts, the greatest revenue first."""
    measures = ("revenue", "orders", "units", "order_lines", "return_rate", "last_purchase")
    frame = session.ask_whole(replace(_within(query, *measures), rows=("customer",))).frame
    return frame.rename({"customer": "name", "customer.id": "customer"}).drop("grouping")


def _within(query: Query, *measures: str) -> Query:
    return Query(measures, cuts=query.cuts, cube=query.cube, as_of=query.as_of)
