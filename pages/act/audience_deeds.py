"""What its owner does with an audience: renames it, deletes it, and takes the deletion back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from cubes.analysis.follow_audiences import left_leaning
from cubes.analysis.seen_statements import seen_audiences
from data import environment
from data.access.deed import Deed
from data.operational import audiences
from data.operational.audiences import Audience
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from data.operational.standing_on import StandingOn
from pages.explore.written_deeds import Standing, as_seen, do, forget_typed, tell_with_undo, typed_on
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.controls import as_plain

SAID, GONE = "audiences-said", "audiences-gone"


@for_deed(Deed.CAMPAIGN)
def deeds(audience: Audience, closed: Callable[[], None]) -> None:
    """The buttons, for its owner; `closed` is called when it is deleted, in its callback."""
    if audience.owner != environment.who():
        st.caption(f"{as_plain(audience.owner)}’s: only they rename or delete it.")
        return
    key = f"audience-name-{audience.id}"
    opened = typed_on(key, audience.name, audience.said)
    with st.popover("Rename", icon=":material/edit:", key="audience-rename"):
        st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
        st.text_input("New name", max_chars=LONGEST_NAME, key=key)
        st.button("Rename it", key="audience-renamed", type="primary",
                  on_click=lambda: _rename(audience, st.session_state[key], as_seen(opened)))  # fmt: skip
    st.button("Delete", key="audience-delete", icon=":material/delete:",
              help="No campaign finds it any longer; this can be undone",
              on_click=_delete, args=(audience, closed))  # fmt: skip


def told_deeds() -> None:
    """What the last deed did; a deletion can be undone."""
    tell_with_undo(SAID, GONE, "audiences", _undelete)


def forget_deeds() -> None:
    """Whatever was done is told no longer: something else was asked for."""
    for name in (SAID, GONE):
        st.session_state.pop(name, None)


def _rename(audience: Audience, name: str, standing: StandingOn) -> None:
    def deed(store: OperationalStore) -> str:
        audiences.rename(store, audience.id, name, environment.who(), standing)
        return "Renamed."

    forget_deeds()
    forget = partial(forget_typed, f"audience-name-{audience.id}")
    do(SAID, deed, partial(_rename, audience, name), kept=forget)


def _delete(audience: Audience, closed: Callable[[], None], standing: Standing = None) -> None:
    def deed(store: OperationalStore) -> str:
        standing_on = standing or as_seen(audience.said)
        st.session_state[GONE] = audiences.delete(store, audience.id, environment.who(), standing_on)
        left = left_leaning(seen_audiences(session.warehouse()), audience.id)
        return " ".join([f"“{audience.name}” is deleted.", *left])

    forget_deeds()
    if do(SAID, deed, partial(_delete, audience, closed)):
        closed()


def _undelete() -> None:
    statement = st.session_state.pop(GONE)

    def deed(store: OperationalStore) -> str:
        audiences.undelete(store, statement, environment.who())
        return "It is back."

    do(SAID, deed)
