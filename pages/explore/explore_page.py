"""Explore: choose what to see, drill where it is interesting, go back, look behind a number."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from cubes.ask.execute_plan import TooLarge
from cubes.catalogue.segment_formation import dated
from cubes.model import Cube
from cubes.query import Cut
from data.errors import BadRequest
from pages.explore import shown_as
from pages.explore.answer_source import answered, source
from pages.explore.behind_cell import CUSTOMERS, LINES, WHICH, behind
from pages.explore.chart_of_view import Steps, draw, opened, steps_of
from pages.explore.explore_view import (
    Chart,
    View,
    first_view,
    in_its_cube,
    not_shared,
    parse_token,
    parse_view,
    with_tops,
)
from pages.explore.link_notices import notices
from pages.explore.outlier_days import outliers
from pages.explore.question_asked import question_bar
from pages.explore.refused_question import too_large, unknown_level
from pages.explore.why_panel import ask_why, close, why_button, why_panel
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid, table
from pages.ui.export_files import cells_of, downloads
from pages.ui.figures import BETWEEN_IDS, OTHERS
from pages.ui.page_states import card, empty_state
from pages.ui.period_choices import fact_of
from pages.ui.pivot_table import Click, pivot
from pages.ui.style.formats import delta_text, format_value, trend

STATE = HERE = "explore"
BEFORE = "explore-before"
CELL = "explore-cell"
MINE = (
    ("Segments of this", "discover/segments_page.py", ":material/group_work:"),
    ("Baskets of this", "discover/baskets_page.py", ":material/shopping_basket:"),
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
    st.session_state.pop(CELL, None)
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
    view = view.with_query(with_tops(view.query, session.cube(view.query.cube)))
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
    cube = session.cube(view.query.cube)
    measure = session.measure(view.query.measures[0], cube.name)
    profile = session.warehouse().profile
    if not profile.extents[fact_of(view.query, profile)].lines:
        empty_state(
            "The warehouse is empty", "Load order lines on the page Data, then come back.", key="no-lines"
        )
        return
    question_bar(view, cube, go)
    if refused(view, cube):
        return
    reason = shown_as.why_not(measure, view.shown, cube, view.query.by) if view.shown else ""
    notices(view, reason, go)
    view = replace(view, shown=None) if reason else view
    query = replace(view.query, measures=(measure.name,), totals=True)
    asked = shown_as.asked(query, view.shown)
    try:
        told = session.ask_timed(asked)
    except TooLarge as error:
        too_large(view, cube, query, error, go)
        return
    grid = AnswerGrid(shown_as.laid_out(told.answer, query), cube, measure, asked.measures[-1])
    if not grid.rows:
        nothing_here(view)
        return
    left, right = st.columns([5, 7], gap="small")
    with left, card("chart", "stretch"):
        heading(view, grid)
        draw(view, cube, grid, lambda steps: enter(view, grid, steps))
    with right, card("pivot", "stretch"):
        as_table(view, grid)
    if CELL in st.session_state:
        cuts, title = st.session_state[CELL]
        inside = in_its_cube(replace(view.query, cuts=cuts))
        behind(
            inside,
            title,
            lambda: st.session_state.pop(CELL, None),
            lambda: ask_why(HERE, inside),
        )
    footer(view, grid, told)
    why_panel(HERE)


def nothing_here(view: View) -> None:
    nothing, what = ("sold", "order line") if of_order_lines(view) else ("recorded", "record")
    empty_state(
        f"Nothing was {nothing} here",
        f"No {what} meets all the filters at once. Take one away, or choose a longer period.",
        "Clear all filters",
        on_click=lambda: go(view.with_query(view.query.without_cuts())),
        key="no-cells",
        drawing="filter",
    )


def enter(view: View, grid: AnswerGrid, steps: Steps) -> None:
    """What a click on members leads to: further in, or to their lines where nothing lies further in."""
    then = opened(view, grid.cube, grid, steps)
    ends = view.ends(grid.cube, (level for level, _ in steps))
    if then == view or (ends and OTHERS not in (identity for _, identity in steps)):
        look_behind(view, grid, steps, LINES)
    else:
        go(then)


def look_behind(view: View, grid: AnswerGrid, steps: Steps, which: str) -> None:
    """Open what lies behind these members; without any, behind the total."""
    cuts = view.query.cut(*(Cut(level, (identity,)) for level, identity in steps)).cuts
    title = " × ".join(grid.labels.get(step, step[1]) for step in steps) or "the total"
    st.session_state[CELL] = (cuts, title)
    st.session_state[WHICH] = which


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
    return session.cube(in_its_cube(view.query).cube).has_orders


def heading(view: View, grid: AnswerGrid) -> None:
    """The total, how it changed, and the kinds of chart."""
    measure, profile = grid.measure, session.warehouse().profile
    value, base = (grid.cell() or {}).get(measure.name), grid.base()
    unit = measure.unit
    change = delta_text(value, base, unit)
    direction = trend(value, base, unit) * measure.rising
    tone = "good" if direction > 0 else "bad" if direction < 0 else ""
    against = f"vs {format_value(base, unit, profile.currency, True)}" if base is not None else ""
    text, whole = (format_value(value, unit, profile.currency, brief) for brief in (True, False))
    with st.container(horizontal=True, vertical_alignment="top", key="chart-heading"):
        st.html(
            f'<div class="clientela-total" data-testid="total" data-value="{value}">'
            f'<span>{escape(measure.label)}</span><b title="{escape(whole)}">{escape(text)}</b>'
            f'<small class="{tone}">{escape(change)}</small><small>{escape(against)}</small></div>',
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


def as_table(view: View, grid: AnswerGrid) -> None:
    cube, profile = session.cube(view.query.cube), session.warehouse().profile

    def clicked(click: Click) -> None:
        base = parse_token(click.base)
        rows = tuple(click.row.split(BETWEEN_IDS)) if click.row is not None else ()
        columns = tuple(click.column.split(BETWEEN_IDS)) if click.column is not None else ()
        steps = steps_of(base.query, rows, columns)
        beyond = OTHERS in (*rows, *columns)
        if click.where == "why" and not beyond:
            cuts = base.query.cut(*(Cut(level, (identity,)) for level, identity in steps)).cuts
            ask_why(HERE, in_its_cube(replace(base.query, cuts=cuts)))
        elif click.where == "cell" and not beyond:
            leaf = base.ends(cube, base.query.rows[: len(rows)])
            look_behind(base, grid, steps, LINES if leaf else CUSTOMERS)
        elif click.where != "why":
            enter(base, grid, steps)

    pivot(
        table(grid, profile, view.token(), shown_as.unit(grid.measure, view.shown)),
        key="explore-pivot",
        on_click=clicked,
    )


def footer(view: View, grid: AnswerGrid, told: session.Told) -> None:
    answer = grid.answer
    own = session.cube(in_its_cube(view.query).cube)
    lines = session.warehouse().profile.extents[own.fact].lines
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="explore-footer"):
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
            on_click=lambda: look_behind(view, grid, (), CUSTOMERS),
        )
        within = {"where": [str(cut) for cut in view.query.cuts]}
        for label, script, icon in MINE:
            st.page_link(script, label=label, icon=icon, query_params=within)
        source(answer, answered(told))
        st.space("stretch")
        subtotals(view)
        downloads(
            "clientela-explore",
            lambda: dated(cells_of(answer, view.query.totals), grid.cube, answer.query),
            "explore",
            units(grid),
            levels=grid.answer.query.by,
        )
    notes = " ".join(
        (
            *filter(None, [shown_as.explained(view.shown)]),
            *answer.notes,
            f"{lines:,} lines in the warehouse; {answered(told)}.",
        )
    )
    st.html(
        f'<p class="clientela-quiet" data-path="{escape(view.token())}" data-testid="explore-ready">{escape(notes)}</p>'
    )
    outliers(own, "explore")


def subtotals(view: View) -> None:
    """Whether the files have the subtotals of the table as well."""
    st.session_state["subtotals"] = view.query.totals
    st.toggle(
        "Subtotals",
        key="subtotals",
        help="Files hold the cells alone, or subtotals too, told apart by a column of their own.",
        on_change=lambda: go(view.with_query(replace(view.query, totals=st.session_state["subtotals"]))),
    )


def units(grid: AnswerGrid) -> dict[str, str]:
    name, unit = grid.measure.name, grid.measure.unit
    return {name: unit, f"{name}:base": unit, f"{name}:growth": "percent"}


explore()
