"""A write into the warehouse that a click asks for: done and told in the next run, or refused with its reason."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from data.errors import ClientelaError
from pages.ui.controls import as_plain


def attempt(work: Callable[[], str], key: str) -> None:
    """Do it and run again; what `work` says of it is kept under `key` until `tell` tells it."""
    try:
        with st.spinner("Writing …"):
            st.session_state[key] = work()
    except ClientelaError as error:
        st.error(as_plain(str(error)), icon=":material/error:")
        return
    st.rerun()


def tell(key: str) -> None:
    """What the last attempt said, once."""
    said = st.session_state.pop(key, None)
    if said:
        st.toast(as_plain(said), icon=":material/check:")
