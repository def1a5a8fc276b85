"""Where a view is: the path drilled into, the filters around it, and the ways back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from cubes.model import Cube
from cubes.query import Cut
from pages.explore.explore_view import View
from pages.ui.controls import as_plain
from pages.ui.cut_chips import chips, filter_popover, named


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
    cuts = view.query.cuts

    def within(cuts: tuple[Cut, ...]) -> None:
        go(view.with_query(replace(view.query, cuts=cuts)))

    chips(cube, cuts, [cut for cut in cuts if cut not in steps and cut.level != "day"], within)
    filter_popover(cube, cuts, within)
    if cuts:
        top = view.roll_up_to(cube, 0)
        cleared = top.with_query(top.query.without_cuts())
        st.button("Clear all", key="clear", type="tertiary", on_click=lambda: go(cleared))
