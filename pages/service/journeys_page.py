"""Journeys: by which channels customers are in touch, which ways lead to purchases, and what channels are credited."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from cubes.members.single_customers import tells_single_customers
from data.errors import BadRequest
from mining.journeys.channel_chain import ORDERS
from mining.journeys.journey_paths import RepeatedTouches
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import period_choice, slice_bar
from pages.service import journeys_words as words
from pages.service.credits_card import credits_card
from pages.service.found_journeys import FoundJourneys, found_flow, found_journeys
from pages.service.journeys_view import WAYS, WINDOWS, JourneysView, parse_journeys
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import (
    SERIES,
    Quantity,
    age_curves,
    described,
    dot_intervals,
    heatmap,
    line,
    path_bands,
    stacked,
)
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, format_day

WAY_UNITS = {"paths": "count", "bought": "count", "share_who_bought": "percent", "revenue": "money"}
MIX_UNITS = {
    "customers": "count",
    "share": "percent",
    "share_who_bought": "percent",
    "revenue_a_customer": "money",
}
FOLLOW_UNITS = {"touches": "count", "followed": "count", "share": "percent", "low": "percent", "high": "percent",
                "other_days": "percent"}  # fmt: skip
MOST_WAYS, MOST_CURVES, CURVE_DAYS = 1_000, 6, 90
MOVEMENT_ROOM = 620  # pixels that the columns of the movement have
START = "Start afresh"


def go(view: JourneysView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def journeys() -> None:
    try:
        view = parse_journeys(session.read_url())
    except BadRequest as error:
        page_title("Journeys")
        refused(error, JourneysView())
        return
    if not tells_single_customers(session.warehouse().policy):
        page_title("Journeys")
        withheld()
        return
    if not slice_bar("Journeys", view.cuts, lambda cuts: go(view.within(cuts))):
        ready("refused")
        return
    try:
        with st.spinner("Following the journeys …"):
            found = found_journeys(view)
    except BadRequest as error:
        refused(error, JourneysView())
        return
    choices(view, found)
    if not len(found.paths):
        empty_state(
            "No path here",
            "No customer within the filters was in touch in this period, or it is too near to the end of the data to"
            " know what came of it.",
            START,
            on_click=lambda: go(JourneysView()),
            drawing="filter",
        )
        ready("empty", found)
        return
    is_whole = show(view, found)
    finding_footer("journeys", view.to_parameters())
    ready("found" if is_whole else "awaited", found)


def refused(error: BadRequest, instead: JourneysView) -> None:
    empty_state(
        error.problem, error.remedy, START, on_click=lambda: go(instead), key="refused", drawing="filter"
    )
    ready("refused")


def withheld() -> None:
    empty_state(
        "Small counts are withheld from you",
        "Paths are of single customers. Explore shows interactions by channel and month instead.",
        key="withheld",
        drawing="closed",
    )
    ready("withheld")


def choices(view: JourneysView, found: FoundJourneys) -> None:
    """Period, window, repeats, channels left out and the order of the chain."""
    terms = view.terms
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="journeys-choices"):
        with st.container(width=200):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "journeys-period")
        windows = sorted({*WINDOWS, terms.window_days})
        chooser(
            "Window", "journeys-window", windows, terms.window_days,
            lambda days: f"A touch counts {count_text(days, 'day')}",
            lambda days: go(view.counted(replace(terms, window_days=days))), 210,
        )  # fmt: skip
        chooser(
            "RepeatedTouches", "journeys-repeats", list(RepeatedTouches), terms.repeats, words.REPEATED.__getitem__,
            lambda repeats: go(view.counted(replace(terms, repeats=repeats))), 260,
        )  # fmt: skip
        chooser(
            "Order", "journeys-order", [0, *ORDERS], view.order or 0,
            lambda order: f"Markov of order {order}" if order else "Markov, order chosen",
            lambda order: go(view.of_order(order or None)), 210,
        )  # fmt: skip
        with st.container(width=260):
            left_out(view, found)
        about(view, found)


def left_out(view: JourneysView, found: FoundJourneys) -> None:
    st.session_state["journeys-without"] = list(view.terms.without)
    st.multiselect(
        "Without",
        found.channels,
        key="journeys-without",
        placeholder="Without channels …",
        label_visibility="collapsed",
        on_change=lambda: go(
            view.counted(replace(view.terms, without=tuple(st.session_state["journeys-without"])))
        ),
    )


def about(view: JourneysView, found: FoundJourneys) -> None:
    """What counts as a path, a click away."""
    with st.popover("How it is counted", icon=":material/help:"):
        told = "".join(f"<li>{escape(each)}</li>" for each in words.terms_words(view.terms))
        st.html(f"<ul>{told}</ul>")
        st.html(
            f'<p class="clientela-quiet">Touches and purchases are both known until'
            f" {escape(format_day(found.events.known_until))}.</p>"
        )


def show(view: JourneysView, found: FoundJourneys) -> bool:
    fact = told_words(words.main_fact(found))
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(fact)}</b></p>')
    for each in words.cautions(found):
        st.html(f'<p class="clientela-quiet">{escape(told_words(each))}</p>')
    kpi_strip(words.tiles(found, session.currency()), "journeys-tiles")
    left, right = st.columns([3, 2], gap="small")
    with left:
        flow_card(view, found)
    with right:
        steps_card(view, found)
    is_whole = credits_card(view, found)
    follow_card(view, found)
    left, right = st.columns([1, 1], gap="small")
    with left:
        purchase_card(view, found)
    with right:
        next_card(view, found)
    left, right = st.columns([1, 1], gap="small")
    with left:
        mix_card(view, found)
    with right:
        movement_card(view, found)
    return is_whole


def flow_card(view: JourneysView, found: FoundJourneys) -> None:
    with card("flow", height="stretch"):
        section(
            "Ways to a purchase",
            "The ways that most paths take, channel after channel, and what came of them: + bought, × did not buy. As"
            " wide as many paths; touches of one channel in a row are one stop, and a way is told up to five.",
        )
        flow = found_flow(view, found)
        colours = session.colours()
        figure = path_bands(flow.bands, colours, words.tints(colours), words.SIGNS)
        chart(figure, f"ways-{view.to_parameters()}", words.flow_alt(flow))
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="ways-more"):
            chooser("Ways", "journeys-ways", list(WAYS), view.ways, WAYS.__getitem__,
                    lambda ways: go(view.showing(ways)), 150)  # fmt: skip
            if flow.others.height:
                st.button(
                    "Close the others" if view.others else f"Open {words.others_words(flow)}",
                    key="ways-others",
                    icon=":material/unfold_less:" if view.others else ":material/unfold_more:",
                    on_click=lambda: go(view.with_others(not view.others)),
                )
        if view.others:
            frame_view(words.way_table(flow.others.head(MOST_WAYS)), "other-ways", WAY_UNITS)
        with st.expander("As a table", icon=":material/table:"):
            frame_view(words.way_table(flow.ways.head(flow.shown)), "ways-table", WAY_UNITS)
        downloads("clientela-journeys", lambda: words.way_table(flow.ways), "journey-ways", WAY_UNITS)


def steps_card(view: JourneysView, found: FoundJourneys) -> None:
    with card("steps", height="stretch"):
        section(
            "Where paths end",
            "Of the paths that came to a touch, those that bought next, went on to another, or stopped.",
        )
        cells = words.step_cells(found.steps)
        figure = stacked(cells, session.colours(), unit="count", shares=True)
        first = found.steps.row(0, named=True)
        alt = (
            f"Of {first['reached']:.0f} paths {first['bought']:.0f} bought after the first touch,"
            f" {first['went_on']:.0f} went on and {first['stopped']:.0f} stopped."
        )
        chart(figure, f"steps-{view.to_parameters()}", alt)
        with st.expander("As a table", icon=":material/table:"):
            counts = dict.fromkeys(found.steps.columns[1:], "count")
            frame_view(found.steps, "steps-table", counts, height=whole_height(found.steps))
        downloads("clientela-journey-steps", lambda: found.steps, "journey-steps")


def follow_card(view: JourneysView, found: FoundJourneys) -> None:
    with card("follow"):
        days = count_text(view.terms.window_days, "day")
        section(
            "What follows a touch",
            f"How often a purchase came on one of the {days} after a touch, beside the other days of the same"
            " customers: the odds of the first to the second, each customer held against their own days, with the"
            " interval of 95%.",
        )
        st.html(f'<p data-testid="observational">{escape(told_words(words.OBSERVATIONAL))}</p>')
        frame = words.follow_dots(found.follow)
        if frame.is_empty():
            st.html('<p class="clientela-quiet">No touch was watched for so long yet.</p>')
            return
        left, right = st.columns([1, 1], gap="medium")
        with left:
            figure = dot_intervals(frame, session.colours(), unit="ratio", from_zero=False)
            chart(figure, f"follow-{view.to_parameters()}", words.follow_alt(found.follow))
        with right:
            frame_view(
                words.follow_table(found.follow),
                "follow-table",
                FOLLOW_UNITS,
                height=whole_height(found.follow),
            )
            downloads("clientela-after-a-touch", lambda: found.follow, "after-a-touch", FOLLOW_UNITS)


def purchase_card(view: JourneysView, found: FoundJourneys) -> None:
    with card("to-purchase", height="stretch"):
        section(
            "From the first touch to the purchase",
            "The share of paths that still wait, by days. A path without a purchase counts as far as it was watched"
            " (Kaplan and Meier, 1958).",
        )
        if not found.times:
            return
        curve = found.times.to_purchase
        told = f"Of {count_text(curve.spells, 'path')} {words.waiting_words(curve)}."
        st.html(f'<p data-testid="to-purchase">{escape(told_words(told))}</p>')
        frame = words.waiting_curves({"All paths": curve}, curve.longest)
        figure = age_curves(
            frame, session.colours(), age_name="Days since the first touch", height=280, steps=True
        )
        chart(
            figure, f"to-purchase-{view.to_parameters()}", f"Share of paths still without a purchase. {told}"
        )
        downloads("clientela-time-to-purchase", lambda: frame, "time-to-purchase")


def next_card(view: JourneysView, found: FoundJourneys) -> None:
    with card("to-next", height="stretch"):
        section(
            "From a touch to the next step",
            "The share that has neither been in touch again nor bought, by days since a touch by each channel. Who has"
            " not yet counts until the last day of the data.",
        )
        if not found.times or not found.times.to_next:
            st.html('<p class="clientela-quiet">Nobody was in touch in the period itself.</p>')
            return
        curves = [("All", found.times.to_next), *found.times.by_channel.items()]
        shown = dict(curves[1 : MOST_CURVES + 1] or curves)
        frame = words.waiting_curves(shown, CURVE_DAYS)
        figure = age_curves(frame, session.colours(), age_name="Days since the touch", height=280, steps=True)
        told = "; ".join(f"{name}: {words.waiting_words(curve)}" for name, curve in curves)
        chart(figure, f"to-next-{view.to_parameters()}", f"Share still waiting for the next step. {told}.")
        table = words.waiting_table(curves)
        frame_view(
            table, "next-table", {"touches": "count", "seen_to_go_on": "count"}, height=whole_height(table, 8)
        )
        downloads("clientela-time-to-next-step", lambda: table, "time-to-next")


def mix_card(view: JourneysView, found: FoundJourneys) -> None:
    with card("mix", height="stretch"):
        section(
            "The mix of channels",
            "Customers in touch by each channel, month by month, and by how many channels each was in touch in the"
            " period.",
        )
        frame = words.mix_lines(found, SERIES)
        if frame.is_empty():
            st.html('<p class="clientela-quiet">Nobody was in touch in the period itself.</p>')
            return
        figure = line(frame, session.colours(), unit="count")
        alt = described(frame, kind="Course", measure=Quantity("Customers in touch", "count"))
        chart(figure, f"mix-{view.to_parameters()}", alt)
        table = words.mix_table(found)
        frame_view(table, "mix-table", MIX_UNITS, height=whole_height(table, 8))
        downloads("clientela-channel-mix", lambda: found.use.monthly, "channel-mix")


def movement_card(view: JourneysView, found: FoundJourneys) -> None:
    with card("movement", height="stretch"):
        until = format_day(found.events.span[1])
        section(
            "From channel to channel",
            f"Customers by their main channel in the year before (rows) and in the year to {until} (columns): that of"
            " most touches.",
        )
        if found.movement is None:
            st.html(
                f'<p class="clientela-quiet" data-testid="unmoved">{escape(told_words(found.unmoved))}</p>'
            )
            return
        told = words.movement_words(found.movement)
        st.html(f'<p data-testid="moved">{escape(told_words(told))}</p>')
        cells = words.movement_cells(found.movement)
        figure = heatmap(cells, session.colours(), unit="count", room=MOVEMENT_ROOM)
        chart(figure, f"movement-{view.to_parameters()}", told)
        movement = found.movement
        downloads("clientela-channel-movement", lambda: movement, "channel-movement")


def ready(state: str, found: FoundJourneys | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    paths = len(found.paths) if found else 0
    version = session.warehouse().version
    st.html(
        f'<p class="clientela-quiet" data-testid="journeys-ready" data-state="{state}" data-paths="{paths}"'
        f' data-version="{escape(str(version))}"></p>'
    )


journeys()
