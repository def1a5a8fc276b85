"""What a link asks that the table does not show, and one click to what can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from cubes.query import split_measure
from pages.explore import shown_as
from pages.explore.explore_view import View, parse_view
from pages.ui import session
from pages.ui.controls import as_plain

Go = Callable[[View], None]


def notices(view: View, reason: str, go: Go) -> None:
    """Why values stand instead of what is derived from them, and the other measures that the link names."""
    if reason:
        st.html(f'<p class="clientela-quiet" data-testid="not-shown">{escape(reason)} Values are shown.</p>')
    shown, *others = view.query.measures
    if others:
        _others(view, shown, others, go)


def _others(view: View, shown: str, others: list[str], go: Go) -> None:
    names = {text: label(text, view.query.cube) for text in (shown, *others)}
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="other-measures"):
        count = len(names)
        st.html(
            f'<p class="clientela-quiet" data-testid="one-of-several">The link asks for {count} measures, and one '
            f"is shown at a time: {escape(names[shown])}. Show instead</p>",
            width="content",
        )
        for at, text in enumerate(others):
            st.button(
                as_plain(names[text]),
                key=f"other-measure-{at}",
                on_click=lambda text=text: go(first(view, text)),
            )


def label(text: str, cube: str) -> str:
    """A measure as people read it, with what is derived from it."""
    name, derivation = split_measure(text)
    named = session.measure(name, cube).label
    return f"{named}, {shown_as.name(derivation).lower()}" if derivation else named


def first(view: View, text: str) -> View:
    """The view with another of its measures first, which is the one shown."""
    rest = tuple(each for each in view.query.measures if each != text)
    query = replace(view.query, measures=(text, *rest))
    return parse_view(replace(view, query=query, shown=None).to_parameters())
