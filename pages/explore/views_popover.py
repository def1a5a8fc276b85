"""Back and forth between views, and the popover of those that are kept: to save, find, open, rename and delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import parse_qs

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.errors import BadRequest, WarehouseError
from data.operational import operational_store, saved_views
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from data.operational.saved_views import PRIVATE, SHARED, SavedView
from pages.explore.explore_view import View, parse_view
from pages.explore.view_history import ViewHistory
from pages.explore.view_words import describe
from pages.explore.written_deeds import Standing, as_seen, do, is_refused, tell_with_undo
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.controls import as_plain
from pages.ui.cut_chips import named
from pages.ui.local_time import in_words
from pages.ui.style.formats import number_text
from pages.ui.toolbar.toolbar import ToolButton

Go = Callable[[View], None]
OPEN, SAID, GONE, RENAMED = "views", "views-said", "views-deleted", "views-renamed"
SHOWN, MOST_RECENT = 12, 10
UNDO, REDO = "undo", "redo"


def undo_redo(history: ViewHistory) -> tuple[ToolButton, ToolButton]:
    """The buttons that lead to the view before and the one after."""
    back, forth = "Back to the view before (Ctrl+Z)", "Forth again (Ctrl+Shift+Z)"
    return (
        ToolButton(UNDO, "", "undo", back, history.before is None, "ctrl+z"),
        ToolButton(REDO, "", "redo", forth, history.after is None, "ctrl+shift+z"),
    )


def views_popover(view: View | None, recent: Iterable[View], go: Go) -> None:
    """The popover; without a view that can be shown there is none to save."""
    opened = st.popover("Views", icon=":material/bookmarks:", type="tertiary", key=OPEN, on_change="rerun")
    if not opened.open:
        st.session_state.pop(SAID, None)
        st.session_state.pop(GONE, None)
        return
    with opened:
        st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
        tell_with_undo(SAID, GONE, "views", _undelete, {"address": _address_words})
        if view is not None and may(Deed.WRITE):
            _save(view)
        _kept(view)
        _recent(recent, go)


def in_view_words(view: View) -> str:
    """A view as people call it, with the names of members."""
    try:
        cube = session.cube(view.query.cube)
    except BadRequest:
        return f"A view of {view.query.cube}, which is not there"
    return describe(view, cube, session.warehouse().profile, named)


def _address_words(address: str) -> str:
    try:
        return in_view_words(parse_view(parse_qs(address)))
    except BadRequest:
        return "A view that cannot be shown"


def _undelete() -> None:
    statement = st.session_state.pop(GONE)

    def deed(store: OperationalStore) -> str:
        saved_views.undelete(store, statement, environment.who())
        return "It is back."

    do(SAID, deed)


def _save(view: View) -> None:
    token = view.token()
    key = f"views-name-{token}"
    with st.container(horizontal=True, vertical_alignment="bottom", key="views-save"):
        st.text_input("Save this view as", in_view_words(view), max_chars=LONGEST_NAME, key=key)
        st.button("Save", key="views-save-it", icon=":material/bookmark_add:", type="primary",
                  on_click=lambda: _save_as(st.session_state[key], token))  # fmt: skip
    st.toggle("Everybody sees it", key="views-shared")


def _save_as(name: str, token: str) -> None:
    audience = SHARED if st.session_state.get("views-shared") else PRIVATE
    st.session_state.pop(GONE, None)

    def deed(store: OperationalStore) -> str:
        saved_views.save(store, name, token, audience, environment.who())
        return "Saved."

    do(SAID, deed)


def _kept(view: View | None) -> None:
    try:
        kept = saved_views.saved_views(operational_store.of(session.warehouse()), environment.who())
    except WarehouseError as error:
        st.caption(as_plain(f"{error.problem} {error.remedy or ''}"))
        return
    if not kept:
        st.caption("No view is saved yet.")
        return
    text = st.text_input("Search saved views", key="views-search", placeholder="Search saved views",
                         label_visibility="collapsed", icon=":material/search:")  # fmt: skip
    found = found_views(kept, text or "")
    for each in found[:SHOWN]:
        _line(each, view)
    if not found:
        st.caption("No saved view is called that.")
    if len(found) > SHOWN:
        st.caption(f"{number_text(len(found) - SHOWN)} more: search for them.")


def found_views(kept: Iterable[SavedView], text: str) -> list[SavedView]:
    """The views whose names or owners hold every word of the text, in any case."""
    words = text.casefold().split()
    return [each for each in kept if all(word in f"{each.name} {each.owner}".casefold() for word in words)]


def _line(each: SavedView, view: View | None) -> None:
    renamed, opened_as = st.session_state.get(RENAMED) or ("", "")
    if renamed == each.id:
        _rename_line(each, opened_as)
        return
    mine = each.owner == environment.who()
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"view-line-{each.id}"):
        st.button(as_plain(each.name), key=f"view-{each.id}", type="tertiary", icon=":material/bookmark:",
                  help=_about(each, mine), disabled=each.is_erased, on_click=_open, args=(each,))  # fmt: skip
        st.space("stretch")
        if mine and may(Deed.WRITE):
            _ways(each, view)
        elif not mine:
            st.caption(as_plain(each.owner))


def _about(each: SavedView, mine: bool) -> str:
    who = "you" if mine else as_plain(each.owner)
    seen = "everybody sees it" if each.is_shared else "only you see it"
    gone = " It named a customer who was erased." if each.is_erased else ""
    return f"Saved by {who}, {in_words(each.saved_at)}; {seen}.{gone}"


def _ways(each: SavedView, view: View | None) -> None:
    who = environment.who()
    other = PRIVATE if each.is_shared else SHARED
    over = partial(saved_views.save_over, id=each.id, address=view.token() if view else "", who=who)
    shown = partial(saved_views.show_to, id=each.id, audience=other, who=who)
    seen = "only you see it" if each.is_shared else "everybody sees it"
    _way(each, "over", ":material/save:", "Save the present view over this one",
         lambda: _change(over, f"“{each.name}” is the present view now.", each.said), view is None)  # fmt: skip
    _way(each, "audience", ":material/group:" if each.is_shared else ":material/lock:",
         "Keep it for yourself" if each.is_shared else "Share it with everybody",
         lambda: _change(shown, f"“{each.name}”: {seen} from now on.", each.said))  # fmt: skip
    _way(each, "rename", ":material/edit:", "Rename",
         lambda: st.session_state.update({RENAMED: (each.id, each.said)}))  # fmt: skip
    _way(each, "delete", ":material/delete:", "Delete", lambda: _delete(each))


def _way(
    each: SavedView, name: str, icon: str, help: str, then: Callable[[], None], off: bool = False
) -> None:
    st.button("", key=f"view-{name}-{each.id}", icon=icon, type="tertiary", help=help, disabled=off,
              on_click=then)  # fmt: skip


def _change(change: Callable[..., None], sentence: str, said: str, standing: Standing = None) -> None:
    """Change what was shown as the statement `said` says it."""
    st.session_state.pop(GONE, None)

    def deed(store: OperationalStore) -> str:
        change(store, standing_on=standing or as_seen(said))
        return sentence

    do(SAID, deed, partial(_change, change, sentence, said))


def _delete(each: SavedView, standing: Standing = None) -> None:
    def deed(store: OperationalStore) -> str:
        standing_on = standing or as_seen(each.said)
        st.session_state[GONE] = saved_views.delete(store, each.id, environment.who(), standing_on)
        return f"“{each.name}” is deleted."

    do(SAID, deed, partial(_delete, each))


def _rename_line(each: SavedView, said: str) -> None:
    """What it was called when the line was opened is what a new name takes the place of."""
    key = f"view-name-{each.id}"

    def renamed() -> None:
        rename = partial(saved_views.rename, id=each.id, name=st.session_state[key], who=environment.who())
        _change(rename, "Renamed.", said)
        if not is_refused(SAID):
            st.session_state.pop(RENAMED)

    with st.container(horizontal=True, vertical_alignment="bottom", key=f"view-line-{each.id}"):
        st.text_input("New name", each.name, max_chars=LONGEST_NAME, key=key)
        st.button("Rename", key=f"view-renamed-{each.id}", on_click=renamed)
        st.button("Cancel", key=f"view-kept-{each.id}", type="tertiary",
                  on_click=lambda: st.session_state.pop(RENAMED, None))  # fmt: skip


def _open(each: SavedView) -> None:
    """As a link is opened: what is gone is said where links say it."""
    st.session_state[OPEN] = False
    session.write_url(parse_qs(each.address))


def _recent(recent: Iterable[View], go: Go) -> None:
    told: dict[str, View] = {}
    for each in recent:
        told.setdefault(in_view_words(each), each)
    if len(told) < 2:
        return
    st.html('<h3 class="clientela-section">Recent</h3>')
    for at, (words, each) in enumerate([*told.items()][:MOST_RECENT]):
        st.button(as_plain(words), key=f"recent-{at}", type="tertiary", icon=":material/history:",
                  on_click=_opened, args=(go, each))  # fmt: skip


def _opened(go: Go, view: View) -> None:
    st.session_state[OPEN] = False
    go(view)
