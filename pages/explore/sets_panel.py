"""The panel of named sets: the members shown are saved as one, and each is used, looked at, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import MappingProxyType

import streamlit as st

from cubes.condition import plural
from data import environment
from data.access.deed import Deed
from data.errors import WarehouseError
from data.operational import member_sets, set_members
from data.operational.member_sets import PRIVATE, SHARED, MemberSet
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import SetMember
from pages.explore.explore_view import View
from pages.explore.set_of_view import (
    Shown,
    customers_of_set,
    ids_of_members,
    is_within,
    named_members,
    toggled_set,
)
from pages.explore.written_deeds import Standing, as_seen, do, is_refused, tell_with_undo
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.audience_dialog import offer_query
from pages.ui.controls import as_plain
from pages.ui.local_time import in_words
from pages.ui.seen_sets import set_size
from pages.ui.style.formats import count_text, number_text

Go = Callable[[View], None]
NOTHING_SHOWN: Shown = MappingProxyType({})
AUDIENCE = "explore"  # the dialog that Explore draws
OPEN, SAID, GONE, RENAMED, LOOKED_AT = "sets-open", "sets-said", "sets-gone", "sets-renamed", "sets-looked"
SHOWN_SETS, CHOSEN_FROM = 12, 300


def open_sets() -> None:
    """Open the panel; for callbacks."""
    st.session_state[OPEN] = True


def sets_panel(view: View | None, shown: Shown, go: Go) -> None:
    """Draw the panel where it is open; `shown` are the members in the rows of the table, by level."""
    if st.session_state.get(OPEN):
        st.dialog("Sets of members", icon=":material/category:", on_dismiss=_close)(
            lambda: _body(view, shown, go)
        )()


def _close() -> None:
    for name in (OPEN, SAID, GONE, RENAMED, LOOKED_AT):
        st.session_state.pop(name, None)


def _body(view: View | None, shown: Shown, go: Go) -> None:
    # A dialog lies outside the page's root, which alone knows whether it is light or dark.
    st.html(f'<style>[data-testid="stDialog"] {{ color-scheme: {session.colours().name}; }}</style>')
    tell_with_undo(SAID, GONE, "sets", _undelete)
    if shown and may(Deed.WRITE):
        _save(shown)
    _kept(view, shown, go)


def _undelete() -> None:
    statement = st.session_state.pop(GONE)
    _do(partial(member_sets.undelete, statement=statement, who=environment.who()), "It is back.")


def _do(deed: Callable[[OperationalStore], object], sentence: str) -> None:
    st.session_state.pop(GONE, None)

    def done(store: OperationalStore) -> str:
        deed(store)
        return sentence

    do(SAID, done)


def _change(
    each: MemberSet, change: Callable[..., None], sentence: str, said: str = "", standing: Standing = None,
    both: Callable[[], object] | None = None,
) -> None:  # fmt: skip
    """Change a set that was shown as it is in `each`, or else as the statement `said` says it."""
    st.session_state.pop(GONE, None)

    def deed(store: OperationalStore) -> str:
        change(store, standing_on=standing or as_seen(said or each.said))
        return sentence

    def again(standing_on: StandingOn) -> None:
        _change(each, change, sentence, said, standing_on, both)

    do(SAID, deed, again, both=both)


def _save(shown: Shown) -> None:
    levels = list(shown)
    level = levels[0]
    if len(levels) > 1:
        level = st.segmented_control("Members of", levels, key="sets-level", default=level,
                                     format_func=lambda name: name.replace("_", " ").capitalize()) or level  # fmt: skip
    key = f"sets-name-{level}"
    with st.container(horizontal=True, vertical_alignment="bottom", key="sets-save"):
        st.text_input(f"Save the {_counted(level, shown)} shown as a set", key=key, max_chars=LONGEST_NAME,
                      placeholder="Name of the set")  # fmt: skip
        st.button("Save", key="sets-save-it", icon=":material/add:", type="primary",
                  on_click=lambda: _save_as(st.session_state[key], level, shown[level]))  # fmt: skip
    st.toggle("Everybody sees it", key="sets-shared")


def _counted(level: str, shown: Shown) -> str:
    one = level.replace("_", " ")
    return count_text(len(shown[level]), one, plural(one))


def _save_as(name: str, level: str, ids: Sequence[str]) -> None:
    audience = SHARED if st.session_state.get("sets-shared") else PRIVATE
    save = partial(member_sets.save, name=name, level=level, members=_held(level, ids), audience=audience,
                   who=environment.who())  # fmt: skip
    _do(save, "Saved. Press its name to filter by it; it is among the filters too.")
    if not is_refused(SAID):
        st.session_state[f"sets-name-{level}"] = ""


def _held(level: str, ids: Sequence[str]) -> tuple[SetMember, ...]:
    return set_members.as_held(session.warehouse(), level, ids)


def _kept(view: View | None, shown: Shown, go: Go) -> None:
    try:
        kept = set_members.seen_sets(session.warehouse(), environment.who())
    except WarehouseError as error:
        st.caption(as_plain(f"{error.problem} {error.remedy or ''}"))
        return
    if not kept:
        st.caption("No set is saved yet. Choose members in a filter, or save those that the rows show.")
        return
    text = st.text_input("Search sets", key="sets-search", placeholder="Search sets",
                         label_visibility="collapsed", icon=":material/search:")  # fmt: skip
    words = (text or "").casefold().split()
    found = [each for each in kept if all(word in f"{each.name} {each.owner}".casefold() for word in words)]
    for each in found[:SHOWN_SETS]:
        _line(each, view, shown, go)
    if not found:
        st.caption("No set is called that.")
    if len(found) > SHOWN_SETS:
        st.caption(f"{number_text(len(found) - SHOWN_SETS)} more: search for them.")


def _line(each: MemberSet, view: View | None, shown: Shown, go: Go) -> None:
    renamed, opened_as = st.session_state.get(RENAMED) or ("", "")
    if renamed == each.id:
        _rename_line(each, opened_as)
        return
    mine = each.owner == environment.who() and may(Deed.WRITE)
    on = view is not None and is_within(view, each)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"set-line-{each.id}"):
        chosen = st.button(as_plain(each.name), key=f"set-{each.id}", type="tertiary",
                           icon=":material/filter_alt_off:" if on else ":material/filter_alt:",
                           help=_about(each, mine, on), disabled=view is None)  # fmt: skip
        if chosen and view:
            _filter_by(each, view, go)
        st.caption(set_size(each))
        if may(Deed.CAMPAIGN) and st.button("", key=f"set-whom-{each.id}", icon=":material/group_add:", type="tertiary",
                     help="Make an audience of its customers"):  # fmt: skip
            _make_audience(each)
        st.space("stretch")
        if not mine:
            st.caption(as_plain(each.owner))
        _ways(each, mine)
    if st.session_state.get(LOOKED_AT) == each.id:
        _members(each, mine, shown)


def _make_audience(each: MemberSet) -> None:
    """The panel gives way to the dialog."""
    _close()
    offer_query(customers_of_set(each), AUDIENCE, each.name)
    st.rerun()


def _filter_by(each: MemberSet, view: View, go: Go) -> None:
    """The page, which the panel lies over, is run anew."""
    _close()
    go(toggled_set(view, each))
    st.rerun()


def _about(each: MemberSet, mine: bool, on: bool) -> str:
    deed = "Take this filter away." if on else "Filter by it."
    who = "you" if mine else as_plain(each.owner)
    seen = "everybody sees it" if each.is_shared else "only you see it"
    erased = f" {count_text(each.erased, 'member')} erased as persons." if each.erased else ""
    return f"{deed} Changed by {who}, {in_words(each.saved_at)}; {seen}.{erased}"


def _ways(each: MemberSet, mine: bool) -> None:
    looks = st.session_state.get(LOOKED_AT) == each.id
    _way(each, "members", ":material/expand_less:" if looks else ":material/list:",
         "Close its members" if looks else "See its members",
         lambda: st.session_state.update({LOOKED_AT: None if looks else each.id}))  # fmt: skip
    if not mine:
        return
    other = PRIVATE if each.is_shared else SHARED
    seen = "only you see it" if each.is_shared else "everybody sees it"
    show = partial(member_sets.show_to, id=each.id, audience=other, who=environment.who())
    _way(each, "audience", ":material/group:" if each.is_shared else ":material/lock:",
         "Keep it for yourself" if each.is_shared else "Share it with everybody",
         lambda: _change(each, show, f"“{each.name}”: {seen} from now on."))  # fmt: skip
    _way(each, "rename", ":material/edit:", "Rename",
         lambda: st.session_state.update({RENAMED: (each.id, each.said)}))  # fmt: skip
    _way(each, "delete", ":material/delete:", "Delete", lambda: _delete(each))


def _way(each: MemberSet, name: str, icon: str, help: str, then: Callable[[], None]) -> None:
    st.button("", key=f"set-{name}-{each.id}", icon=icon, type="tertiary", help=help, on_click=then)


def _delete(each: MemberSet, standing: Standing = None) -> None:
    def deed(store: OperationalStore) -> str:
        standing_on = standing or as_seen(each.said)
        st.session_state[GONE] = member_sets.delete(store, each.id, environment.who(), standing_on)
        return f"“{each.name}” is deleted."

    do(SAID, deed, partial(_delete, each))


def _members(each: MemberSet, mine: bool, shown: Shown) -> None:
    """Who stands in a set, to take out one by one where they are few, and what the rows show to take in."""
    names = named_members(session.warehouse(), each)
    gone = len(each.members) - len(names)
    with st.container(key=f"set-held-{each.id}"):
        if mine and len(names) <= CHOSEN_FROM:
            _choose(each, names)
        else:
            some = list(names.values())[:CHOSEN_FROM]
            more = f" … and {number_text(len(names) - len(some))} more" if len(names) > len(some) else ""
            st.caption(as_plain(f"{', '.join(some)}{more}") or "Nobody stands in it.")
        if gone > 0:
            st.caption(f"{number_text(gone)} more are not in the warehouse.")
        if mine and each.level in shown:
            _from_rows(each, shown)


def _choose(each: MemberSet, names: dict[str, str]) -> None:
    key = f"set-chosen-{each.id}-{each.said}"

    def taken() -> None:
        kept = st.session_state[key]
        out = [member for member, id in ids_of_members(session.warehouse(), each).items() if id not in kept]
        remove = partial(member_sets.remove, id=each.id, members=out, who=environment.who())
        _do(remove, f"“{each.name}” has fewer members from now on.")

    st.multiselect(f"Members of {as_plain(each.name)}", list(names), default=list(names), key=key,
                   format_func=names.__getitem__, on_change=taken, label_visibility="collapsed",
                   placeholder="Nobody stands in it")  # fmt: skip


def _from_rows(each: MemberSet, shown: Shown) -> None:
    what, who = _counted(each.level, shown), environment.who()
    held = _held(each.level, shown[each.level])
    add = partial(member_sets.add, id=each.id, members=held, who=who)
    instead = partial(member_sets.replace_members, id=each.id, members=held, who=who)
    added = partial(_do, add, f"“{each.name}” holds them as well.")
    with st.container(horizontal=True, key=f"set-rows-{each.id}"):
        st.button(f"Add the {what} shown", key=f"set-add-{each.id}", icon=":material/add:",
                  on_click=added)  # fmt: skip
        st.button("Let it be these alone", key=f"set-instead-{each.id}", type="tertiary",
                  on_click=_change, args=(each, instead, f"“{each.name}” holds these alone."),
                  kwargs={"both": added})  # fmt: skip


def _rename_line(each: MemberSet, said: str) -> None:
    """What it was called when the line was opened is what a new name takes the place of."""
    key = f"set-name-{each.id}"

    def renamed() -> None:
        rename = partial(member_sets.rename, id=each.id, name=st.session_state[key], who=environment.who())
        _change(each, rename, "Renamed.", said)
        if not is_refused(SAID):
            st.session_state.pop(RENAMED)

    with st.container(horizontal=True, vertical_alignment="bottom", key=f"set-line-{each.id}"):
        st.text_input("New name", each.name, max_chars=LONGEST_NAME, key=key)
        st.button("Rename", key=f"set-renamed-{each.id}", on_click=renamed)
        st.button("Cancel", key=f"set-kept-{each.id}", type="tertiary",
                  on_click=lambda: st.session_state.pop(RENAMED, None))  # fmt: skip
