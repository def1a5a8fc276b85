"""The report of a page as a file: its charts are taken from the screen, drawn in light colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.ui import session
from pages.ui.served_component import served_component
from pages.ui.style.theme import LIGHT

HERE = Path(__file__).parent
SAVED = "finding-report-saved"


def ask_report() -> None:
    """In the run that follows the page is drawn in light colours, and its report saved; for callbacks."""
    st.session_state[session.IN_LIGHT] = True


def save_report(name: str, html: Callable[[], str]) -> None:
    """Save it, where this run was asked to: called when all that it tells is drawn."""
    if not st.session_state.pop(session.IN_LIGHT, False):
        return
    was_dark = st.context.theme.type == "dark"
    data = {"name": name, "html": html(), "card": LIGHT.card if was_dark else ""}
    _mount(key=SAVED, data=data, on_saved_change=lambda: None)


_mount = served_component(
    "clientela_finding_report",
    html="<i hidden></i>",
    js=(HERE / "report_file.js").read_text(encoding="utf-8"),
)
