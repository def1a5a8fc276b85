"""The navigation: groups of pages in the bar on top, and beneath it the pages beside the one that is open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path

import streamlit as st

from pages.ui.menu import IN_BAR, Entry, grouped

Groups = Mapping[str, Sequence[st.Page]]
BAR, POPOVER = '[data-testid="stTopNav"]', '[data-testid="stTopNavPopoverBody"]'
OPEN = "color: var(--clientela-open); background: var(--clientela-open-back); font-weight: 600;"


def navigate(entries: Sequence[Entry], shown: Collection[Entry], scripts: Path, scheme: str) -> st.Page:
    """Draw the navigation and give the page that was asked for, whether it is `shown` to whoever looks or not.

    `scheme` is light or dark. The other pages keep their addresses, so that what stands there can say why it is empty.
    """
    made = {each: _page(each, scripts, each in shown) for each in entries}
    groups = {
        group: [made[each] for each in found]
        for group, found in grouped(each for each in entries if each in shown).items()
    }
    sections = _sections(groups)
    hidden = [page for each, page in made.items() if each not in shown]
    chosen = st.navigation({"": [], **sections} | {"": [*sections.get("", ()), *hidden]}, position="top")
    group = next((group for group, pages in groups.items() if chosen in pages), "")
    st.html(f"<style>{POPOVER} {{ color-scheme: {scheme} }}{_open_group(groups, group)}</style>")
    if group and group not in IN_BAR:
        _neighbours(groups[group], chosen)
    return chosen


def _page(entry: Entry, scripts: Path, is_shown: bool) -> st.Page:
    return st.Page(
        scripts / entry.script,
        title=entry.title,
        url_path=entry.path,
        icon=entry.icon,
        default=not entry.path,
        visibility="visible" if is_shown else "hidden",
    )


def _sections(groups: Groups) -> dict[str, list[st.Page]]:
    """What Streamlit's navigation takes: pages of its nameless section stand in the bar, before all menus."""
    direct = [page for group in IN_BAR for page in groups.get(group, ())]
    menus = {group: list(pages) for group, pages in groups.items() if group not in IN_BAR}
    return {"": direct, **menus} if direct else menus


def _open_group(groups: Groups, group: str) -> str:
    """The look of the menu that holds the page; Streamlit marks links, but no menus."""
    if not group or group in IN_BAR:
        return ""
    sections = _sections(groups)
    place = len(sections.pop("", [])) + [*sections].index(group) + 1
    return (
        f"{BAR} > :nth-child({place}) > button {{ {OPEN} }}"
        f'{BAR}:has(> :nth-child({place})[aria-hidden="true"]) > :last-child > button {{ {OPEN} }}'
    )


def _neighbours(pages: Sequence[st.Page], chosen: st.Page) -> None:
    """The pages of a group, one click apart, and which of them is open."""
    with st.container(key="clientela-neighbours", horizontal=True, gap="xxsmall"):
        for page in pages:
            if page == chosen:
                st.html(
                    f'<span class="clientela-open" aria-current="page">{escape(page.title)}</span>',
                    width="content",
                )
            else:
                st.page_link(page, label=page.title, icon="", width="content")
