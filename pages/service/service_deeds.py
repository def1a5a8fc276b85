"""What is said on the pages of the service: done once and told, each with the counter-entry that undoes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from data import environment
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import StandingOn
from pages.explore.written_deeds import Standing, do, tell_with_undo

SAID, GONE, PRESSED = "service-said", "service-gone", "service-pressed"
TakeBack = Callable[[OperationalStore, str, str], None]


@dataclass(frozen=True, slots=True)
class UndoneSo:
    """A statement that was said just now, and what takes it back."""

    statement: str
    take_back: TakeBack


def said(
    sentence: str | Callable[[], str],
    deed: Callable[[OperationalStore, str, Standing], str],
    take_back: TakeBack | None,
    standing: Standing = None,
) -> bool:
    """Do a deed, which gets the store, who does it and what they stand on, and gives the statement; whether it went
    well. What is told may be asked once it is done. Somebody else's change meanwhile is shown beside one's own."""

    def done(store: OperationalStore) -> str:
        statement = deed(store, environment.who(), standing)
        if take_back and statement:
            st.session_state[GONE] = UndoneSo(statement, take_back)
        return sentence if isinstance(sentence, str) else sentence()

    def again(on: StandingOn) -> None:
        said(sentence, deed, take_back, on)

    forget()
    return do(SAID, done, again)


def told(name: str) -> None:
    """What the last deed did, with a way to undo it."""
    tell_with_undo(SAID, GONE, name, _undo)


def forget() -> None:
    for key in (SAID, GONE):
        st.session_state.pop(key, None)


def _undo() -> None:
    undone: UndoneSo = st.session_state.pop(GONE)

    def deed(store: OperationalStore) -> str:
        undone.take_back(store, undone.statement, environment.who())
        return "Taken back: it is as it was before. Both are kept."

    do(SAID, deed)


def turn(form: str) -> int:
    """How often the form was saved: its fields bear it, so that they are empty after each time."""
    return int(st.session_state.get(f"{PRESSED}-{form}", 0))


def once(form: str, at: int, deed: Callable[[], bool]) -> None:
    """Do what a form says, unless its button of that turn was pressed already: two quick presses are one."""
    if turn(form) != at:
        return
    if deed():
        st.session_state[f"{PRESSED}-{form}"] = at + 1
