"""Knows whether the window is as narrow as a phone's, for figures that are then laid out another way."""

from __future__ import annotations

import streamlit as st

from pages.ui.served_component import served_component

KEY = "clientela-width"
CSS = ":host { display: block; }"
JS = """
export default function ({ data, setStateValue }) {
  const narrow = matchMedia("(max-width: 640px)");
  const check = () => { if (narrow.matches !== data.drawn) setStateValue("narrow", narrow.matches); };
  narrow.onchange = check;
  check();
  return () => { narrow.onchange = null; };
}
"""

_mount = served_component("clientela_width", html="<i></i>", css=CSS, js=JS)


def is_narrow() -> bool:
    """Whether the page is read in a narrow window; not so until the browser has told."""
    return bool((st.session_state.get(KEY) or {}).get("narrow"))


def watch_width() -> None:
    """Mount once a page; it runs again when the window becomes narrow, or wide again."""
    _mount(key=KEY, data={"drawn": is_narrow()}, on_narrow_change=lambda: None)
