"""What a link asks that the table does not show, and why."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st


def notices(reasons: Iterable[str]) -> None:
    """Why measures of the question are not in the table."""
    told = " ".join(dict.fromkeys(reasons))
    if told:
        st.html(f'<p class="clientela-quiet" data-testid="not-shown">{escape(told)}</p>')
