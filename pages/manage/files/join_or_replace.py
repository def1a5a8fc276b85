"""Whether what is loaded joins the firm that is here, or takes its place: asked where nothing else tells."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data import environment
from data.load.checking.other_firm import other_firm
from pages.manage.files.mapping_draft import Draft
from pages.manage.shared.coloured_notes import Tone, note
from pages.manage.shared.warehouse_contents import in_few_words
from pages.ui import session
from pages.ui.controls import as_plain

ADD, INSTEAD = "add", "instead"
WAITS = "Say whether these files are of the firm that is here."
KEPT = "What is here now is set aside, not lost: “Another firm” at the top puts it back."


def usual(draft: Draft, batches: pl.DataFrame, simulated: bool, other: str) -> str:
    """Where files go if nobody says so: to the firm that is here, if somebody wrote the name of a source of it.

    `other` is the firm that is here, where the mapping says another one.
    """
    if simulated:
        return INSTEAD
    known = draft.written and draft.mapping.source in batches["source"].to_list()
    return ADD if known and not other else ""


def place(draft: Draft, batches: pl.DataFrame, simulated: bool) -> str:
    """Draw the question where there is one; "add", "instead", or nothing while the answer is awaited."""
    if batches.is_empty():
        return ADD
    profile = session.warehouse().profile
    other = other_firm(environment.warehouse().resolve(), draft.mapping)
    names = _names(profile.firm, simulated, other)
    key = f"data-place-{draft.mapping.source}-{draft.mapping.firm}-{draft.written}-{profile.version}"
    st.session_state.setdefault(key, usual(draft, batches, simulated, other) or None)
    words = f"The warehouse holds {in_few_words(profile)}{', a simulated firm' if simulated else ''}."
    asks = f"Is {draft.mapping.firm} the same firm?" if other else "Are these files of the same firm?"
    with st.container(gap="xsmall", key="data-place"):
        tone: Tone = "plain" if st.session_state[key] else "look"
        note(words, "" if simulated else asks, tone, "data-place")
        chosen = st.segmented_control(
            "Where these files go",
            list(names),
            format_func=names.__getitem__,
            key=key,
            label_visibility="collapsed",
        )
        if chosen == INSTEAD:
            st.caption(KEPT)
    return chosen or ""


def _names(firm: str, simulated: bool, other: str) -> dict[str, str]:
    if simulated:
        return {ADD: "Mix with it", INSTEAD: "Take its place"}
    more = "One firm by two names" if other else f"More of {as_plain(firm or 'the firm that is here')}"
    return {ADD: f"{more}: add to it", INSTEAD: "Another firm: take its place"}
