"""Cuts as people see and change them: a chip for each, and a popover to choose members with search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import unquote

import streamlit as st

from cubes.model import Cube
from cubes.query import TIME_LEVELS, Cut, Query
from cubes.relative_period import parse_relative
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.member_lookup import find, search
from pages.ui.seen_sets import set_called
from pages.ui.style.period_names import span_name
from pages.ui.style.told_sentences import in_language

Cuts = tuple[Cut, ...]
Go = Callable[[Cuts], None]

SEARCHED_FROM = 500
NAMED = 2


def without(cuts: Cuts, level: str) -> Cuts:
    """The cuts on other levels."""
    return Query(cuts=cuts).uncut(level).cuts


def within(cuts: Cuts, *more: Cut) -> Cuts:
    """These cuts and more; one on the same level gives way."""
    return Query(cuts=cuts).cut(*more).cuts


def named(cube: Cube, cut: Cut) -> str:
    """A cut's members in words, `France, Spain and 3 more`, `customers with revenue over 10,000` or a set's name."""
    if cut.named_set:
        return set_called(session.warehouse(), cut)
    if cut.condition:
        measure = session.measure(cut.condition.measure_in(cube.name), cube.name)
        return in_language(cut.condition.words(cube.level(cut.level).label, measure.label))
    if any(map(parse_relative, cut.members)) and cut.level in TIME_LEVELS:
        return ", ".join(cut.members)
    if not cut.members:
        return span_name(cut.level, cut.since, cut.until)
    members = find(session.warehouse(), cube.level(cut.level), cut.members[:NAMED])
    rest = f" and {len(cut.members) - NAMED} more" if len(cut.members) > NAMED else ""
    return ", ".join(member.label for member in members) + rest


def words(cube: Cube, cut: Cut) -> str:
    """A cut as a chip says it, `Country: not France`."""
    level = cube.level(cut.level)
    if cut.condition:
        told = named(cube, cut)
        return told[:1].upper() + told[1:]
    return f"{level.label}: {'not ' if cut.exclude else ''}{named(cube, cut)}"


def chips(cube: Cube, cuts: Cuts, shown: Iterable[Cut], go: Go) -> None:
    """A button for each of `shown` that takes it away from `cuts`."""
    for at, cut in enumerate(shown):
        st.button(
            as_plain(words(cube, cut)),
            key=f"chip-{at}-{cut.level}",
            icon=":material/close:",
            help="Take this filter away",
            on_click=lambda cut=cut: go(tuple(each for each in cuts if each != cut)),
        )


def filter_popover(cube: Cube, cuts: Cuts, go: Go) -> None:
    """Choose a level, then its members; big levels are searched."""
    with st.popover("Filter", icon=":material/filter_alt:"):
        known = session.warehouse().profile.known
        levels = [level.name for level in cube.levels if level.name != "day" and known.get(level.name)]
        if not levels:
            st.caption("There is nothing to filter by yet.")
            return
        st.selectbox("Level", levels, key="filter-level", format_func=lambda name: cube.level(name).label)
        _members(cube, st.session_state["filter-level"], cuts, go)


def _members(cube: Cube, name: str, cuts: Cuts, go: Go) -> None:
    store, level = session.warehouse(), cube.level(name)
    cut = next((each for each in cuts if each.level == name and not each.by_rule), Cut(name))
    text = ""
    if store.profile.members.get(name, 0) > SEARCHED_FROM:
        text = st.text_input(f"Search {level.label.lower()}", key=f"filter-search-{name}")
    chosen = find(store, level, cut.members) if cut.members else []
    found = search(store, level, text, SEARCHED_FROM)
    offered = {member.id: _clear(member.id, member.label) for member in (*chosen, *found)}
    key, side = f"filter-members-{name}", f"filter-side-{name}"
    st.session_state[key], st.session_state[side] = [member.id for member in chosen], cut.exclude

    def went() -> None:
        members, rest = tuple(st.session_state[key]), without(cuts, name)
        go(within(rest, Cut(name, members, exclude=st.session_state[side])) if members else rest)

    label = f"{level.label} members"
    st.multiselect(label, list(offered), key=key, format_func=offered.__getitem__, on_change=went)
    st.toggle("Leave these out", key=side, on_change=went, disabled=not chosen)


def _clear(identity: str, label: str) -> str:
    above = identity.split("/")[:-1]
    return f"{label} · {unquote(above[-1])}" if above else label
