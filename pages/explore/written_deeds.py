"""What a person writes down on a page: done at once, and told in a sentence, whether it went well or not."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from data import environment
from data.errors import ClientelaError
from data.operational import operational_store
from data.operational.operational_store import OperationalStore


def do(key: str, deed: Callable[[OperationalStore], str]) -> bool:
    """Carry out a deed, which gives a sentence; that, or why it could not be, is told under `key`."""
    try:
        st.session_state[key] = ("good", deed(operational_store.ready(environment.warehouse().resolve())))
    except ClientelaError as error:
        st.session_state[key] = ("bad", f"{error.problem} {error.remedy or ''}")
        return False
    return True


def tell(key: str) -> None:
    """What the last deed did."""
    if key in st.session_state:
        tone, sentence = st.session_state[key]
        st.html(f'<p class="clientela-verdict {tone}" role="status">{escape(sentence)}</p>')


def tell_with_undo(key: str, gone: str, name: str, undo: Callable[[], None]) -> None:
    """What the last deed did; a deletion, whose statement lies under `gone`, can be undone. `name` is that of the part
    of the page that it stands in."""
    if key not in st.session_state:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"{name}-told"):
        tell(key)
        if gone in st.session_state:
            st.button("Undo", key=f"{name}-undelete", icon=":material/undo:", type="tertiary", on_click=undo)
