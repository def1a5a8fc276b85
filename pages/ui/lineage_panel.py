"""Where a number comes from: the loads and files behind a cell, with the sum that shows that they are all of it."""

from __future__ import annotations

from html import escape

import polars as pl
import polars.selectors as cs
import streamlit as st

from cubes.drill_through import rows_behind
from cubes.query import Query
from pages.ui import session
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import count_text, money_text

UNITS = {"revenue": "money"}
SHORT = ("file", "lines", "revenue", "source", "loaded_at", "batch")


def loads_behind(query: Query) -> pl.DataFrame:
    """One row a load, as people read it; an unnamed one is told as such."""
    found = rows_behind.batches(session.warehouse(), query)
    return found.with_columns(
        cs.decimal().cast(pl.Float64),
        pl.col("source").fill_null("(not in the ledger)"),
        pl.col("file").fill_null(""),
    ).drop("origin")


def told(loads: pl.DataFrame, currency: str) -> str:
    """The sum in words, for tests and for whoever checks it; only order lines have a revenue.

    >>> told(pl.DataFrame({"lines": [1, 2], "revenue": [1.5, 2.0]}), "EUR")
    '2 loads brought 3 lines; their revenue is €3.50.'
    """
    brought = "brought" if loads.height != 1 else "alone brought"
    lines = int(loads["lines"].sum())
    if "revenue" not in loads.columns:
        return f"{count_text(loads.height, 'load')} {brought} {count_text(lines, 'record')}."
    revenue = money_text(loads["revenue"].sum() or 0, currency)
    return f"{count_text(loads.height, 'load')} {brought} {count_text(lines, 'line')}; their revenue is {revenue}."


def where_from(query: Query, key: str, label: str = "Where these numbers come from") -> None:
    """A small button that opens the loads behind a page's numbers."""
    opened = st.popover(
        label, icon=":material/account_tree:", type="tertiary", key=f"{key}-from", on_change="rerun"
    )
    if opened.open:
        with opened:
            loads = loads_behind(query)
            frame_view(loads.select(SHORT), f"{key}-loads", UNITS, min(320, 40 + 35 * max(loads.height, 1)))
            st.html(
                f'<p class="clientela-quiet" data-testid="{key}-told">{escape(told(loads, session.currency()))}</p>'
            )
