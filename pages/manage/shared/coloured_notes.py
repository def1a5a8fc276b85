"""A sentence that stands out: what went well, what to look at, what went wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Literal

import streamlit as st

STYLE = Path(__file__).parents[2] / "ui" / "assets" / "data.css"
Tone = Literal["good", "look", "bad", "plain"]


def style() -> None:
    """The look of this page's own pieces."""
    st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")


def note(
    title: str, more: str = "", tone: Tone = "plain", mark: str = "data-note", points: Sequence[str] = ()
) -> None:
    role = ' role="alert"' if tone == "bad" else ""
    listed = "".join(f"<li>{escape(each)}</li>" for each in points)
    st.html(
        f'<div class="data-note {tone}"{role} data-testid="{mark}"><b>{escape(title)}</b> <span>{escape(more)}</span>'
        f"{f'<ul>{listed}</ul>' if listed else ''}</div>"
    )


def step(number: int, title: str, sentence: str = "") -> None:
    """The heading of one of the page's three steps."""
    quiet = f'<p class="clientela-quiet">{escape(sentence)}</p>' if sentence else ""
    st.html(f'<h2 class="clientela-section data-step"><i>{number}</i>{escape(title)}</h2>{quiet}')
