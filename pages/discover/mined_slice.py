"""The slice that is mined: which cuts hold, as chips that can be taken away, and the ways to Explore with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

from cubes.model import Cube
from cubes.query import Query
from data.model.calendar import GRAINS
from data.store.warehouse import Profile
from pages.explore.explore_view import Chart, View, first_view, with_tops
from pages.ui import page_record, session
from pages.ui.acting_person import policy
from pages.ui.controls import chooser
from pages.ui.cut_chips import Cuts, Go, chips, filter_popover, words
from pages.ui.limits_told import rows_told
from pages.ui.lineage_panel import where_from
from pages.ui.open_pages import link_to
from pages.ui.period_choices import default_comparison, presets
from pages.ui.unknown_cuts import tell_unknown, unknown_cuts

EXPLORE = "explore/explore_page.py"


def period_of(cuts: Cuts, profile: Profile) -> str:
    """The name of the period that the cuts on time choose; empty where it is none of those offered."""
    timed = tuple(cut for cut in cuts if cut.level in GRAINS)
    return next((name for name, offered in presets(profile).items() if offered == timed), "")


def explore_parameters(
    cuts: Cuts, cube: Cube, profile: Profile, rows: tuple[str, ...] = (), columns: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    """Explore's URL with the same cuts, by `rows` and `columns` or as Explore itself starts."""
    start = first_view(cube, profile).query
    query = replace(start, cuts=cuts, compare=default_comparison(profile, cuts))
    if rows:
        query = replace(query, rows=rows, columns=columns)
    return View(with_tops(query, cube), Chart.BARS).to_parameters()


def slice_bar(title: str, cuts: Cuts, go: Go, cube: Cube | None = None) -> bool:
    """The page's title, the cuts in force, the ways to change them and to see the same in Explore.

    Levels are those of `cube`, where it is not the sales'. Whether there is all that the cuts name; where not, that is
    said below, with a way to take each such cut away.
    """
    cube = cube or session.cube()
    unknown = unknown_cuts(cube, cuts)
    known = tuple(cut for cut in cuts if cut not in unknown)
    page_record.begin_record(title, slice_words(cube, known))
    _bar(title, known, tuple(unknown), go, cube)
    for at, (cut, error) in enumerate(unknown.items()):
        rest = tuple(each for each in cuts if each != cut)
        tell_unknown(error.problem, error.remedy, str(cut), partial(go, rest), f"unknown-cut-{at}")
    return not unknown


def slice_words(cube: Cube, cuts: Cuts) -> str:
    """The slice in a sentence, as it is told where nobody can click."""
    told, seen = "; ".join(words(cube, cut) for cut in cuts), rows_told()
    if told:
        return f"Within {told}; of rows with {seen}." if seen else f"Within {told}."
    return f"Of rows with {seen}, over all time." if seen else "Of the whole firm, over all time."


def _bar(title: str, cuts: Cuts, unknown: Cuts, go: Go, cube: Cube) -> None:
    """The bar of the cuts that can be read; those that cannot stay when others change."""

    def changed(kept: Cuts) -> None:
        go((*kept, *unknown))

    profile = session.warehouse().profile
    period, explored = period_of(cuts, profile), explore_parameters(cuts, session.cube(), profile)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="slice"):
        shown = [cut for cut in cuts if cut.level not in GRAINS or not period]
        all_of = "of all that you see" if policy().rows else "of the whole firm"
        quiet = f' <span class="clientela-quiet" style="font-weight:400">{all_of}</span>'
        whole = "" if shown or unknown else quiet
        st.html(f'<h1 class="clientela-page-title">{escape(title)}{whole}</h1>', width="content")
        chips(cube, cuts, shown, changed)
        st.space("stretch")
        filter_popover(cube, cuts, changed)
        if shown:
            st.button("Clear all", key="slice-clear", type="tertiary", on_click=lambda: go(()))
        explore_link("Explore this", explored)
        where_from(Query(cuts=cuts), "slice", "Where from")


def explore_link(label: str, parameters: Mapping[str, list[str]]) -> None:
    link_to(EXPLORE, label=label, icon=":material/pivot_table_chart:", query_params=dict(parameters))


def period_choice(cuts: Cuts, go: Go, key: str) -> None:
    """A select box of the periods that Explore offers too; a period of one's own stands as a chip."""
    profile = session.warehouse().profile
    offered, now = presets(profile), period_of(cuts, profile)
    names = [*offered] if now else ["Period of its own", *offered]

    def went(name: str) -> None:
        if name in offered:
            go((*(cut for cut in cuts if cut.level not in GRAINS), *offered[name]))

    chooser("Period", key, names, now or names[0], str, went)
