"""The grid in which rejected rows are mended, and what was changed in it so far, whatever part of it is on screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from pages.manage.rejected_rows import raw_rows
from pages.manage.rejected_rows.raw_rows import ROW, WHY
from pages.manage.shared.warehouse_changes import do
from pages.ui.style.formats import count_text, number_text

EVERY = "Every reason"
CHOSEN = "Chosen"
Key = tuple[int, str]
Changes = dict[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class MendGrid:
    """What was done in the grid: all changes so far, the rows that are chosen in it, and the reason that it shows."""

    changes: Changes
    chosen: tuple[int, ...]
    reason: str


def grid_of(key: Key, left: pl.DataFrame, grid: pl.DataFrame) -> MendGrid:
    """Draw the grid; what was done in it by now."""
    reason = reason_of(key, left)
    shown = grid if reason == EVERY else grid.filter(left["bare"] == reason)
    edited = editor(key, shown, raw_rows.mended(shown, stored(key)))
    changes = {**stored(key), **{row: {} for row in shown[ROW]}, **raw_rows.edits(shown, edited)}
    waiting = set(grid[ROW])  # what was loaded meanwhile is changed no more
    changes = {row: told for row, told in changes.items() if told and row in waiting}
    st.session_state[_name("pending", key)] = changes
    brought_back(key, grid)
    return MendGrid(changes, tuple(edited.filter(CHOSEN)[ROW]), reason)


def _name(what: str, key: Key) -> str:
    return f"mend-{what}-{key[0]}-{key[1]}"


def stored(key: Key) -> Changes:
    """What was changed before the grid that is on screen was drawn."""
    found: Changes = st.session_state.get(_name("stored", key), {})
    return found


def round_of(key: Key) -> int:
    """How often the grid was drawn anew: widgets that begin with it carry this."""
    return int(st.session_state.get(_name("round", key), 0))


def draw_anew(key: Key, changes: Changes | None = None) -> None:
    """Another grid, which begins with these changes, else with those made so far."""
    kept = st.session_state.get(_name("pending", key), {}) if changes is None else changes
    st.session_state[_name("stored", key)] = kept
    st.session_state[_name("round", key)] = round_of(key) + 1


def reason_of(key: Key, left: pl.DataFrame) -> str:
    """Draw the choice of reasons, where there are several; the one that is chosen."""
    counts = left["bare"].value_counts(sort=True).rows()
    if len(counts) < 2:
        return EVERY
    names = {
        EVERY: f"{EVERY} ({number_text(left.height)})",
        **{bare: f"{bare} ({number_text(rows)})" for bare, rows in counts},
    }
    with st.container(width=420):
        chosen: str = st.selectbox(
            "Show", list(names), format_func=names.__getitem__, key=_name("reason", key),
            on_change=lambda: draw_anew(key), label_visibility="collapsed",
        )  # fmt: skip
    return chosen


def editor(key: Key, shown: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    again = round_of(key)
    columns: dict[str, Any] = {
        CHOSEN: st.column_config.CheckboxColumn(pinned=True, width="small", help="Choose rows to dismiss."),
        ROW: st.column_config.NumberColumn(pinned=True, width="small"),
        WHY: st.column_config.TextColumn(width="medium"),
    }
    edited: pl.DataFrame = st.data_editor(
        base.insert_column(0, pl.repeat(False, base.height, eager=True).alias(CHOSEN)),
        key=f"{_name('grid', key)}-{again}",
        hide_index=True,
        disabled=[ROW, WHY],
        num_rows="fixed",
        height=min(460, 40 + 35 * max(shown.height, 1)),
        column_config=columns,
    )
    return edited


def brought_back(key: Key, grid: pl.DataFrame) -> None:
    """A mended CSV comes back into the grid."""
    again = round_of(key)
    box = f"{_name('csv', key)}-{again}"

    def received() -> None:
        file = st.session_state[box]
        if file is not None:
            do(lambda: _taken(key, raw_rows.from_csv(file.getvalue(), grid)))

    with st.expander("Bring a mended CSV back"):
        st.file_uploader(
            "Mended rows", type=["csv"], key=box, on_change=received, label_visibility="collapsed"
        )


def _taken(key: Key, changes: Changes) -> str:
    draw_anew(key, {**st.session_state.get(_name("pending", key), {}), **changes})
    return f"{count_text(len(changes), 'row of the file differs', 'rows of the file differ')}: look at them, then load."
