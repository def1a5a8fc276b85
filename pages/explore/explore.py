"""Explore: choose what to see, drill where it is interesting, go back, look behind a number."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from cubes.query import Cut, Derivation, Query
from data.errors import BadRequest
from pages.explore.behind import behind
from pages.explore.choices import choices
from pages.explore.drawing import draw, opened, shown_unit
from pages.explore.trail import trail
from pages.explore.view import Chart, View, first_view, parse_token, parse_view, with_tops
from pages.ui import session
from pages.ui.export import downloads
from pages.ui.figures import BETWEEN_IDS, OTHERS
from pages.ui.formats import delta_text, format_value, trend
from pages.ui.grid import Grid, table
from pages.ui.pivot import Click, pivot
from pages.ui.states import card, empty_state

STATE = "explore"
MINE = (
    ("Segments of this", "discover/segments.py", ":material/group_work:"),
    ("Baskets of this", "discover/baskets.py", ":material/shopping_basket:"),
)
CHARTS = {
    Chart.BARS: ":material/bar_chart:",
    Chart.TREEMAP: ":material/dashboard:",
    Chart.HEATMAP: ":material/grid_on:",
    Chart.LINE: ":material/show_chart:",
}


def go(view: View) -> None:
    """What every click ends in: this view from now on."""
    st.session_state[STATE] = view
    st.session_state["explore-url"] = session.read_url()
    st.session_state.pop("explore-cell", None)


def current() -> View:
    """The view of this session; the URL's, where a person pasted a link or went back in history.

    The page's bare address is the first view, and stays bare until something is chosen, so that going back
    leads out of the page again.
    """
    url = session.read_url()
    start = first_view(session.cube(), session.warehouse().profile)
    if STATE not in st.session_state or url != st.session_state.get("explore-url"):
        go(parse_view(url) if url else start)
    view: View = st.session_state[STATE]
    if not view.query.rows:
        view = view.with_query(replace(view.query, rows=view.query.columns or start.query.rows, columns=()))
    view = view.with_query(with_tops(view.query, session.cube()))
    written = {} if view == start and not url else view.to_parameters()
    session.write_url(written)
    st.session_state["explore-url"] = written
    st.session_state[STATE] = view
    return view


@session.fragment
def explore() -> None:
    try:
        view = current()
        show(view)
    except BadRequest as error:
        start = first_view(session.cube(), session.warehouse().profile)
        empty_state(
            error.problem,
            error.remedy,
            "Start afresh",
            on_click=lambda: go(start),
            key="bad-view",
            drawing="filter",
        )


def show(view: View) -> None:
    cube = session.cube()
    measure = cube.measure(view.query.measures[0])
    share = f"{measure.name}:{Derivation.SHARE}"
    query = replace(
        view.query, measures=(measure.name, share) if view.share else (measure.name,), totals=True
    )
    if not session.warehouse().profile.lines:
        empty_state(
            "The warehouse is empty", "Load order lines on the page Data, then come back.", key="no-lines"
        )
        return
    answer = session.ask(query)
    trail(view, cube, go)
    choices(view, cube, go)
    grid = Grid(answer, cube, measure, share if view.share else measure.name)
    if not grid.rows:
        empty_state(
            "Nothing was sold here",
            "No order line meets all the filters at once. Take one away, or choose a longer period.",
            "Clear all filters",
            on_click=lambda: go(view.with_query(view.query.without_cuts())),
            key="no-cells",
            drawing="filter",
        )
        return
    left, right = st.columns([5, 7], gap="small")
    with left, card("chart", "stretch"):
        heading(view, grid)
        draw(view, cube, grid, go)
    with right, card("pivot", "stretch"):
        as_table(view, grid)
    if "explore-cell" in st.session_state:
        cuts, title = st.session_state["explore-cell"]
        behind(Query(cuts=cuts), title, lambda: st.session_state.pop("explore-cell", None))
    footer(view, grid)


def heading(view: View, grid: Grid) -> None:
    """The total, how it changed, and the kinds of chart."""
    measure, profile = grid.measure, session.warehouse().profile
    value, base = (grid.cell() or {}).get(measure.name), grid.base()
    unit = measure.unit
    change = delta_text(value, base, unit)
    direction = trend(value, base, unit) * measure.rising
    tone = "good" if direction > 0 else "bad" if direction < 0 else ""
    against = f"vs {format_value(base, unit, profile.currency, True)}" if base is not None else ""
    text = format_value(value, unit, profile.currency, True)
    with st.container(horizontal=True, vertical_alignment="top", key="chart-heading"):
        st.html(
            f'<div class="clientela-total" data-testid="total" data-value="{value}"><span>{measure.label}</span>'
            f'<b title="{format_value(value, unit, profile.currency)}">{text}</b>'
            f'<small class="{tone}">{change}</small><small>{against}</small></div>'
        )
        st.space("stretch")
        st.session_state["chart-kind"] = view.chart
        st.segmented_control(
            "Kind of chart",
            list(Chart),
            key="chart-kind",
            required=True,
            format_func=lambda kind: CHARTS[kind],
            on_change=lambda: go(replace(view, chart=st.session_state["chart-kind"])),
            label_visibility="collapsed",
            help="Bars, treemap, heat map, over time",
        )


def as_table(view: View, grid: Grid) -> None:
    cube, profile = session.cube(), session.warehouse().profile

    def clicked(click: Click) -> None:
        base = parse_token(click.base)
        rows = tuple(click.row.split(BETWEEN_IDS)) if click.row is not None else ()
        columns = tuple(click.column.split(BETWEEN_IDS)) if click.column is not None else ()
        if click.where == "cell" and OTHERS not in (*rows, *columns):
            steps = [
                *zip(base.query.rows, rows, strict=False),
                *zip(base.query.columns, columns, strict=False),
            ]
            cuts = base.query.cut(*(Cut(level, (identity,)) for level, identity in steps)).cuts
            title = " × ".join(grid.labels.get(step, step[1]) for step in steps) or "everything"
            st.session_state["explore-cell"] = (cuts, title)
            return
        go(opened(base, cube, grid, rows, columns))

    pivot(
        table(grid, profile, view.token(), shown_unit(view, grid.measure)),
        key="explore-pivot",
        on_click=clicked,
    )


def footer(view: View, grid: Grid) -> None:
    answer = grid.answer
    profile = session.warehouse().profile
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="explore-footer"):
        st.session_state["shares"] = view.share
        st.toggle(
            "Shares",
            key="shares",
            on_change=lambda: go(replace(view, share=st.session_state["shares"])),
            help="Each number as a part of the subtotal one level up",
        )
        st.button(
            "Swap rows and columns",
            key="swap",
            icon=":material/swap_horiz:",
            type="tertiary",
            disabled=not view.query.columns,
            on_click=lambda: go(view.with_query(view.query.pivot())),
        )
        st.button(
            "Behind the total",
            key="behind-total",
            icon=":material/receipt_long:",
            type="tertiary",
            on_click=lambda: st.session_state.update({"explore-cell": (view.query.cuts, "the total")}),
        )
        within = {"where": [str(cut) for cut in view.query.cuts]}
        for label, script, icon in MINE:
            st.page_link(script, label=label, icon=icon, query_params=within)
        with st.popover("SQL", icon=":material/code:", type="tertiary"):
            st.caption("Every statement behind these numbers, with its parameters written in.")
            for name, road in answer.roads.items():
                st.caption(f"{name} — {road}")
            st.code(answer.sql, language="sql", height=360)
        st.space("stretch")
        downloads(
            "clientela-explore", lambda: exported(grid), "explore", units(grid), levels=grid.answer.query.by
        )
    notes = " ".join(
        (
            *answer.notes,
            f"{profile.lines:,} lines in the warehouse; answered in {answer.milliseconds:.0f} ms.",
        )
    )
    st.html(
        f'<p class="clientela-quiet" data-path="{escape(view.token())}" data-testid="explore-ready">{escape(notes)}</p>'
    )


def exported(grid: Grid) -> pl.DataFrame:
    hidden = [f"{level}.id" for level in grid.answer.query.by]
    return grid.answer.frame.drop(hidden)


def units(grid: Grid) -> dict[str, str]:
    return {grid.measure.name: grid.measure.unit, f"{grid.measure.name}:base": grid.measure.unit}


explore()
