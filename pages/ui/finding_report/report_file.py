"""The report of a page as a file: its charts are taken from the screen, drawn in light colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from data.people import audit_log
from data.people.audit_event import thing
from data.people.export_note import exporting
from pages.ui import session
from pages.ui.served_component import served_component
from pages.ui.style.theme import LIGHT

HERE = Path(__file__).parent
SAVED, REASON = "finding-report-saved", "finding-report-reason"


def ask_report(reason: str = "") -> None:
    """In the run that follows the page is drawn in light colours, and its report saved; for callbacks."""
    st.session_state[session.IN_LIGHT] = True
    st.session_state[REASON] = reason


def save_report(name: str, html: Callable[[], str]) -> None:
    """Save it, where this run was asked to: called when all that it tells is drawn."""
    if not st.session_state.pop(session.IN_LIGHT, False):
        return
    with audit_log.because(st.session_state.pop(REASON, "")):
        exporting("report", thing("file", name))
    was_dark = st.context.theme.type == "dark"
    data = {"name": name, "html": html(), "card": LIGHT.card if was_dark else ""}
    _mount(key=SAVED, data=data, on_saved_change=lambda: None)


_mount = served_component(
    "clientela_finding_report",
    html="<i hidden></i>",
    js=(HERE / "report_file.js").read_text(encoding="utf-8"),
)
