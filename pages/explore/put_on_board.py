"""Puts what a page found on a board: one of those that a person sees, or a new one."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.errors import WarehouseError
from data.operational import boards, operational_store
from data.operational.boards import FINDING, PRIVATE
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from pages.explore.written_deeds import do, tell
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.controls import as_plain
from pages.ui.open_pages import link_to

BOARDS = "overview/boards_page.py"
NEW = ""
WANTED = "findings-wanted"


@for_deed(Deed.WRITE)
def put_on_board(addresses: Mapping[str, str], key: str) -> None:
    """A popover; `addresses` are those of findings, `segments?method=rfm`, by what they are called.

    The page drew them: they are at hand.
    """
    said, place = f"{key}-said", f"{key}-put"
    opened = st.popover("Put on a board", icon=":material/dashboard_customize:", type="tertiary", key=key,
                        on_change="rerun")  # fmt: skip
    if not opened.open:
        st.session_state.pop(said, None)
        st.session_state.pop(place, None)
        return
    with opened:
        st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
        _form(addresses, key, said)
        tell(said)
        if place in st.session_state:
            link_to(
                BOARDS,
                label="Go to the board",
                icon=":material/arrow_forward:",
                query_params={"board": st.session_state[place]},
            )


def want(address: str) -> None:
    """Have a finding drawn for everybody who reads this snapshot: somebody waited for it, or will."""
    session.warehouse().beside.setdefault(WANTED, set()).add(address)


def is_wanted(address: str) -> bool:
    return address in session.warehouse().beside.get(WANTED, ())


def _form(addresses: Mapping[str, str], key: str, said: str) -> None:
    who = environment.who()
    try:
        names = {each.id: each.name for each in boards.boards(operational_store.of(session.warehouse()), who)}
    except WarehouseError as error:
        st.caption(as_plain(f"{error.problem} {error.remedy or ''}"))
        return
    address = _what(addresses, key)
    chosen = st.selectbox("Board", [*names, NEW], key=f"{key}-board",
                          format_func=lambda id: names.get(id, "A new board"))  # fmt: skip
    if chosen == NEW:
        st.text_input("Name of the board", key=f"{key}-name", max_chars=LONGEST_NAME)

    def put() -> None:
        do(said, lambda store: _put(store, address, chosen, key))

    st.button("Put it there", key=f"{key}-it", type="primary", on_click=put)


def _what(addresses: Mapping[str, str], key: str) -> str:
    """The address of what is put there; asked for where there are several."""
    first = next(iter(addresses))
    if len(addresses) == 1:
        return addresses[first]
    name = st.segmented_control("What", list(addresses), key=f"{key}-what", default=first, required=True)
    return addresses[name or first]


def _put(store: OperationalStore, address: str, chosen: str, key: str) -> str:
    who = environment.who()
    board = chosen or boards.create(store, st.session_state[f"{key}-name"], PRIVATE, who)
    boards.add_tile(store, board, address, FINDING, who)
    st.session_state[f"{key}-put"] = board
    want(address)
    return "It stands on the board."
