"""One search for everything, and the sheet of shortcuts: on every page, opened by a key, at no cost until then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import streamlit as st

from pages.ui import noted_looks, session
from pages.ui.menu import MENU
from pages.ui.search_everything import search_sources
from pages.ui.search_everything.found_entries import payload
from pages.ui.search_everything.shortcuts import sheet
from pages.ui.served_component import served_component

HERE = Path(__file__).parent
KEY, TYPED, OPENED = "clientela-search", "search-typed", "search-opened"
LONGEST, LONGEST_ADDRESS = 100, 8_000


@dataclass(frozen=True, slots=True)
class TypedText:
    """What was typed, and the how manieth text of its dialog it is: a late answer is none to a later text."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class PageAddress:
    """A page of the menu by its script, and what it is asked."""

    script: str
    parameters: dict[str, list[str]]


@st.fragment
def search_everything() -> None:
    """Mount once a page, in its frame; typing runs this alone."""
    opened: PageAddress | None = st.session_state.pop(OPENED, None)
    if opened is not None:
        st.switch_page(opened.script, query_params=opened.parameters)
    typed: TypedText | None = st.session_state.pop(TYPED, None)
    _mount(key=KEY, data=_answer(typed), on_typed_change=_typed, on_open_change=_opened)


def _answer(typed: TypedText | None) -> dict[str, Any]:
    if typed is None:
        return {}
    noted_looks.searched(typed.text, "search_everything")
    return {"at": typed.at, "groups": payload(search_sources.found(session.renewed(), typed.text))}


def _typed() -> None:
    st.session_state[TYPED] = parse_typed((st.session_state.get(KEY) or {}).get("typed"))


def _opened() -> None:
    st.session_state[OPENED] = parse_address((st.session_state.get(KEY) or {}).get("open"))


def parse_typed(raw: Any) -> TypedText | None:
    """What the browser sent as typed; nothing unless it has the right shape."""
    if not isinstance(raw, dict):
        return None
    text, at = raw.get("text"), raw.get("at")
    if not isinstance(text, str) or type(at) is not int or not text.strip():
        return None
    return TypedText(text[:LONGEST], at)


def parse_address(raw: Any) -> PageAddress | None:
    """A link of ours as the browser sends it back; nothing unless it leads to a page of the menu."""
    if not isinstance(raw, str) or len(raw) > LONGEST_ADDRESS:
        return None
    try:
        parts = urlsplit(raw)
    except ValueError:
        return None
    path = parts.path.removeprefix("./")
    script = next((each.script for each in MENU if each.path == path), None)
    if script is None or parts.scheme or parts.netloc:
        return None
    return PageAddress(script, parse_qs(parts.query))


_mount = served_component(
    "clientela_search",
    html=(HERE / "search_everything.html").read_text(encoding="utf-8").replace("{sheet}", sheet()),
    css=(HERE / "search_everything.css").read_text(encoding="utf-8"),
    js=(HERE / "search_everything.js").read_text(encoding="utf-8"),
)
