"""Controls that show a state they do not own: what was chosen goes to a callback, the next run shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import streamlit as st

Option = TypeVar("Option")


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


def as_plain(text: str) -> str:
    """A member's name for a label, where Streamlit would read Markdown.

    >>> as_plain("*A* [b](c)")
    '\\\\*A\\\\* \\\\[b\\\\]\\\\(c\\\\)'
    """
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~:$-])", r"\\\1", text)
