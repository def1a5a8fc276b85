"""The panel "Compare with the rest": a member beside all others, in every measure and in what each is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl
import streamlit as st

from cubes.model import Cube, Kind
from cubes.query import Cut, Query, split_measure
from pages.explore.explore_view import MOST_SHOWN, Steps, in_its_cube
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.cut_chips import named
from pages.ui.page_states import section
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import ABSENT, format_value, number_text

STATE = "rest"
ICON = ":material/compare:"
MOST_MEMBERS = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """The page that the panel lies on, what was asked there, and the members: the last of the rows against others."""

    page: str
    query: Query
    steps: Steps

    @property
    def member(self) -> tuple[str, str]:
        """The level and member that is compared: the last of the rows; of the columns in a column's total."""
        rows = [step for step in self.steps if step[0] in self.query.rows]
        return (rows or list(self.steps))[-1]

    def inside(self) -> Query:
        """Of these members alone."""
        cuts = (Cut(level, (member,)) for level, member in self.steps)
        return self._bare(self.query.cut(*cuts))

    def rest(self) -> Query:
        """Of all others beside the member, within the same other members."""
        level, member = self.member
        within = self.query.cut(*(Cut(each, (one,)) for each, one in self.steps if each != level))
        earlier = next((cut for cut in within.cuts if cut.level == level and not cut.by_rule), None)
        if earlier and earlier.members and not earlier.exclude:
            others = tuple(each for each in earlier.members if each != member)
            return self._bare(within.cut(Cut(level, others or earlier.members, exclude=not others)))
        out = (*(earlier.members if earlier else ()), member)
        return self._bare(within.cut(Cut(level, out, exclude=True)))

    def _bare(self, query: Query) -> Query:
        measures = tuple(dict.fromkeys(split_measure(text)[0] for text in query.measures))
        return Query(measures, cuts=query.cuts, cube=query.cube, as_of=query.as_of)


def compare_with_rest(page: str, query: Query, steps: Steps) -> None:
    """Open the panel; for callbacks."""
    st.session_state[STATE] = Compared(page, query, steps)


def rest_panel(page: str) -> None:
    """Draw the panel where it was opened on this page."""
    compared = st.session_state.get(STATE)
    if not isinstance(compared, Compared) or compared.page != page:
        return
    cube = session.cube(compared.query.cube)
    level, member = compared.member
    label = named(cube, Cut(level, (member,)))
    title = f"{as_plain(label)} against the rest"
    st.dialog(title, width="large", icon=ICON, on_dismiss=_close)(lambda: _body(compared, cube, label))()


def _close() -> None:
    st.session_state.pop(STATE, None)


def _body(compared: Compared, cube: Cube, label: str) -> None:
    # A dialog lies outside the page's root, which alone knows whether it is light or dark.
    st.html(f'<style>[data-testid="stDialog"] {{ color-scheme: {session.colours().name}; }}</style>')
    inside, rest = compared.inside(), compared.rest()
    frame_view(measures_beside(inside, rest, label), "rest-measures", {})
    st.caption("The rest is everything else beside it, within the same filters.")
    own = in_its_cube(inside)
    for level in profile_levels(session.cube(own.cube), compared):
        beside = shares_beside(own, in_its_cube(rest), level)
        if beside.height > 1:
            section(f"By {session.cube(own.cube).level(level).label.lower()}")
            frame_view(beside, f"rest-{level}", {"here": "percent", "the rest": "percent"})


def measures_beside(inside: Query, rest: Query, label: str) -> pl.DataFrame:
    """One row a measure: its value here, of the rest, and how many times the one is the other."""
    here, there = session.ask(inside).frame, session.ask(rest).frame
    rows = []
    for name in inside.measures:
        measure = session.measure(name, inside.cube)
        values = [frame[name][0] if frame.height else None for frame in (here, there)]
        texts = [format_value(value, measure.unit, session.currency(), True) for value in values]
        rows.append((measure.label, *texts, _times(*values)))
    return pl.DataFrame(rows, schema=["Measure", label, "The rest", "Here to rest"], orient="row")


def _times(here: object, there: object) -> str:
    if isinstance(here, int | float) and isinstance(there, int | float) and here > 0 and there > 0:
        return f"{number_text(here / there, 2)} ×"
    return ABSENT


def profile_levels(cube: Cube, compared: Compared) -> Iterator[str]:
    """The first level of each other dimension that tells members apart: what both sides are made of."""
    taken = {cube.level(compared.member[0]).dimension, "time"}
    known = session.warehouse().profile.known
    for dimension in cube.dimensions:
        telling = (each.name for each in dimension.levels if 2 <= known.get(each.name, 0) <= MOST_SHOWN)
        level = None if dimension.name in taken else next(telling, None)
        if level:
            yield level


def shares_beside(inside: Query, rest: Query, level: str) -> pl.DataFrame:
    """The members of a level by their part of each side, those that differ most first; empty where nothing adds up."""
    name = inside.measures[0]
    if session.measure(name, inside.cube).kind in (Kind.RATIO, Kind.HOLISTIC):
        return pl.DataFrame()
    sides = [
        session.ask_whole(replace(each, measures=(name,), rows=(level,))).frame.select(
            pl.col(level).alias("member"), (pl.col(name) / pl.col(name).sum()).alias(side)
        )
        for each, side in ((inside, "here"), (rest, "the rest"))
    ]
    met = sides[0].join(sides[1], on="member", how="full", coalesce=True).fill_null(0.0)
    differs = (pl.col("here") - pl.col("the rest")).abs()
    return met.sort(differs, descending=True).head(MOST_MEMBERS)
