"""Explore: choose what to see, drill where it is interesting, go back, look behind a number."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from cubes.engine import TooLarge
from cubes.formed import dated
from cubes.model import Cube
from cubes.query import Cut, Query
from data.errors import BadRequest
from pages.explore import shown_as
from pages.explore.behind import behind
from pages.explore.choices import choices, show_as
from pages.explore.drawing import draw, opened, shown_unit
from pages.explore.refused import too_large, unknown_level
from pages.explore.source import source
from pages.explore.trail import trail
from pages.explore.view import (
    Chart,
    View,
    first_view,
    in_its_cube,
    not_shared,
    parse_token,
    parse_view,
    with_tops,
)
from pages.explore.why import ask_why, close, why_button, why_panel
from pages.ui import session
from pages.ui.export import downloads
from pages.ui.figures import BETWEEN_IDS, OTHERS
from pages.ui.formats import delta_text, format_value, trend
from pages.ui.grid import Grid, table
from pages.ui.pivot import Click, pivot
from pages.ui.states import card, empty_state

STATE = HERE = "explore"
BEFORE = "explore-before"
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
    if isinstance(st.session_state.get(STATE), View):
        st.session_state[BEFORE] = st.session_state[STATE]
    st.session_state[STATE] = view
    st.session_state["explore-url"] = session.read_url()
    st.session_state.pop("explore-cell", None)
    close()


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
    view = fitting(view)
    written = {} if view == start and not url else view.to_parameters()
    session.write_url(written)
    st.session_state["explore-url"] = written
    st.session_state[STATE] = view
    return view


def fitting(view: View) -> View:
    """The view with tops where it needs them, and with values where what it shows of the measure has no meaning."""
    cube = session.cube(view.query.cube)
    view = view.with_query(with_tops(view.query, cube))
    measure = session.measure(view.query.measures[0], cube.name)
    return view if view.shown in shown_as.offered(measure, cube, view.query.by) else replace(view, shown=None)


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
    cube = session.cube(view.query.cube)
    measure = session.measure(view.query.measures[0], cube.name)
    query = replace(view.query, measures=(measure.name,), totals=True)
    if not session.warehouse().profile.lines:
        empty_state(
            "The warehouse is empty", "Load order lines on the page Data, then come back.", key="no-lines"
        )
        return
    trail(view, cube, go)
    choices(view, cube, go)
    if refused(view, cube):
        return
    asked = shown_as.asked(query, view.shown)
    try:
        answer = shown_as.laid_out(session.ask(asked), query)
    except TooLarge as error:
        too_large(view, cube, query, error, go)
        return
    grid = Grid(answer, cube, measure, asked.measures[-1])
    if not grid.rows:
        nothing, what = ("sold", "order line") if of_order_lines(view) else ("recorded", "record")
        empty_state(
            f"Nothing was {nothing} here",
            f"No {what} meets all the filters at once. Take one away, or choose a longer period.",
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
        behind(
            Query(cuts=cuts),
            title,
            lambda: st.session_state.pop("explore-cell", None),
            lambda: ask_why(HERE, in_its_cube(replace(view.query, cuts=cuts))),
        )
    footer(view, grid)
    why_panel(HERE)


def refused(view: View, cube: Cube) -> bool:
    """Whether the measure's own cube lacks a level of the question, which is then said."""
    own = session.cube(in_its_cube(view.query).cube)
    lacking = not_shared(view.query, own)
    if lacking:
        before = st.session_state.get(BEFORE)
        start = first_view(session.cube(), session.warehouse().profile)
        back = before if isinstance(before, View) and before != view else start
        unknown_level(view, cube, own, lacking, back, go)
    return bool(lacking)


def of_order_lines(view: View) -> bool:
    """Whether order lines lie behind the numbers."""
    return in_its_cube(view.query).cube == "sales"


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
            f'<small class="{tone}">{change}</small><small>{against}</small></div>',
            width="content",
        )
        why_button(HERE, in_its_cube(view.query), "total-why")
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
    cube, profile = session.cube(view.query.cube), session.warehouse().profile

    def clicked(click: Click) -> None:
        base = parse_token(click.base)
        rows = tuple(click.row.split(BETWEEN_IDS)) if click.row is not None else ()
        columns = tuple(click.column.split(BETWEEN_IDS)) if click.column is not None else ()
        if click.where == "why" and OTHERS in (*rows, *columns):
            return
        if click.where in ("cell", "why") and OTHERS not in (*rows, *columns):
            steps = [
                *zip(base.query.rows, rows, strict=False),
                *zip(base.query.columns, columns, strict=False),
            ]
            cuts = base.query.cut(*(Cut(level, (identity,)) for level, identity in steps)).cuts
            if click.where == "why":
                ask_why(HERE, in_its_cube(replace(base.query, cuts=cuts)))
                return
            if not of_order_lines(base):
                go(opened(base, cube, grid, rows, columns))
                return
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
        show_as(view, grid.cube, go)
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
            disabled=not of_order_lines(view),
            on_click=lambda: st.session_state.update({"explore-cell": (view.query.cuts, "the total")}),
        )
        within = {"where": [str(cut) for cut in view.query.cuts]}
        for label, script, icon in MINE:
            st.page_link(script, label=label, icon=icon, query_params=within)
        source(answer)
        st.space("stretch")
        downloads(
            "clientela-explore", lambda: exported(grid), "explore", units(grid), levels=grid.answer.query.by
        )
    notes = " ".join(
        (
            *([shown_as.EXPLAINED[view.shown]] if view.shown in shown_as.EXPLAINED else []),
            *answer.notes,
            f"{profile.lines:,} lines in the warehouse; answered in {answer.milliseconds:.0f} ms.",
        )
    )
    st.html(
        f'<p class="clientela-quiet" data-path="{escape(view.token())}" data-testid="explore-ready">{escape(notes)}</p>'
    )


def exported(grid: Grid) -> pl.DataFrame:
    hidden = [f"{level}.id" for level in grid.answer.query.by]
    return dated(grid.answer.frame.drop(hidden), grid.cube, grid.answer.query)


def units(grid: Grid) -> dict[str, str]:
    name, unit = grid.measure.name, grid.measure.unit
    return {name: unit, f"{name}:base": unit, f"{name}:growth": "percent"}


explore()
