"""A tile whose number takes minutes where customers are many: there somebody has to ask for it, once."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.explore.put_on_board import is_wanted, want
from pages.ui import session
from pages.ui.style.formats import count_text


def is_drawn(wanted: str, key: str, words: str, most: int) -> bool:
    """Whether to draw a tile: of up to `most` customers, or where somebody asked for what is `wanted`. Else a button
    offers to; `words` say of so many customers what it takes."""
    many = session.warehouse().profile.known.get("customer", 0)
    if many <= most or is_wanted(wanted):
        return True
    said = f"{words.format(count_text(many, 'customer'))} Nobody has asked for it yet."
    st.html(f'<p class="clientela-quiet">{escape(said)}</p>')
    st.button("Draw", key=f"draw-{key}", icon=":material/query_stats:", on_click=want, args=(wanted,))
    return False
