"""The list of products, each with a box to tick it off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from data.errors import BadRequest
from pages.discover import portfolio_words as words
from pages.discover.found_portfolio import FoundPortfolio
from pages.discover.portfolio_view import PortfolioView
from pages.ui import session
from pages.ui.plain_frames import columns_of, whole_height
from pages.ui.style.formats import number_text
from pages.ui.written_cells import are_written, writes_of, written

MOST = 5_000
TURN = "portfolio-turn"


def product_table(
    view: PortfolioView, found: FoundPortfolio, picked: pl.DataFrame, go: Callable[[PortfolioView], None]
) -> None:
    """Draw the products picked; `go` gets the view with those ticked off that are marked, and those of other lists."""
    shown = picked.head(MOST)
    if picked.height > MOST:
        st.caption(f"The first {number_text(MOST)} by revenue; the files have all.")
    off = set(found.taken(view)["id"])
    ids = shown["id"].to_list()
    marked = [at for at, id in enumerate(ids) if id in off]
    key = _key(f"portfolio-products-{view.cuts}-{view.at}-{view.cell}-{view.verdict}", marked)

    def ticked() -> None:
        try:
            go(view.ticked([*sorted(off - set(ids)), *(ids[at] for at in _rows(key) if at < len(ids))]))
        except BadRequest as error:
            st.toast(str(error), icon=":material/block:")

    table = words.table(shown)
    by_python = are_written(table)
    drawn: Any = written(table, writes_of(table, words.UNITS, session.currency())) if by_python else table
    st.dataframe(
        drawn,
        hide_index=True,
        height=whole_height(table, 14),
        key=key,
        on_select=ticked,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": marked}},
        column_config=columns_of(table, words.UNITS, by_python),
        alt="Products, each with a box to tick it off",
    )


def _rows(key: str) -> list[int]:
    """The rows that are marked in a grid, in its order."""
    return sorted((st.session_state.get(key) or {}).get("selection", {}).get("rows", []))


def _key(name: str, marked: list[int]) -> str:
    """The key of the grid that stands there; another one where what is off was said elsewhere, as by the browser's way
    back: marks of a grid that stands cannot be set."""
    turn = st.session_state.setdefault(TURN, 0)
    key = f"{name}-{turn}"
    if key in st.session_state and _rows(key) != marked:
        st.session_state[TURN] = turn + 1
        key = f"{name}-{turn + 1}"
    return key
