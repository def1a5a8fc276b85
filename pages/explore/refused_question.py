"""What Explore shows where a question cannot be: answers too large to show, measures that do not know a level."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl
import streamlit as st

from cubes.ask.answer import ask
from cubes.ask.execute_plan import TooLarge
from cubes.model import Cube
from cubes.query import Query
from data.export.parquet_bytes import parquet_bytes
from data.model.said import said
from data.store.warehouse import Warehouse
from pages.explore.explore_view import View, a_level_up, with_fewer, without
from pages.ui import session
from pages.ui.export_files import csv, csv_form
from pages.ui.offered_files import offering
from pages.ui.page_states import empty_state
from pages.ui.style import locales

Go = Callable[[View], None]
CELLS = "clientela-answer"


def too_large(view: View, cube: Cube, query: Query, error: TooLarge, go: Go) -> None:
    """The size in words and three ways out: fewer members, a level up, or every cell as a file."""
    store = session.warehouse()
    members = store.profile.members
    whole = Query(query.measures, query.rows, query.columns, query.cuts, compare=query.compare,
                  cube=query.cube, as_of=query.as_of)  # fmt: skip

    def ways() -> None:
        fewer = with_fewer(view, cube, members)
        if fewer:
            level, then = fewer
            st.button(f"Top 10 by {cube.level(level).label.lower()}", key="too-large-top", type="primary",
                      icon=":material/filter_list:", on_click=go, args=(then,))  # fmt: skip
        up = a_level_up(view, cube, members)
        if up:
            level, coarser, then = up
            label = f"{cube.level(coarser).label} instead of {cube.level(level).label.lower()}"
            st.button(label, key="too-large-up", icon=":material/arrow_upward:", on_click=go, args=(then,))
        with offering("too-large-files") as offer:
            for kind, write in (("CSV", partial(csv, locale=locales.current())), ("Parquet", parquet_bytes)):
                offer.table(
                    f"All cells as {kind}",
                    partial(all_cells, store, whole),
                    write,
                    f"{CELLS}.{kind.lower()}",
                    None,
                    f"too-large-{kind.lower()}",
                    csv_form(locales.current()) if kind == "CSV" else None,
                )

    empty_state(
        "Too many cells to show",
        said(
            "{} Look at the greatest members only, go up a level, or take every cell away as a file.",
            error.problem,
        ),
        key="too-large",
        drawing="filter",
        ways=ways,
    )


def all_cells(store: Warehouse, query: Query) -> pl.DataFrame:
    """Every cell of a question, named, however many there are."""
    frame = ask(store, query).frame
    return frame.drop([f"{level}.id" for level in query.by], "grouping")


def unknown_level(view: View, cube: Cube, own: Cube, levels: tuple[str, ...], back: View, go: Go) -> None:
    """A measure of another cube that does not know a level: what it does know, and the ways on."""
    measure = session.measure(view.query.measures[0], cube.name)
    lacking = " and no ".join(cube.level(level).label.lower() for level in levels)
    shared = [
        each.label.lower() for each in cube.dimensions if each.name in {own.name for own in own.dimensions}
    ]

    def ways() -> None:
        label = session.measure(back.query.measures[0], back.query.cube).label
        st.button(f"Back to {label.lower()}", key="unknown-back", type="primary", icon=":material/arrow_back:",
                  on_click=go, args=(back,))  # fmt: skip
        st.button(f"{measure.label} without {lacking.replace(' and no ', ' and ')}", key="unknown-without",
                  on_click=partial(go, without(view, levels)))  # fmt: skip

    empty_state(
        f"{own.label} have no {lacking}",
        f"{measure.label} is known by {_listed(shared)}. Nothing is guessed for what its records do not tell.",
        key="unknown-level",
        drawing="filter",
        ways=ways,
    )


def _listed(words: list[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last
