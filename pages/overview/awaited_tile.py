"""A tile whose number is sought behind the page's back: looked for each second, while the page hears clicks."""

from __future__ import annotations

from concurrent.futures import wait
from html import escape
from typing import Any

import streamlit as st

from pages.ui.sought_result import SoughtResult

A_MOMENT = 0.5  # seconds that the page itself waits: of a small firm it is there by then
A_LOOK = 1.0  # seconds between two looks


def is_there(sought: SoughtResult[Any], words: str) -> bool:
    """Whether it is found; where not yet, `words` and how far it is are drawn, and the page anew once it is."""
    wait([sought.future], A_MOMENT)
    if not sought.future.done():
        _looked_for(sought, words)
    return sought.future.done()


@st.fragment(run_every=A_LOOK)
def _looked_for(sought: SoughtResult[Any], words: str) -> None:
    if sought.future.done():
        st.rerun()
    st.html(f'<p class="clientela-quiet" data-testid="tile-awaited">{escape(words)}</p>')
    if sought.done:
        st.progress(sought.done)
