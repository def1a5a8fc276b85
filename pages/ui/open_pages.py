"""The pages that are open to whoever looks, and links that lead to these alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from data.access.policy import Policy
from pages.ui.acting_person import policy
from pages.ui.menu import MENU, Entry

FOLDER = Path(__file__).resolve().parents[1]
BY_SCRIPT = {each.script: each for each in MENU}


def open_entries(of: Policy | None = None) -> tuple[Entry, ...]:
    """What the menu offers under a policy, that of whoever looks where none is named."""
    shown = policy() if of is None else of
    return tuple(each for each in MENU if shown.sees(each.path))


def is_open(script: str) -> bool:
    """Whether whoever looks may open the page of a script, named as in the menu."""
    return policy().sees(BY_SCRIPT[script].path)


def link_to(script: str, **options: Any) -> None:
    """A link to a page, with what `st.page_link` takes; nothing where the page is closed to whoever looks."""
    if is_open(script):
        st.page_link(script, **options)


def name_link(script: str, label: str, **options: Any) -> None:
    """The name of something (Markdown), which leads to it where its page is open to whoever looks."""
    if is_open(script):
        st.page_link(script, label=label, **options)
    else:
        st.markdown(label, width="content")


def page_in(file: str) -> Entry | None:
    """The page whose script is the file of this name; None for what pages share."""
    path = Path(file)
    return BY_SCRIPT.get(path.relative_to(FOLDER).as_posix()) if path.is_relative_to(FOLDER) else None
