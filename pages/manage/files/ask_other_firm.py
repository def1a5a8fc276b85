"""The whole warehouse at once: back to the firm that was here before, or to the demonstration firm. Nothing is lost."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.errors import ClientelaError
from data.recovery import replacement
from pages.manage.files.data_page_state import put_away, refused, say, started
from pages.manage.shared.load_jobs import Demonstration, desk
from pages.manage.shared.warehouse_contents import described, kept_before
from pages.ui import session
from pages.ui.allowed_deeds import for_deed


@for_deed(Deed.LOAD)
def change_of_firm(simulated: bool) -> None:
    """The way back to the firm that was here before, or to the demonstration firm."""
    if desk().under_way() is not None:
        return
    path = environment.warehouse().resolve()
    before = kept_before(path)
    if before is None and simulated:
        return
    with st.popover("Another firm", icon=":material/swap_horiz:", type="tertiary"):
        st.caption("What is here now is set aside, not lost: you can come back to it in the same way.")
        if before is not None:
            st.button(
                f"Put back {described(before)}", key="firm-before", icon=":material/undo:", on_click=undone
            )
        else:
            st.button("Bring the demonstration firm back", key="firm-demo", icon=":material/factory:",
                      on_click=lambda: demonstrate(path))  # fmt: skip


def undone() -> None:
    try:
        replacement.exchange(environment.warehouse().resolve())
    except ClientelaError as error:
        refused(error)
        return
    put_away()
    say(f"{session.warehouse().profile.firm or 'The earlier warehouse'} is back.")


def demonstrate(path: Path) -> None:
    try:
        started(Demonstration(path))
    except ClientelaError as error:
        refused(error)
