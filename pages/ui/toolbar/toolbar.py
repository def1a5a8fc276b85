"""Buttons, links and choices side by side in one element, which costs a run of the page one message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import streamlit as st

from pages.ui.served_component import served_component

HERE = Path(__file__).parent
ASSETS = HERE.parent / "assets"


@dataclass(frozen=True, slots=True)
class ToolButton:
    """A button; `keys` as `ctrl+shift+z` press it from anywhere but a field that somebody types in."""

    name: str
    label: str
    icon: str = ""
    help: str = ""
    is_off: bool = False
    keys: str = ""


@dataclass(frozen=True, slots=True)
class ToolLink:
    """A way to another page, `href` its path and parameters."""

    name: str
    label: str
    icon: str
    href: str


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """One of several `options`, each a value and what it is called; it stands at the end of the row."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ToolText:
    """What is read, as HTML in which every name is escaped."""

    html: str


Tool = ToolButton | ToolLink | ToolChoice | ToolText


def link(name: str, label: str, icon: str, path: str, parameters: dict[str, list[str]]) -> ToolLink:
    """A link to a page of the menu, with what it is asked."""
    asked = urlencode(parameters, doseq=True)
    return ToolLink(name, label, icon, f"{path}?{asked}" if asked else path)


def toolbar(
    tools: Sequence[Tool],
    key: str,
    on_press: Callable[[str, str], None],
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """Draw them; `on_press` gets the name of a tool and, of a choice, its value, before the page runs."""

    def pressed() -> None:
        press = parse_press((st.session_state.get(key) or {}).get("press"), tools)
        if press is not None:
            on_press(*press)

    sent = tuple({"kind": type(each).__name__} | asdict(each) for each in tools)
    _mount(key=key, data={"tools": sent}, on_press_change=pressed, width=width)


def parse_press(raw: Any, tools: Sequence[Tool]) -> tuple[str, str] | None:
    """A press as the browser sent it; nothing unless it is of a tool, and a value that may be chosen."""
    if not isinstance(raw, dict):
        return None
    name, value = raw.get("name"), raw.get("value")
    for each in tools:
        if isinstance(each, ToolText) or each.name != name:
            continue
        if isinstance(each, ToolChoice):
            return next(((each.name, option) for option, _ in each.options if option == value), None)
        return None if isinstance(each, ToolButton) and each.is_off else (each.name, "")
    return None


_mount = served_component(
    "clientela_toolbar",
    html='<div class="root"></div>',
    css="".join(path.read_text(encoding="utf-8") for path in (HERE / "toolbar.css", ASSETS / "total.css")),
    js=(HERE / "toolbar.js").read_text(encoding="utf-8"),
)
