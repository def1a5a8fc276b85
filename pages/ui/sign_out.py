"""Who is signed in, and the way out, on every page: a form, which needs nothing of the page."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.ui.session_watch import watch_session

FORM = (
    '<form class="clientela-person" method="post" action="/sign-out"><span title="{person}">{person}</span>'
    "<button>Sign out</button></form>"
)


def sign_out(person: str) -> None:
    """Draw both, where somebody is signed in; the page is left where that is over."""
    if person:
        st.html(FORM.format(person=escape(person)))
        watch_session()
