"""Explore: choose what to see, drill where it is interesting, go back, look behind a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape

import streamlit as st

from cubes.ask.execute_plan import TooLarge
from cubes.catalogue.segment_formation import dated
from cubes.model import Cube
from cubes.query import Cut, Query, split_measure
from data.access.deed import Deed
from data.errors import BadRequest
from data.model.typed_count import whole
from data.operational.notes import Note
from pages.explore import shown_as
from pages.explore.answer_source import source, time_told
from pages.explore.answers_of_view import answered, columns_asked, meaningful
from pages.explore.behind_cell import CUSTOMERS, LINES, WHICH, behind
from pages.explore.chart_of_view import NAMES, draw, opened, steps_of
from pages.explore.explore_view import (
    TOTALS_AT,
    Chart,
    Steps,
    View,
    first_view,
    fitted,
    in_its_cube,
    not_shared,
    parse_token,
    parse_view,
)
from pages.explore.leaderboards_of_view import chosen, leaders_of
from pages.explore.link_notices import notices
from pages.explore.noted_places import place_of
from pages.explore.noted_table import noted_table
from pages.explore.notes_panel import notes_panel, open_notes
from pages.explore.outlier_days import outliers
from pages.explore.question_asked import question_bar
from pages.explore.refused_question import too_large, unknown_level
from pages.explore.rest_panel import compare_with_rest, rest_panel
from pages.explore.set_of_view import shown_in_rows
from pages.explore.sets_panel import NOTHING_SHOWN, open_sets, sets_panel
from pages.explore.table_looks import parse_marks
from pages.explore.table_of_view import label, order_asked
from pages.explore.total_of_view import total_html
from pages.explore.view_history import ViewHistory
from pages.explore.views_popover import undo_redo, views_popover
from pages.explore.why_panel import ask_why, close, why_panel
from pages.explore.written_beside import written_beside
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.answer_grid import AnswerGrid
from pages.ui.audience_dialog import audience_dialog, offer_query
from pages.ui.export_files import cells_of, downloads
from pages.ui.figures import BETWEEN_IDS, OTHERS
from pages.ui.leaderboards.leaderboards import leaderboards
from pages.ui.open_pages import is_open
from pages.ui.page_states import card, empty_state
from pages.ui.period_choices import fact_of
from pages.ui.pivot.pivot_table import Click, pivot
from pages.ui.style.formats import number_text
from pages.ui.style.told_sentences import noted
from pages.ui.toolbar.toolbar import Tool, ToolButton, ToolChoice, ToolLink, ToolText, link, toolbar

STATE = HERE = "explore"
HISTORY, BEGINNING = "explore-history", "explore-beginning"
KINDS = tuple((kind.value, name) for kind, name in NAMES.items())
CELL, ELSEWHERE = "explore-cell", "explore-elsewhere"
MINED = {
    "segments": ("Segments of this", "group_work", "discover/segments_page.py"),
    "baskets": ("Baskets of this", "shopping_basket", "discover/baskets_page.py"),
    "sequences": ("Sequences of this", "conversion_path", "discover/sequences_page.py"),
}


def go(view: View) -> None:
    """What every click ends in: this view from now on."""
    step(history().gone(view))


def history() -> ViewHistory:
    """Where this session was in Explore."""
    found: ViewHistory = st.session_state.setdefault(HISTORY, ViewHistory())
    return found


def step(then: ViewHistory) -> None:
    """The view that a history is at, from now on."""
    st.session_state[HISTORY] = then
    st.session_state[STATE] = then.present
    stay()
    st.session_state.pop(CELL, None)
    close()


def stay() -> None:
    """What an event of the page begins with: the address that came with it, which may be older than the last one
    written, is no way back in the browser's history."""
    st.session_state["explore-url"] = session.read_url()


def beginning() -> View:
    """Where Explore starts on this snapshot."""
    store = session.warehouse()
    if BEGINNING not in store.beside:
        store.beside[BEGINNING] = first_view(session.cube(), store.profile)
    found: View = store.beside[BEGINNING]
    return found


def current() -> View:
    """The view of this session; the URL's, where a person pasted a link or went back in history.

    The page's bare address is the first view, and stays bare until something is chosen, so that going back
    leads out of the page again.
    """
    url = session.read_url()
    start = beginning()
    if STATE not in st.session_state or url != st.session_state.get("explore-url"):
        step(history().found(parse_view(url) if url else start))
    asked: View = st.session_state[STATE]
    view = fitted(asked, session.cube(asked.query.cube), start.query.rows)
    written = {} if view == start and not url else view.to_parameters()
    session.write_url(written)
    st.session_state["explore-url"] = written
    st.session_state[STATE] = view
    st.session_state[HISTORY] = history().settled(view)
    return view


@session.fragment
def explore() -> None:
    if ELSEWHERE in st.session_state:
        script, asked = st.session_state.pop(ELSEWHERE)
        st.switch_page(script, query_params=asked)
    view, whole = None, False
    try:
        view = current()
        whole = show(view)
    except BadRequest as error:
        view = None
        start = beginning()
        empty_state(
            error.problem,
            error.remedy,
            "Start afresh",
            on_click=lambda: go(start),
            key="bad-view",
            drawing="filter",
        )
    if not whole:
        with st.container(horizontal=True, gap="small", key="explore-ways"):
            ways(view)
        sets_panel(view, NOTHING_SHOWN, go)
    audience_dialog(HERE)


def ways(view: View | None, mined: Iterable[ToolLink] = ()) -> None:
    """Back, forth, and what is kept: views, and sets of members; of a view that cannot be read none is saved."""
    whom = (
        [ToolButton("audience", "Make an audience", "group_add")]
        if view and tells_customers(view) and may(Deed.CAMPAIGN)
        else []
    )
    sets = ToolButton("sets", "Sets", "category")
    tools: tuple[Tool, ...] = (*undo_redo(history()), sets, *whom, *mined)
    toolbar(tools, "explore-tools", lambda name, _: take_way(name, view), "content")
    views_popover(view, history().recent, go)


def take_way(name: str, view: View | None) -> None:
    """What a tool at the foot leads to."""
    match name:
        case "undo":
            step(history().undone())
        case "redo":
            step(history().redone())
        case "sets":
            open_sets()
        case "audience" if view is not None:
            offer_query(inside(view, ()), HERE)
        case _ if view is not None:
            st.session_state[ELSEWHERE] = (MINED[name][2], within(view))


def within(view: View) -> dict[str, list[str]]:
    """What a page is asked that looks at the same lines as a view."""
    return {"where": [str(cut) for cut in view.query.cuts]}


def show(view: View) -> bool:
    """Draw a view; whether there was anything to draw."""
    cube = session.cube(view.query.cube)
    profile = session.warehouse().profile
    if not profile.extents[fact_of(view.query, profile)].lines:
        empty_state(
            "The warehouse is empty", "Load order lines on the page Data, then come back.", key="no-lines"
        )
        return False
    written = written_beside(session.warehouse())
    question_bar(view, cube, written.favourites, go, stay)
    if refused(view, cube):
        return False
    view, reasons = meaningful(view, cube, profile)
    if view.chart is Chart.LEADERS:
        notices(reasons)
        as_leaderboards(view, cube)
        return False
    try:
        told = answered(view.query)
    except TooLarge as error:
        too_large(view, cube, replace(view.query, totals=True), error, go)
        return False
    grid = AnswerGrid(told.answer, cube, view.places)
    if not grid.rows:
        nothing_here(view)
        return False
    with st.container(horizontal=True, gap="small", key="explore-panes"):
        with card("chart", "stretch"):
            heading(view, grid)
            draw(view, cube, grid, lambda steps: enter(view, grid, steps))
        with card("pivot", "stretch"):
            as_table(view, grid, written.notes)
        notices(reasons)  # stands above by the style sheet: the cards keep their place, and the focus in them
    if CELL in st.session_state:
        inside, title = st.session_state[CELL]
        behind(
            inside,
            title,
            lambda: st.session_state.pop(CELL, None),
            lambda: ask_why(HERE, inside),
            (lambda: offer_query(inside, HERE)) if tells_customers(view) else None,
        )
    footer(view, grid, told)
    why_panel(HERE)
    rest_panel(HERE)
    notes_panel()
    return True


def as_leaderboards(view: View, cube: Cube) -> None:
    """Courses over time beside the leaders of several levels, in place of chart and table."""
    profile = session.warehouse().profile
    shown = leaders_of(view, cube, profile, session.ask)
    with card("leaders"):
        toolbar((kinds(view),), "chart-heading", lambda _, kind: go(replace(view, chart=Chart(kind))))
        leaderboards(
            shown,
            "explore-leaders",
            lambda choice: go(chosen(parse_token(choice.base), choice, cube)),
        )
    ready(view, shown.notes)
    why_panel(HERE)


def ready(view: View, notes: Iterable[str]) -> None:
    """What is to be known of the numbers, and that all of them are there."""
    st.html(
        f'<p class="clientela-quiet" data-path="{escape(view.token())}" data-testid="explore-ready">'
        f"{escape(' '.join(map(noted, notes)))}</p>"
    )


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


def look_behind(view: View, grid: AnswerGrid, steps: Steps, which: str, measure: str = "") -> None:
    """Open what lies behind these members; without any, behind the total."""
    st.session_state[CELL] = (inside(view, steps, measure), called(grid, steps))
    st.session_state[WHICH] = which


def called(grid: AnswerGrid, steps: Steps) -> str:
    """A cell by its members."""
    return " × ".join(grid.labels.get(step, step[1]) for step in steps) or "the total"


def note_on(view: View, grid: AnswerGrid, steps: Steps, measure: str) -> None:
    """Open the notes on a number."""
    place = place_of(view.query, grid.cube, session.warehouse().profile.calendar, steps, measure)
    query = view.query.cut(*(Cut(level, (member,)) for level, member in steps))
    named = label(measure, view.query.cube, session.warehouse().profile)
    open_notes(place, f"{named}: {called(grid, steps)}", query, grid.cube)


def inside(view: View, steps: Steps, measure: str = "") -> Query:
    """The question within these members, of one measure, to the cube that this is of."""
    name, _ = split_measure(measure or view.query.measures[0])
    cuts = view.query.cut(*(Cut(level, (identity,)) for level, identity in steps)).cuts
    return in_its_cube(replace(view.query, cuts=cuts, measures=(name,), order=None))


def refused(view: View, cube: Cube) -> bool:
    """Whether the measure's own cube lacks a level of the question, which is then said."""
    own = session.cube(in_its_cube(view.query).cube)
    lacking = not_shared(view.query, own)
    if lacking:
        back = history().before or beginning()
        unknown_level(view, cube, own, lacking, back, go)
    return bool(lacking)


def tells_customers(view: View) -> bool:
    """Whether the measure's own cube is told by customer, so that an audience can be made of who stands behind it."""
    return any(level.is_customer for level in session.cube(in_its_cube(view.query).cube).levels)


def of_order_lines(view: View) -> bool:
    """Whether order lines lie behind the numbers."""
    return session.cube(in_its_cube(view.query).cube).has_orders


def heading(view: View, grid: AnswerGrid) -> None:
    """The total, how it changed, and the kinds of chart."""
    why = ToolButton("why", "Why?", help="Why did it move?")

    def pressed(name: str, kind: str) -> None:
        if name == "why":
            ask_why(HERE, in_its_cube(view.query))
        else:
            go(replace(view, chart=Chart(kind)))

    toolbar((ToolText(total_html(view, grid)), why, kinds(view)), "chart-heading", pressed)


def kinds(view: View) -> ToolChoice:
    """The kinds of chart to choose from."""
    return ToolChoice("kind", "Kind of chart", view.chart.value, KINDS)


def as_table(view: View, grid: AnswerGrid, notes: tuple[Note, ...]) -> None:
    pivot(
        noted_table(view, grid, notes), key="explore-pivot", on_click=lambda click: clicked(click, grid, view)
    )


def clicked(click: Click, grid: AnswerGrid, drawn: View) -> None:
    """What a click on the table asks for, of the view that was on screen then; `grid` is that of the one drawn last.

    What Others stood for in an earlier table is not known any more: such a click is dropped.
    """
    view = parse_token(click.base)
    rows, columns = (tuple(each.split(BETWEEN_IDS)) if each else () for each in (click.row, click.column))
    steps = steps_of(view.query, rows, columns)
    if click.where in LAYOUT:
        go(laid_out(view, click))
    elif click.where == "open" and (click.base == drawn.token() or OTHERS not in (*rows, *columns)):
        enter(view, grid, steps)
    elif OTHERS not in (*rows, *columns):
        looked(view, grid, click, steps)


LAYOUT = ("sort", "look", "move", "place", "unplace", "width", "hide", "unhide", "totals")


def laid_out(view: View, click: Click) -> View:
    """The view with its table sorted, marked or arranged as a click on a header asks."""
    match click.where:
        case "sort":
            return view.sorted_by(order_asked(view.query, click.measure, click.column, click.value))
        case "look":
            return view.looking(click.measure, parse_marks(click.value))
        case "move" if click.measure in view.query.measures:
            return view.moved(click.measure, 1 if click.value == "right" else -1)
        case "place" if click.column and (depth := click.column.count(BETWEEN_IDS)) < len(view.query.columns):
            return view.placed(view.query.columns[depth], click.value.split(BETWEEN_IDS))
        case "unplace":
            return replace(view, places=())
        case "width":
            name, _, pixels = click.value.rpartition("=")
            return view.widened(name, whole(pixels) or 0)
        case "hide":
            return replace(view, hidden=(*view.hidden, click.value))
        case "unhide":
            return replace(view, hidden=())
        case "totals":
            return replace(view, total=next(each for each in TOTALS_AT if each in (click.value, "off")))
    return view


def looked(view: View, grid: AnswerGrid, click: Click, steps: Steps) -> None:
    """What was asked of a cell: other members, or what lies behind its number."""
    cube = grid.cube
    axis = view.query.columns if click.side == "column" else view.query.rows
    side = tuple(step for step in steps if step[0] in axis)
    level, member = side[-1] if side else steps[-1] if steps else ("", "")
    match click.where:
        case "keep" if level:
            go(view.keep_only(level, member))
        case "exclude" if level:
            go(view.leave_out(level, member))
        case "level" if level:
            go(view.by(cube, steps, level, cube.level(click.value).name))
        case "expand" if level and (finer := cube.finer(level)):
            go(view.expanded(cube, finer))
        case "customers" | "lines":
            look_behind(view, grid, steps, CUSTOMERS if click.where == "customers" else LINES, click.measure)
        case "audience":
            offer_query(inside(view, steps, click.measure), HERE)
        case "why":
            ask_why(HERE, inside(view, steps, click.measure))
        case "note":
            note_on(view, grid, steps, click.measure)
        case "rest" if steps:
            compare_with_rest(HERE, view.query, steps)
        case "customer" if cube.level(level).is_customer:
            st.session_state[ELSEWHERE] = ("service/customer_page.py", {"who": member})


def footer(view: View, grid: AnswerGrid, told: session.Told) -> None:
    answer = grid.answer
    own = session.cube(in_its_cube(view.query).cube)
    lines = session.warehouse().profile.extents[own.fact].lines
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="explore-footer"):
        ways(view, mined(view))
        source(answer, time_told(told))
        files(view, grid)
    sets_panel(view, shown_in_rows(grid), go)
    ready(view, (*answer.notes, f"{number_text(lines)} lines in the warehouse; {time_told(told)}."))
    outliers(own, "explore")


def mined(view: View) -> Iterator[ToolLink]:
    """The ways to what is found by mining the same lines."""
    for path, (title, icon, script) in MINED.items():
        if is_open(script):
            yield link(path, title, icon, path, within(view))


def files(view: View, grid: AnswerGrid) -> None:
    """The popover that gives the answer as a file, with its subtotals where they are wanted."""
    opened = st.popover("Download", icon=":material/download:", key="explore-download", on_change="rerun")
    if not opened.open:
        return
    answer = grid.answer
    with opened:
        st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
        subtotals(view)
        downloads(
            "clientela-explore",
            lambda: dated(
                columns_asked(cells_of(answer, view.query.totals), view.query), grid.cube, answer.query
            ),
            "explore",
            units(view, grid),
            levels=answer.query.by,
        )


def subtotals(view: View) -> None:
    """Whether the files have the subtotals of the table as well."""
    st.session_state["subtotals"] = view.query.totals
    st.toggle(
        "Subtotals",
        key="subtotals",
        help="Files hold the cells alone, or subtotals too, told apart by a column of their own.",
        on_change=lambda: go(view.with_query(replace(view.query, totals=st.session_state["subtotals"]))),
    )


def units(view: View, grid: AnswerGrid) -> dict[str, str]:
    """The unit of each column of the files."""
    found: dict[str, str] = {}
    for text in grid.answer.query.measures:
        name, derivation = split_measure(text)
        measure = session.measure(name, view.query.cube)
        unit = shown_as.unit(measure, derivation)
        found |= {text: unit, f"{text}:base": unit, f"{text}:growth": "percent"}
    return found


explore()
