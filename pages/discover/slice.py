"""The slice that is mined: which cuts hold, as chips that can be taken away, and the ways to Explore with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape

import streamlit as st

from cubes.calendar import GRAINS
from cubes.members import find, search
from cubes.model import Cube
from cubes.query import Cut, Query
from data.warehouse import Profile
from pages.explore.view import Chart, View, first_view, with_tops
from pages.ui import session
from pages.ui.controls import as_plain, chooser
from pages.ui.periods import ALL_TIME, presets

Cuts = tuple[Cut, ...]
Go = Callable[[Cuts], None]

EXPLORE = "explore/explore.py"
SEARCHED_FROM = 500
NAMED = 2


def without(cuts: Cuts, level: str) -> Cuts:
    """The cuts on other levels."""
    return Query(cuts=cuts).uncut(level).cuts


def within(cuts: Cuts, *more: Cut) -> Cuts:
    """These cuts and more; one on the same level gives way."""
    return Query(cuts=cuts).cut(*more).cuts


def period_of(cuts: Cuts, profile: Profile) -> str:
    """The name of the period that the cuts on time choose; empty where it is none of those offered."""
    timed = tuple(cut for cut in cuts if cut.level in GRAINS)
    return next((name for name, offered in presets(profile).items() if offered == timed), "")


def words(cube: Cube, cut: Cut) -> str:
    """A cut as a chip says it, `Country: France, Spain and 3 more`."""
    label = cube.level(cut.level).label
    if not cut.members:
        return f"{label}: {cut.since or '…'} – {cut.until or '…'}"
    members = find(session.warehouse(), cube.level(cut.level), cut.members[:NAMED])
    rest = f" and {len(cut.members) - NAMED} more" if len(cut.members) > NAMED else ""
    names = ", ".join(member.label for member in members) + rest
    return f"{label}: {'not ' if cut.exclude else ''}{names}"


def explore_parameters(
    cuts: Cuts, cube: Cube, profile: Profile, rows: tuple[str, ...] = (), columns: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    """Explore's URL with the same cuts, by `rows` and `columns` or as Explore itself starts."""
    start = first_view(cube, profile).query
    timed = any(cube.level(cut.level).is_time for cut in cuts)
    query = replace(start, cuts=cuts, compare=start.compare if timed else None)
    if rows:
        query = replace(query, rows=rows, columns=columns)
    return View(with_tops(query, cube), Chart.BARS).to_parameters()


def slice_bar(title: str, cuts: Cuts, go: Go) -> None:
    """The page's title, the cuts in force, the ways to change them and to see the same in Explore."""
    cube, profile = session.cube(), session.warehouse().profile
    period = period_of(cuts, profile)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="slice"):
        shown = [cut for cut in cuts if cut.level not in GRAINS or not period]
        whole = (
            "" if shown else ' <span class="clientela-quiet" style="font-weight:400">of the whole firm</span>'
        )
        st.html(f'<h1 class="clientela-page-title">{escape(title)}{whole}</h1>', width="content")
        for at, cut in enumerate(shown):
            st.button(
                as_plain(words(cube, cut)),
                key=f"slice-chip-{at}-{cut.level}",
                icon=":material/close:",
                help="Take this filter away",
                on_click=lambda level=cut.level: go(without(cuts, level)),
            )
        st.space("stretch")
        with st.popover("Filter", icon=":material/filter_alt:"):
            _filter(cube, cuts, go)
        if shown:
            st.button("Clear all", key="slice-clear", type="tertiary", on_click=lambda: go(()))
        explore_link("Explore this", explore_parameters(cuts, cube, profile))


def explore_link(label: str, parameters: Mapping[str, list[str]]) -> None:
    st.page_link(EXPLORE, label=label, icon=":material/pivot_table_chart:", query_params=dict(parameters))


def period_choice(cuts: Cuts, go: Go, key: str) -> None:
    """A select box of the periods that Explore offers too; a period of one's own stands as a chip."""
    profile = session.warehouse().profile
    offered, now = presets(profile), period_of(cuts, profile)
    names = [*offered] if now else ["Period of its own", *offered]

    def went(name: str) -> None:
        if name in offered:
            go((*(cut for cut in cuts if cut.level not in GRAINS), *offered[name]))

    chooser(
        "Period", key, names, now or names[0], lambda name: "All time" if name == ALL_TIME else name, went
    )


def _filter(cube: Cube, cuts: Cuts, go: Go) -> None:
    """Choose a level, then its members; big levels are searched."""
    store = session.warehouse()
    levels = [level.name for level in cube.levels if level.name != "day"]
    st.selectbox("Level", levels, key="slice-level", format_func=lambda name: cube.level(name).label)
    level = cube.level(st.session_state["slice-level"])
    cut = next((each for each in cuts if each.level == level.name), Cut(level.name))
    text = ""
    if store.profile.members.get(level.name, 0) > SEARCHED_FROM:
        text = st.text_input(f"Search {level.label.lower()}", key=f"slice-search-{level.name}")
    chosen = find(store, level, cut.members) if cut.members else []
    names = {
        member.id: _clear(member.id, member.label)
        for member in (*chosen, *search(store, level, text, SEARCHED_FROM))
    }
    key, side = f"slice-members-{level.name}", f"slice-side-{level.name}"
    st.session_state[key], st.session_state[side] = [member.id for member in chosen], cut.exclude

    def went() -> None:
        members, rest = tuple(st.session_state[key]), without(cuts, level.name)
        go(within(rest, Cut(level.name, members, exclude=st.session_state[side])) if members else rest)

    st.multiselect(
        f"{level.label} members", list(names), key=key, format_func=names.__getitem__, on_change=went
    )
    st.toggle("Leave these out", key=side, on_change=went, disabled=not chosen)


def _clear(identity: str, label: str) -> str:
    above = identity.split("/")[:-1]
    return f"{label} · {above[-1]}" if above else label
