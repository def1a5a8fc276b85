"""Where a view is: the path drilled into, the filters around it, and the ways back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cubes.members import find, search
from cubes.model import Cube
from cubes.query import Cut
from pages.explore.view import View
from pages.ui import session
from pages.ui.controls import as_plain

FEW_MEMBERS = 500


def trail(view: View, cube: Cube, go: Callable[[View], None]) -> None:
    """Where we are: each step rolls up to itself; beside it the filters, each of which can be taken away."""
    steps = view.path(cube)
    with st.container(horizontal=True, gap="small", key="explore-path", vertical_alignment="center"):
        st.button(
            "All data",
            key="crumb-0",
            type="tertiary",
            icon=":material/home:",
            on_click=lambda: go(view.roll_up_to(cube, 0)),
            disabled=not steps,
        )
        for at, cut in enumerate(steps, 1):
            st.button(
                f"/ {as_plain(named(cube, cut))}",
                key=f"crumb-{at}",
                type="tertiary",
                on_click=lambda at=at: go(view.roll_up_to(cube, at)),
                disabled=at == len(steps),
            )
        if steps:
            st.button(
                "Roll up",
                key="roll-up",
                icon=":material/arrow_upward:",
                on_click=lambda: go(view.roll_up_to(cube, len(steps) - 1)),
            )
        st.space("stretch")
        _filters(view, cube, go, steps)


def _filters(view: View, cube: Cube, go: Callable[[View], None], steps: tuple[Cut, ...]) -> None:
    kept = [cut for cut in view.query.cuts if cut not in steps and cut.level != "day"]
    for cut in kept:
        word = "not " if cut.exclude else ""
        st.button(
            as_plain(f"{cube.level(cut.level).label}: {word}{named(cube, cut)}"),
            key=f"chip-{cut.level}",
            icon=":material/close:",
            help="Take this filter away",
            on_click=lambda cut=cut: go(view.with_query(view.query.uncut(cut.level))),
        )
    with st.popover("Filter", icon=":material/filter_alt:"):
        _filter(view, cube, go)
    if view.query.cuts:
        st.button(
            "Clear all",
            key="clear",
            type="tertiary",
            on_click=lambda: go(
                view.roll_up_to(cube, 0).with_query(view.roll_up_to(cube, 0).query.without_cuts())
            ),
        )


def _filter(view: View, cube: Cube, go: Callable[[View], None]) -> None:
    """Choose a level, then its members; big levels are searched."""
    store = session.warehouse()
    levels = [level.name for level in cube.levels if level.name != "day"]
    st.selectbox("Level", levels, key="filter-level", format_func=lambda name: cube.level(name).label)
    level = cube.level(st.session_state["filter-level"])
    cut = next((each for each in view.query.cuts if each.level == level.name), Cut(level.name))
    text = ""
    if store.profile.members.get(level.name, 0) > FEW_MEMBERS:
        text = st.text_input(f"Search {level.label.lower()}", key=f"filter-search-{level.name}")
    found = search(store, level, text, FEW_MEMBERS)
    chosen = find(store, level, cut.members) if cut.members else []
    names = {member.id: _clear(member.id, member.label) for member in (*chosen, *found)}
    key, side = f"filter-members-{level.name}", f"filter-side-{level.name}"
    st.session_state[key] = [member.id for member in chosen]
    st.session_state[side] = cut.exclude

    def went() -> None:
        members = tuple(st.session_state[key])
        query = view.query.uncut(level.name)
        go(
            view.with_query(
                query.cut(Cut(level.name, members, exclude=st.session_state[side])) if members else query
            )
        )

    st.multiselect(
        f"{level.label} members", list(names), key=key, format_func=names.__getitem__, on_change=went
    )
    st.toggle("Leave these out", key=side, on_change=went, disabled=not chosen)


def _clear(identity: str, label: str) -> str:
    above = identity.split("/")[:-1]
    return f"{label} · {above[-1]}" if above else label


def named(cube: Cube, cut: Cut) -> str:
    """A cut's members in words."""
    if not cut.members:
        return f"{cut.since or '…'} – {cut.until or '…'}"
    level = cube.level(cut.level)
    members = find(session.warehouse(), level, cut.members[:2])
    rest = f" and {len(cut.members) - 2} more" if len(cut.members) > 2 else ""
    return ", ".join(member.label for member in members) + rest
