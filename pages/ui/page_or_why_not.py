"""The one way to a page: it runs where it is open to whoever looks; else it is said why not, which ones are, and who
can change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import streamlit as st

from data.access.policy import REMEDY, Policy
from data.access.role import label_of
from data.errors import ClientelaError
from pages.ui.menu import MENU, Entry
from pages.ui.open_pages import open_entries
from pages.ui.page_states import empty_state


class FoundPage(Protocol):
    """What the navigation found at an address."""

    @property
    def url_path(self) -> str: ...
    def run(self) -> None: ...


def run_page(found: FoundPage, policy: Policy) -> None:
    """The page, where it is open. Whoever's overview is closed begins with the first page that is not."""
    entry = next(each for each in MENU if each.path == found.url_path)
    if policy.sees(entry.path):
        found.run()
    elif not entry.path:
        st.switch_page(open_entries(policy)[0].script)
    else:
        closed_page(entry, policy)


def closed_page(entry: Entry, policy: Policy) -> None:
    """The page is not run: nothing of it is drawn, and nothing is asked."""
    open_ones = open_entries(policy)
    empty_state(
        f"{entry.title} is not open to you",
        f"{_why(entry, policy, open_ones)} {REMEDY}",
        key="closed-page",
        drawing="closed",
        ways=lambda: _way(open_ones[0]),
    )


def _why(entry: Entry, policy: Policy, open_ones: Sequence[Entry]) -> str:
    if policy.has_page(entry.path):
        return policy.closes(entry.path)
    named = ", ".join(each.title for each in open_ones)
    return f"{'As ' + ' and '.join(map(label_of, policy.roles)) + ' you' if policy.roles else 'You'} see {named}."


def nobody_let_in(error: ClientelaError) -> None:
    """What is said to whom no policy lets in, or whose policy cannot be read: no menu, and no data."""
    empty_state(error.problem, error.remedy or REMEDY, key="nobody-let-in", drawing="closed")


def _way(entry: Entry) -> None:
    st.page_link(entry.script, label=f"Go to {entry.title}", icon=entry.icon)
