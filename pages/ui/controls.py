"""Controls that show a state they do not own: what was chosen goes to a callback, the next run shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import streamlit as st

Option = TypeVar("Option")
LINKED = re.compile(
    r"https?:(?=//)|www(?=\.)", re.IGNORECASE
)  # what Markdown makes a link of, however it is escaped
JOINER = "\u2060"  # nobody sees it


def chooser(
    label: str,
    key: str,
    options: Sequence[Option],
    value: Option,
    name: Callable[[Option], str],
    go: Callable[[Option], None],
    width: int | Literal["stretch"] = "stretch",
) -> None:
    """A select box that shows `value` and calls `go` with what was chosen instead."""
    st.session_state[key] = value
    st.selectbox(
        label,
        list(options),
        key=key,
        format_func=name,
        on_change=lambda: go(st.session_state[key]),
        label_visibility="collapsed",
        width=width,
    )


def remembered_choice(
    label: str,
    key: str,
    options: Sequence[Option],
    name: Callable[[Option], str],
    width: int | Literal["stretch"] = "stretch",
) -> Option:
    """A select box whose choice the session remembers under `key`; the first option where that is not offered."""
    chosen = next((each for each in options if each == st.session_state.get(key)), options[0])

    def went(option: Option) -> None:
        st.session_state[key] = option

    chooser(label, f"{key}-chosen", options, chosen, name, went, width)
    return chosen


def as_plain(text: str) -> str:
    """A member's name for a label, where Streamlit would read Markdown, or make a link of what looks like one.

    >>> as_plain("*A* [b](c)")
    '\\\\*A\\\\* \\\\[b\\\\]\\\\(c\\\\)'
    """
    unlinked = LINKED.sub(f"\\g<0>{JOINER}", text)
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~:$-])", r"\\\1", unlinked)
