"""Whether what is loaded joins the firm that is here, or takes its place: asked where nothing else tells."""

from __future__ import annotations

import polars as pl
import streamlit as st

from pages.manage.draft import Draft
from pages.manage.holdings import in_few_words
from pages.manage.notes import Tone, note
from pages.ui import session
from pages.ui.controls import as_plain

ADD, INSTEAD = "add", "instead"
WAITS = "Say whether these files are of the firm that is here."
KEPT = "What is here now is set aside, not lost: “Another firm” at the top puts it back."


def usual(draft: Draft, batches: pl.DataFrame, simulated: bool) -> str:
    """Where files go if nobody says so: to the firm that is here, if somebody wrote the name of a source of it."""
    if simulated:
        return INSTEAD
    return ADD if draft.written and draft.mapping.source in batches["source"].to_list() else ""


def place(draft: Draft, batches: pl.DataFrame, simulated: bool) -> str:
    """Draw the question where there is one; "add", "instead", or nothing while the answer is awaited."""
    if batches.is_empty():
        return ADD
    profile = session.warehouse().profile
    firm = profile.firm or "the firm that is here"
    names = {
        ADD: "Mix with it" if simulated else f"More of {as_plain(firm)}: add to it",
        INSTEAD: "Take its place" if simulated else "Another firm: take its place",
    }
    key = f"data-place-{draft.mapping.source}-{draft.written}-{profile.version}"
    st.session_state.setdefault(key, usual(draft, batches, simulated) or None)
    kind = ", a simulated firm" if simulated else ""
    asks = "" if simulated else "Are these files of the same firm?"
    words = f"The warehouse holds {in_few_words(profile)}{kind}."
    with st.container(gap="xsmall", key="data-place"):
        tone: Tone = "plain" if st.session_state[key] else "look"
        note(words, asks, tone, "data-place")
        chosen = st.segmented_control(
            "Where these files go", list(names), format_func=names.__getitem__, key=key,
            label_visibility="collapsed",
        )  # fmt: skip
        if chosen == INSTEAD:
            st.caption(KEPT)
    return chosen or ""
