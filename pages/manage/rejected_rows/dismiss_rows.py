"""Rejected rows that are never to be loaded: dismissed with a reason, settled by what came since, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from data import environment
from data.access.deed import Deed
from data.load.mend_rows import dismiss, settled, take_back
from pages.manage.rejected_rows.mend_grid import draw_anew, round_of
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.warehouse_changes import doing
from pages.ui import session
from pages.ui.allowed_deeds import for_deed, may
from pages.ui.style.formats import count_text, number_text

CHOSEN, SHOWN = "chosen", "shown"


@for_deed(Deed.LOAD)
def settled_since(chosen: dict[str, Any], left: pl.DataFrame) -> None:
    """Rows whose record came since, by the batch that brought it, each with the click that settles them."""
    found = settled(session.warehouse(), chosen["batch"], chosen["part"])
    waiting = set(left["row"])
    for batch in sorted(set(found.values())):
        rows = [row for row, brought in found.items() if brought == batch and row in waiting]
        if not rows:
            continue
        said = f"{count_text(len(rows), 'of these rows', 'of these rows')} came since"
        with st.container(horizontal=True, vertical_alignment="center", key=f"settled-{batch}"):
            note(said, f"in batch {batch}: a corrected file brought what they tell.", "look", "came-since")
            st.button(
                "Settle it" if len(rows) == 1 else "Settle them",
                key=f"settle-{batch}",
                on_click=doing(partial(_dismissed, chosen, rows, f"came in batch {batch}")),
            )


@for_deed(Deed.LOAD)
def dismiss_form(chosen: dict[str, Any], left: pl.DataFrame, ticked: Sequence[int]) -> None:
    """Close rows for good: those that are ticked in the grid, or all that are shown."""
    ways = {CHOSEN: f"The {number_text(len(ticked))} chosen"} if ticked else {}
    ways |= {SHOWN: f"All {number_text(left.height)}" if left.height > 1 else "This row"}
    key = f"dismiss-{chosen['batch']}-{chosen['part']}-{round_of((chosen['batch'], chosen['part']))}"

    def pressed() -> str:
        rows = ticked if st.session_state[f"{key}-which"] == CHOSEN else left["row"].to_list()
        return _dismissed(chosen, rows, st.session_state[f"{key}-why"])

    with (
        st.popover("Dismiss rows", icon=":material/block:", type="tertiary", key="dismiss-popover"),
        st.form(f"{key}-form", border=False),
    ):
        st.radio("Which rows", list(ways), format_func=ways.__getitem__, key=f"{key}-which", horizontal=True)
        st.text_input("Why they are never to be loaded", key=f"{key}-why", placeholder="a test order, say")
        st.form_submit_button("Dismiss", key="dismiss", type="primary", on_click=doing(pressed))
        st.caption("They are kept with your reason, and can be taken back.")


def _dismissed(chosen: dict[str, Any], rows: Sequence[int], why: str) -> str:
    count = dismiss(
        environment.warehouse().resolve(), chosen["batch"], chosen["part"], sorted(set(rows)), why
    )
    draw_anew((chosen["batch"], chosen["part"]))
    return f"{count_text(count, 'row is', 'rows are')} dismissed: {' '.join(why.split())}."


def dismissed(chosen: dict[str, Any], done: pl.DataFrame) -> None:
    """What was dismissed, by its reason, and the way to take it back."""
    gone = done.filter(pl.col("mended_in") == 0)
    by_reason = gone.group_by("dismissed").agg(pl.col("row").unique().sort()).sort("dismissed")
    for at, (why, rows) in enumerate(by_reason.iter_rows()):
        with st.container(horizontal=True, vertical_alignment="center", key=f"dismissed-{at}"):
            note(f"{count_text(len(rows), 'row was', 'rows were')} dismissed:", f"{why}.", mark="dismissed")
            if may(Deed.LOAD):
                st.button("Take back", key=f"take-back-{at}", icon=":material/undo:", type="tertiary",
                      on_click=doing(partial(_taken_back, chosen, rows)))  # fmt: skip


def _taken_back(chosen: dict[str, Any], rows: Sequence[int]) -> str:
    count = take_back(environment.warehouse().resolve(), chosen["batch"], chosen["part"], rows)
    return f"{count_text(count, 'row waits', 'rows wait')} again."
