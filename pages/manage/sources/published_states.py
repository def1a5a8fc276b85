"""What was done to the warehouse, the latest first, and the way back: undo the last load, or put up a kept state."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data import environment
from data.access.deed import Deed
from data.recovery import earlier_states
from data.store import publication
from pages.manage.shared.html_tables import Row, TableCell, count, table
from pages.manage.shared.warehouse_changes import doing
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.local_time import in_words
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text, format_value

SHOWN = 8
STATES = {"current": "✓ here now", "kept": "kept", "": "let go of"}


def published() -> None:
    """The latest publications, and buttons to go back."""
    path = environment.warehouse().resolve()
    found = earlier_states.history(path)
    if found.is_empty():
        return
    with card("published"):
        section("Last changes", "Going back loses nothing: what is here now is kept as well.")
        heads = ("When", "What was done", "#Batch", "#Order lines", "#Revenue", "State")
        table(
            heads, [_row(row) for row in found.head(SHOWN).iter_rows(named=True)], "published", "Last changes"
        )
        with st.container(horizontal=True, vertical_alignment="bottom", key="published-ways"):
            _undo()
            _go_back(found.filter(pl.col("state") == "kept"))


def _row(row: dict[str, Any]) -> Row:
    revenue = format_value(float(row["revenue"]), "money", session.currency(), True)
    return (
        TableCell(in_words(row["published_at"])),
        TableCell(in_deed(row["deed"])),
        TableCell("" if row["batch"] is None else str(row["batch"]), number=True),
        count(row["lines"]),
        TableCell(revenue, number=True),
        TableCell(STATES[row["state"]], "good" if row["state"] == "current" else "quiet"),
    )


def in_deed(deed: str) -> str:
    """A deed as a sentence begins.

    >>> in_deed("load erp")
    'Load erp'
    """
    return deed[:1].upper() + deed[1:]


@for_deed(Deed.LOAD)
def _undo() -> None:
    path = environment.warehouse().resolve()
    load = publication.last_load(publication.published(path))
    if load is None or load.follows not in publication.kept(path):
        return
    with st.popover("Undo the last load", icon=":material/undo:", key="undo-popover"):
        when = in_words(load.published_at)
        st.caption(
            f"Puts up again what was here before: {in_deed(load.deed)}, {when}. You can come back to it."
        )
        batch = load.batch
        st.button("Undo this load", key="undo-load", type="primary", on_click=doing(lambda: _undone(batch)))


def _undone(batch: int | None) -> str:
    done = earlier_states.undo_load(environment.warehouse().resolve(), batch)
    with_it = f" With it went: {', '.join(done.deeds)}." if done.deeds else ""
    return f"The last load is undone.{with_it} What was here is kept as state {done.kept}."


@for_deed(Deed.LOAD)
def _go_back(kept: pl.DataFrame) -> None:
    if kept.is_empty():
        return
    names = {
        row["number"]: f"{row['number']}: {in_deed(row['deed'])}, {count_text(row['lines'], 'line')}"
        for row in kept.iter_rows(named=True)
    }
    with st.popover(
        "Put up an earlier state", icon=":material/history:", type="tertiary", key="back-popover"
    ):
        chosen = st.selectbox("State", list(names), format_func=names.__getitem__, key="back-number")
        st.button("Put it up", key="go-back", type="primary", on_click=doing(lambda: _gone_back(chosen)))


def _gone_back(number: int) -> str:
    left_out = earlier_states.go_back(environment.warehouse().resolve(), number)
    told = " Files that are not in it stay away from scheduled loads until they change." if left_out else ""
    return f"State {number} is here again.{told}"
