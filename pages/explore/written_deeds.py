"""What a person writes down on a page: done at once, and told in a sentence, whether it went well or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import streamlit as st

from data import environment
from data.errors import ChangedMeanwhile, ClientelaError
from data.operational import operational_store, statement_log
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import StandingOn
from pages.ui.changed_meanwhile import NO_WORDS, OvertakenWrite, Words, changed_meanwhile

OWN = "own-statements"
Standing = StandingOn | None


def do(
    key: str,
    deed: Callable[[OperationalStore], str],
    again: Callable[[StandingOn], object] | None = None,
    **ways: Callable[[], object] | None,
) -> bool:
    """Carry out a deed, which gives a sentence; that, or why it could not be, is told under `key`.

    `again` does the same in the place of what somebody changed meanwhile, once both versions were looked at; `ways` are
    the others that `OvertakenWrite` knows.
    """
    try:
        with own_statements():
            told: Any = ("good", deed(operational_store.ready(environment.warehouse().resolve())))
    except ChangedMeanwhile as error:
        told = OvertakenWrite(error, again, **ways) if again else _why(error)
    except ClientelaError as error:
        told = _why(error)
    st.session_state[key] = told
    return isinstance(told, tuple) and told[0] == "good"


def _why(error: ClientelaError) -> tuple[str, str]:
    return "bad", f"{error.problem} {error.remedy or ''}"


@contextmanager
def own_statements() -> Iterator[None]:
    """What is said in here this session said: nobody else changed it."""
    with statement_log.heard() as said:
        yield
    st.session_state[OWN] = st.session_state.get(OWN, frozenset()) | set(said)


def as_seen(*statements: str) -> StandingOn:
    """What stands on what a page showed, and on what this session said since."""
    return StandingOn.of(*statements, *st.session_state.get(OWN, ()))


def typed_on(key: str, shown: str, said: str) -> str:
    """The statement on which what is typed into the widget of `key` stands: the one that it showed when that began.

    Called before the widget is drawn, whose text is what the statement `said` says, `shown`, until something is typed.
    """
    before = st.session_state.get(f"{key}-on")
    typed = st.session_state.get(key, shown)
    if before and typed not in (before[0], shown):
        return str(before[1])
    st.session_state[f"{key}-on"] = (shown, said)
    st.session_state[key] = shown
    return said


def forget_typed(key: str) -> None:
    """What was typed into the widget of `key` gives way to what holds now."""
    st.session_state[f"{key}-on"] = (st.session_state.get(key), "")


def tell(key: str, words: Words = NO_WORDS) -> None:
    """What the last deed did; of one that another was faster than, both versions, their values said by `words`."""
    told = st.session_state.get(key)
    if isinstance(told, OvertakenWrite):
        changed_meanwhile(key, told, lambda: st.session_state.pop(key, None), words)
    elif told:
        tone, sentence = told
        st.html(f'<p class="clientela-verdict {tone}" role="status">{escape(sentence)}</p>')


def is_refused(key: str) -> bool:
    """Whether the last deed could not be done, and nothing is left to choose."""
    told = st.session_state.get(key)
    return isinstance(told, tuple) and told[0] == "bad"


def waits(key: str) -> bool:
    """Whether a write waits for what a person chooses."""
    return isinstance(st.session_state.get(key), OvertakenWrite)


def tell_with_undo(key: str, gone: str, name: str, undo: Callable[[], None], words: Words = NO_WORDS) -> None:
    """What the last deed did; a deletion, whose statement lies under `gone`, can be undone. `name` is that of the part
    of the page that it stands in."""
    if waits(key):
        tell(key, words)
    elif key in st.session_state:
        with st.container(horizontal=True, vertical_alignment="center", key=f"{name}-told"):
            tell(key)
            if gone in st.session_state:
                st.button(
                    "Undo", key=f"{name}-undelete", icon=":material/undo:", type="tertiary", on_click=undo
                )
