"""What a page changes in the warehouse: done once, and told by the next run in words, whether it went well or not."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from data.errors import ClientelaError
from pages.manage.shared.coloured_notes import note
from pages.ui import session

SAID = "deed-said"


def do(deed: Callable[[], str]) -> bool:
    """Carry out `deed`, which gives a sentence to tell; what a person can mend is told instead of raised."""
    try:
        st.session_state[SAID] = ("good", deed(), "")
    except ClientelaError as error:
        st.session_state[SAID] = ("bad", error.problem, error.remedy)
        return False
    return True


def doing(deed: Callable[[], str]) -> Callable[[], None]:
    """What a button does when it is pressed."""

    def pressed() -> None:
        session.read_locale()
        do(deed)

    return pressed


def told() -> None:
    """What the last deed did, or why it could not; told once."""
    if SAID in st.session_state:
        tone, sentence, more = st.session_state.pop(SAID)
        note(sentence, more, tone, f"deed-{tone}")
