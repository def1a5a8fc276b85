"""Life cycle: who stands in which stage, who came in and went out, how long they stay, and who is due."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from data.model.calendar import to_date
from pages.discover.customer_list import customer_list
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import slice_bar
from pages.ui import page_record, session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import age_curves, flow_diagram, heatmap
from pages.ui.page_record import ToldFigure, ToldFigures, told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import format_day, number_text
from pages.value import flow_words
from pages.value import lifecycle_words as words
from pages.value.found_lifecycle import (
    WITHIN_DAYS,
    FoundLifecycle,
    due_customers,
    found_lifecycle,
    known_then,
    levels_offered,
)
from pages.value.lifecycle_audiences import choose_move, move_audience, stage_audience
from pages.value.lifecycle_view import BEFORE, SPANS, FlowPicture, LifecycleView, parse_lifecycle

MOST_RUNS = 50
ROOM = 420  # pixels that the columns of the moves have
PICTURES = {FlowPicture.BANDS: "Bands", FlowPicture.CELLS: "Cells"}


def go(view: LifecycleView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def lifecycle() -> None:
    try:
        view = parse_lifecycle(session.read_url())
    except BadRequest as error:
        page_title("Life cycle")
        refused(error)
        return
    if not slice_bar("Life cycle", view.cuts, lambda cuts: go(view.within(cuts))):
        ready("refused")
        return
    try:
        with st.spinner("Following the life cycle …"):
            found = found_lifecycle(view)
    except BadRequest as error:
        refused(error)
        return
    choices(view, found)
    if not found.known:
        empty_state(
            "Nobody was known by then.",
            "Choose a later day or fewer filters.",
            "Start afresh",
            on_click=lambda: go(LifecycleView()),
        )
        ready("empty", found)
        return
    show(view, found)
    finding_footer("lifecycle", view.to_parameters())
    ready("found", found)


def refused(error: BadRequest) -> None:
    empty_state(
        error.problem,
        error.remedy,
        "Start afresh",
        on_click=lambda: go(LifecycleView()),
        key="refused",
        drawing="filter",
    )
    ready("refused")


def choices(view: LifecycleView, found: FoundLifecycle) -> None:
    """The last day, the period that ends with it, and the rules."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="lifecycle-choices"):
        with st.container(width=215):
            ends(view, found)
        with st.container(width=180):
            chooser("Period", "lifecycle-months", list(SPANS), view.months, SPANS.__getitem__,
                    lambda months: go(view.over(months)))  # fmt: skip
        about(found)


def ends(view: LifecycleView, found: FoundLifecycle) -> None:
    """The day on which it is looked at: the last of the data, or the end of an earlier month."""
    profile = session.warehouse().profile
    span, last = profile.extents[session.cube("stages").fact].whole, profile.last_day
    months = profile.calendar.periods("month", span) if span else []
    days = {to_date(days.last) for _, days in months[-60:]} | {found.until}
    offered = sorted({*days, *([last] if last else [])}, reverse=True)
    chooser(
        "As it was on", "lifecycle-until", offered, found.until,
        lambda day: f"On {format_day(day)}{', all data' if day == last else ''}",
        lambda day: go(view.seen_until(None if day == last else day)),
    )  # fmt: skip


def about(found: FoundLifecycle) -> None:
    """The rules, a click away."""
    rules = found.rules
    with st.popover(f"Rules, version {rules.version}", icon=":material/rule:", key="lifecycle-rules"):
        told = "".join(f"<li>{escape(each)}</li>" for each in words.rule_words(rules))
        st.html(f"<ul>{told}</ul>")
        st.html(
            '<p class="clientela-quiet">Of what happens on one day, the order is '
            f"{escape(', '.join(rules.events))}, then what the clock does. A day with purchases counts once; "
            "returns do not count. The stages are derived from what was loaded, as of its last day, by the file "
            "data/lifecycle/customer_stages.toml.</p>"
        )


def show(view: LifecycleView, found: FoundLifecycle) -> None:
    st.html(f'<p data-testid="lifecycle-fact">{escape(told_words(words.main_fact(found)))}</p>')
    for each in words.cautions(found):
        st.html(f'<p class="clientela-quiet">{escape(told_words(each))}</p>')
    stages = found.book.select("stage", "closing").iter_rows()
    page_record.note(ToldFigures(tuple(ToldFigure(stage, number_text(number)) for stage, number in stages)))
    left, right = st.columns([1, 1], gap="small")
    with left:
        flow_card(view, found)
    with right:
        book_card(view, found)
    left, right = st.columns([3, 2], gap="small")
    with left:
        dwell_card(view, found)
    with right:
        rates_card(found)
    due_card(view, found)
    known_card(found)


def book_card(view: LifecycleView, found: FoundLifecycle) -> None:
    with card("book", height="stretch"):
        section(
            "The book",
            f"From {format_day(found.since)} to {format_day(found.until)}: before, and entered, less left, and "
            "described anew, is at the end. Described anew is who came to be described as the filters ask, less who "
            "no longer is.",
        )
        sums = found.book.select(pl.lit("All stages").alias("stage"), pl.exclude("stage").sum())
        table = pl.concat([found.book, sums]).rename({"opening": "before", "closing": "at_the_end"})
        counts = dict.fromkeys(table.columns[1:], "count")
        frame_view(table, "lifecycle-book", counts, height=whole_height(table))
        downloads("clientela-life-cycle", lambda: table, "lifecycle-book", counts)
        stage_audience(view, found)


def flow_card(view: LifecycleView, found: FoundLifecycle) -> None:
    """The moves of the period: bands from the stages at the left, or a cell for each way."""
    with card("flow", height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", key="flow-heading"):
            section("From stage to stage", "Moves in the period.")
            st.space("stretch")
            st.session_state["lifecycle-picture"] = view.picture
            st.segmented_control(
                "Picture", list(PICTURES), key="lifecycle-picture", required=True, format_func=PICTURES.__getitem__,
                on_change=lambda: go(view.drawn_as(st.session_state["lifecycle-picture"])),
                label_visibility="collapsed",
            )  # fmt: skip
        if found.flow.is_empty():
            st.html('<p class="clientela-quiet">Nobody moved in this period.</p>')
        else:
            flow_picture(view, found)
            move_audience(found)
        st.html(f'<p class="clientela-quiet">{escape(flow_words.move_words(found))}</p>')


def flow_picture(view: LifecycleView, found: FoundLifecycle) -> None:
    colours = session.colours()
    if view.picture is FlowPicture.BANDS:
        bands = flow_words.flow_bands(found)
        figure = flow_diagram(bands, colours, flow_words.tints(colours), flow_words.SIGNS)
    else:
        cells, edges = flow_words.flow_cells(found), flow_words.flow_edges(found, colours)
        figure = heatmap(cells, colours, unit="count", room=ROOM, edges=edges)
    chart(figure, f"flow-{view.to_parameters()}", flow_words.flow_words(found), choose_move)
    st.html(flow_words.flow_legend(found, colours))


def dwell_card(view: LifecycleView, found: FoundLifecycle) -> None:
    with card("dwell", height="stretch"):
        section(
            "How long they stay",
            "The share that still stands in a stage, by days since it was entered, of all time until the last day. "
            "Who still stands there counts as far as watched (Kaplan and Meier, 1958); the mean of finished stays "
            "alone is shorter than the truth.",
        )
        frame = words.dwell_curves(found)
        if frame.height:
            figure = age_curves(
                frame, session.colours(), age_name="Days in the stage", height=300, steps=True
            )
            told = "; ".join(
                f"{each.stage}: half leave after {words.stay_words(each)}" for each in found.dwell
            )
            chart(figure, f"dwell-{view.to_parameters()}", f"Share still in each stage by day. {told}.")
        table = words.dwell_table(found)
        counts = {"spells": "count", "still_open": "count"}
        frame_view(table, "lifecycle-dwell", counts, height=whole_height(table))
        downloads("clientela-life-cycle-stays", lambda: table, "lifecycle-dwell", counts)


def rates_card(found: FoundLifecycle) -> None:
    with card("rates", height="stretch"):
        section(
            "Where they go",
            f"Of those who entered a stage {WITHIN_DAYS} days before the last day or earlier, the share that went on "
            f"within {WITHIN_DAYS} days, with its interval of 95% (Wilson, 1927).",
        )
        if found.rates.frame.is_empty():
            st.html('<p class="clientela-quiet">Nobody was watched for so long yet.</p>')
            return
        table = found.rates.frame.select("stage", "to", "moved", "entered", "rate", "low", "high")
        units = {"moved": "count", "entered": "count", "rate": "percent", "low": "percent", "high": "percent"}
        frame_view(table, "lifecycle-rates", units, height=whole_height(table, 14))
        downloads("clientela-life-cycle-ways", lambda: table, "lifecycle-rates", units)


def due_card(view: LifecycleView, found: FoundLifecycle) -> None:
    with card("due"):
        section("Who is due", words.due_words(view))
        due_choices(view, found)
        if view.by:
            halves = words.half_table(view, found)
            frame_view(halves, "lifecycle-halves", {}, height=whole_height(halves, 8))
            downloads("clientela-life-cycle-halves", lambda: halves, "lifecycle-halves")
        frame = due_customers(view, found)
        if frame.is_empty():
            st.html('<p class="clientela-quiet">Nobody.</p>')
            return
        customer_list(frame, "clientela-due", "lifecycle-due", {}, frame.columns,
                      audience=f"Due: {view.stage or 'all stages'}")  # fmt: skip


def due_choices(view: LifecycleView, found: FoundLifecycle) -> None:
    """The stage, and by what customers are told apart."""
    standing = {*found.halves["stage"], view.stage}
    stages = [stage for stage in found.rules.stages if stage in standing]

    def held(by: str) -> str:
        return (
            f"Held against: {words.segment_name(by)}"
            if by in ("", BEFORE)
            else f"By {words.segment_name(by)}"
        )

    with st.container(horizontal=True, gap="small", key="lifecycle-due-choices"):
        chooser("Stage", "lifecycle-stage", ["", *stages], view.stage,
                lambda each: each or "All stages", lambda each: go(view.due_in(each)), 200)  # fmt: skip
        chooser("Held against", "lifecycle-by", ["", *levels_offered(), BEFORE], view.by, held,
                lambda by: go(view.told_apart(by)), 300)  # fmt: skip


def known_card(found: FoundLifecycle) -> None:
    """What was known earlier of the same day: late orders and corrections change what stood."""
    earlier = {f"{each.run}": each for each in found.runs[:-1][-MOST_RUNS:]}
    if not earlier:
        return
    with card("known"):
        section(
            "As it was known",
            f"The stages on {format_day(found.until)} as they were known after an earlier load, beside what is known "
            "now; of all customers, whatever the filters.",
        )
        chosen = st.selectbox(
            "As known after", [*earlier][::-1], key="lifecycle-known",
            format_func=lambda each: f"{earlier[each].recorded_at:%Y-%m-%d %H:%M} UTC, data until "
            f"{format_day(earlier[each].as_of)}, rules {earlier[each].rule_version}",
        )  # fmt: skip
        table = known_then(found, earlier[chosen])
        frame_view(
            table, "lifecycle-known-table", dict.fromkeys(table.columns[1:], "count"), whole_height(table)
        )


def ready(state: str, found: FoundLifecycle | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    known = found.known if found else 0
    version = session.warehouse().version
    st.html(
        f'<p class="clientela-quiet" data-testid="lifecycle-ready" data-state="{state}" data-known="{known}"'
        f' data-version="{escape(str(version))}"></p>'
    )


lifecycle()
