"""What a page shows besides its numbers: headings, cards, nothing to show, still working, gone wrong."""

from __future__ import annotations

import base64
import html
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.errors import ClientelaError, NotAllowed
from pages.ui import noted_looks, page_record
from pages.ui.page_record import ToldHeading
from pages.ui.style.told_sentences import in_language

log = logging.getLogger("clientela")

DRAWINGS = {
    "empty": '<path d="M7 15h34v22a4 4 0 0 1-4 4H11a4 4 0 0 1-4-4z"/><path d="M7 15 12 7h24l5 8M18 24h12"/>',
    "filter": '<path d="M7 9h34L28 25v14l-8-4V25z"/><path d="m33 33 8 8m0-8-8 8"/>',
    "closed": '<rect x="12" y="22" width="24" height="17" rx="3"/><path d="M17 22v-6a7 7 0 0 1 14 0v6M24 29v4"/>',
    "error": '<circle cx="24" cy="24" r="17"/><path d="M24 15v11m0 6v.5"/>',
}


def page_title(title: str, sentence: str = "") -> None:
    """The page's name, and the question in words beneath it."""
    page_record.begin_record(title, sentence)
    quiet = f'<p class="clientela-quiet">{html.escape(in_language(sentence))}</p>' if sentence else ""
    st.html(f'<h1 class="clientela-page-title">{html.escape(title)}</h1>{quiet}')


def section(title: str, sentence: str = "") -> None:
    """A card's heading."""
    page_record.note(ToldHeading(title, sentence))
    quiet = f'<p class="clientela-quiet">{html.escape(in_language(sentence))}</p>' if sentence else ""
    st.html(f'<h2 class="clientela-section">{html.escape(title)}</h2>{quiet}')


@contextmanager
def headed(title: str) -> Iterator[None]:
    """Around what a card's heading tells of: where it is refused, the card has its title all the same."""
    try:
        yield
    except ClientelaError:
        section(title)
        raise


def card(key: str, height: int | Literal["content", "stretch"] = "content") -> DeltaGenerator:
    """A bordered surface; `with card("sales"):` and all inside lies on it. Stretch for cards of equal height."""
    return st.container(border=True, key=f"card-{key}", height=height)


def empty_state(
    title: str,
    sentence: str,
    action: str = "",
    on_click: Callable[..., None] | None = None,
    key: str = "empty",
    args: tuple[Any, ...] = (),
    drawing: str = "empty",
    ways: Callable[[], None] | None = None,
) -> bool:
    """Nothing to show, why, and a way on; whether its button was pressed in this run. `ways` draws several."""
    with st.container(border=True, key=f"card-state-{key}", horizontal_alignment="center"):
        st.html(_state(title, sentence, drawing))
        if ways:
            with st.container(horizontal=True, horizontal_alignment="center", gap="small"):
                ways()
        if not action:
            st.space("small")
            return False
        pressed = st.button(action, key=f"{key}-action", on_click=on_click, args=args)
        st.space("small")
        return pressed


def skeleton(rows: int = 6, height: int = 28) -> None:
    """Grey bones where figures will be."""
    bones = "".join(
        f'<i style="height:{height}px;width:{100 - 9 * (place % 4)}%"></i>' for place in range(rows)
    )
    st.html(f'<div class="clientela-bones" role="status" aria-label="Loading">{bones}</div>')


def show_error(problem: Exception) -> bool:
    """The one error boundary, of pages, fragments and callbacks alike (`st.App(on_script_error=)`)."""
    if isinstance(problem, NotAllowed):
        noted_looks.refused("page")
    if isinstance(problem, ClientelaError):
        _error_card(problem.problem, problem.remedy or "Go back and try something else.")
        return True
    reference = secrets.token_hex(4)
    log.error("error %s", reference, exc_info=problem)
    sentence = (
        f"It has been noted under {reference}; tell whoever looks after Clientela. Your data is unharmed."
    )
    _error_card(f"Something went wrong (id {reference})", sentence)
    return True


def _error_card(title: str, sentence: str) -> None:
    way_home = '<a class="clientela-way" href="./" target="_self">Start again from the overview</a>'
    with st.container(border=True, key=f"card-state-error-{secrets.token_hex(3)}"):
        st.html(_state(title, sentence, "error", way_home))


def _state(title: str, sentence: str, drawing: str, link: str = "") -> str:
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" fill="none" stroke="#8592A6" stroke-width="1.8" '
        f'stroke-linecap="round" stroke-linejoin="round">{DRAWINGS[drawing]}</svg>'
    )
    picture = f'<img alt="" src="data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}">'
    words = f"<h2>{html.escape(in_language(title))}</h2><p>{html.escape(in_language(sentence))}</p>"
    return f'<div class="clientela-state" data-state="{drawing}">{picture}{words}{link}</div>'
