"""Somebody looked up: a field for a name or number, and whoever is called so as buttons."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cubes.members.member_search import Member
from cubes.model import Level
from pages.ui import member_lookup, noted_looks, session
from pages.ui.controls import as_plain


def member_finder(name: str, level: Level, pick: Callable[[Member], None], most: int = 20) -> None:
    """`pick` gets the member whose button is pressed; the field is empty from then on. `name` tells fields apart."""
    field = f"{name}-find"
    with st.container(width=420):
        text = st.text_input(f"Find a {level.label.lower()} by name or number", key=field)
    if not text.strip():
        return
    near = member_lookup.search(session.warehouse(), level, text.strip(), most)
    noted_looks.searched(text, "member_finder")
    if not near:
        st.caption("Nobody is called so.")

    def picked(member: Member) -> None:
        st.session_state[field] = ""
        pick(member)

    with st.container(horizontal=True, gap="small"):
        for each in near:
            st.button(as_plain(each.label), key=f"{name}-who-{each.code}", type="tertiary", help=each.id,
                      on_click=picked, args=(each,))  # fmt: skip
