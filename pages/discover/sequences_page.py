"""Sequences: what customers buy after what, after how long, and who is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.patterns.mined_sequences import FoundSequences, sequence_text
from mining.patterns.purchase_days import PurchaseDays
from mining.patterns.sequences import Timing, TooManySequences
from pages.discover import found_sequences
from pages.discover.baskets_view import Picture
from pages.discover.finding_footer import finding_footer
from pages.discover.found_rules import single_levels
from pages.discover.mined_slice import period_choice, slice_bar
from pages.discover.opened_sequence import opened_sequence
from pages.discover.rule_thresholds import percent, supports
from pages.discover.sequence_frames import (
    UNITS,
    about,
    bubbles,
    edges_and_nodes,
    read_table,
    sequence_clicked,
    table,
    tiles,
)
from pages.discover.sequences_view import LENGTHS, SequencesView, parse_sequences
from pages.discover.threshold_slider import threshold_slider
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import rules_matrix, rules_network
from pages.ui.kpi_row import kpi_strip
from pages.ui.opened_panel import BESIDE
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view
from pages.ui.sought_work import await_work
from pages.ui.style.formats import count_text, number_text

PICTURES = {Picture.NETWORK: ":material/hub:", Picture.MATRIX: ":material/grid_view:"}
LEAST_GAPS, GAPS = (1, 7, 14, 30, 90), (0, 7, 14, 30, 60, 90, 180, 365)
SHOWN = 1_000
SEEKING = "Looking for what comes after what, then shuffling the order …"


def go(view: SequencesView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def sequences() -> None:
    try:
        view = parse_sequences(session.read_url())
    except BadRequest as error:
        page_title("Sequences")
        refused(error, "Start afresh", SequencesView())
        return
    if not slice_bar("Sequences", view.cuts, lambda cuts: go(view.within(cuts))):
        ready(view, "refused")
        return
    try:
        with st.spinner("Reading the purchases …"):
            days = found_sequences.encoded(view)
    except BadRequest as error:
        refused(error, "Start afresh", SequencesView())
        return
    choices(view)
    if days is None:
        empty_state(
            "No purchases here",
            "No known customer bought anything within all the filters: there are only returns, unknown items or "
            "customers, or no lines at all.",
            "Clear all filters" if view.cuts else "",
            on_click=lambda: go(view.within(())),
            key="no-purchases",
            drawing="filter",
        )
        ready(view, "empty")
        return
    with st.spinner("Looking for a support to begin with …"):
        suggested = found_sequences.suggested(view)
    support = view.support or suggested
    thresholds(view, days, support, suggested)
    try:
        found = await_work(found_sequences.asked_sequences(view, support), SEEKING)
    except TooManySequences as error:
        instead = view.at(support=error.enough) if error.enough else view.at(longest=2)
        action = f"Take support {percent(error.enough)}" if error.enough else "Up to 2 items a sequence"
        refused(error, action, instead)
        return
    except BadRequest as error:
        refused(error, "Take the one suggested", view.at(support=None))
        return
    if found is None:
        ready(view, "awaited")
        return
    show(view, days, found, suggested)


def choices(view: SequencesView) -> None:
    """What an item is, the period, the days between, the length, and which item to look for."""
    cube, timing = session.cube(), view.timing
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="sequences-choices"):
        offered = single_levels(session.warehouse().profile)
        chooser(
            "Items", "sequences-level", [*offered, *({view.level} - {*offered})], view.level,
            lambda name: f"Items: {cube.level(name).label}", lambda name: go(view.of(name)), 170,
        )  # fmt: skip
        with st.container(width=180):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "sequences-period")
        days_choice(
            "Least gap", LEAST_GAPS, timing.least_gap,
            lambda days: "On any later day" if days == 1 else f"{days} days later or more",
            lambda days: go(view.timed(replace(timing, least_gap=days))),
        )  # fmt: skip
        days_choice(
            "Most gap", GAPS, timing.most_gap or 0,
            lambda days: f"Next within {days} days" if days else "However late",
            lambda days: go(view.timed(replace(timing, most_gap=days or None))),
        )  # fmt: skip
        days_choice(
            "Window", GAPS, timing.window or 0,
            lambda days: f"All within {days} days" if days else "Over any time",
            lambda days: go(view.timed(replace(timing, window=days or None))),
        )  # fmt: skip
        chooser(
            "Length", "sequences-longest", list(LENGTHS), view.longest or 0,
            lambda longest: f"Up to {longest} items" if longest else "Of any length",
            lambda longest: go(view.at(longest=longest or None).closed()), 150,
        )  # fmt: skip
        with st.container(width=230):
            st.session_state["sequences-item"] = view.item
            st.text_input(
                "Item",
                key="sequences-item",
                placeholder="Sequences with an item …",
                icon=":material/search:",
                on_change=lambda: go(view.about(st.session_state["sequences-item"])),
                label_visibility="collapsed",
            )


def days_choice(
    label: str, offered: Iterable[int], value: int, name: Callable[[int], str], went: Callable[[int], None]
) -> None:
    """A number of days to choose, the one in force among them."""
    chooser(label, f"sequences-{label}", sorted({*offered, value}), value, name, went, 185)


def thresholds(view: SequencesView, days: PurchaseDays, support: Decimal, suggested: Decimal) -> None:
    """The support, and whether sequences whose order may be chance are shown."""
    with st.container(border=True, key="card-thresholds"):
        left, right = st.columns(2, gap="medium", vertical_alignment="center")
        with left:
            least = count_text(found_sequences.least_customers(support, days), "customer")
            threshold_slider(
                f"Support at least {percent(support)}: {least} of {number_text(len(days))}",
                "sequences-support",
                supports(len(days), support, suggested),
                support,
                lambda value: go(view.at(support=value).closed()),
            )
        with right:
            st.session_state["sequences-order"] = not view.every
            st.toggle(
                "Only where the order is not by chance",
                key="sequences-order",
                on_change=lambda: go(view.at(every=not st.session_state["sequences-order"]).closed()),
                help="Against ten shuffles of what each customer bought among their own days: what is merely popular, "
                "or bought by the same people, is as frequent there. False discoveries are held to 5% over all "
                "sequences above the support.",
            )


def refused(error: BadRequest, action: str, instead: SequencesView) -> None:
    empty_state(
        error.problem, error.remedy, action, on_click=lambda: go(instead), key="refused", drawing="filter"
    )
    ready(instead, "refused")


def show(view: SequencesView, days: PurchaseDays, found: FoundSequences, suggested: Decimal) -> None:
    kpi_strip(tiles(days, found), "sequences-tiles")
    passing = found.frame if view.every else found.significant()
    held = about(passing, view.item)
    if held.is_empty():
        nothing(view, found, passing, suggested)
        ready(view, "none", found, held)
        return
    chosen = found_sequences.row_of(found.frame, view.opened) if view.opened else None
    left, right = st.columns(BESIDE, gap="small") if chosen is not None else (st.container(), None)
    with left:
        with card("sequences"):
            listed(view, held, found)
        with card("picture"):
            picture(view, held)
    if right is not None and chosen is not None:
        with right:
            opened_sequence(view, found, chosen, lambda: go(view.closed()))
    finding_footer("sequences", view.at(support=found.min_support).to_parameters())
    ready(view, "found", found, held)


def nothing(view: SequencesView, found: FoundSequences, passing: pl.DataFrame, suggested: Decimal) -> None:
    """Why no sequence is shown, and the way on."""
    if found.frame.is_empty():
        title, why = "No sequence passes", "Nothing is bought after anything by so many customers."
        action, instead = f"Take support {percent(suggested)}", view.at(support=None)
        if view.support is None:
            why += " Widen the gaps, the window or the period, or take items of a higher level."
            action, instead = "Any gap and window", view.timed(Timing())
    elif passing.is_empty():
        title = "The order may be chance"
        why = (
            f"{count_text(found.frame.height, 'sequence')} reach the support, and none more often than with each "
            "customer's own days shuffled. They are popular together, not one after another."
        )
        action, instead = "Show all", view.at(every=True)
    else:
        title = f"No sequence holds “{view.item}”"
        why = f"None of the {count_text(passing.height, 'sequence')} names such an item."
        action, instead = "Show all sequences", view.about("")
    empty_state(title, why, action, on_click=lambda: go(instead), key="no-sequences", drawing="filter")


def listed(view: SequencesView, held: pl.DataFrame, found: FoundSequences) -> None:
    """The sequences as a table: a heading sorts, a row opens."""
    part = f"The first {number_text(SHOWN)}; the files have all. " if held.height > SHOWN else ""
    section(
        count_text(held.height, "sequence"),
        f"{part}The surest order first. A season or a new product also puts one thing after another. "
        "A row opens who is due.",
    )
    rows = held.head(SHOWN)
    shown = read_table(rows)

    def picked(row: int | None) -> None:
        go(view.closed() if row is None else view.open(rows["sequence"].to_list()[row]))

    asked = view.closed().at(picture=Picture.NETWORK).to_parameters()
    frame_view(
        shown, f"sequences-{asked}-{found.min_support}", UNITS, min(420, 40 + 36 * rows.height), picked
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.space("stretch")
        downloads("clientela-sequences", lambda: table(held), "sequences", UNITS)


def picture(view: SequencesView, held: pl.DataFrame) -> None:
    """The paths as a network of elements, or what was bought by what came then; a click opens one."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html('<h2 class="clientela-section">What leads to what</h2>', width="content")
        st.space("stretch")
        st.session_state["sequences-picture"] = view.picture
        st.segmented_control(
            "Picture",
            list(Picture),
            key="sequences-picture",
            required=True,
            format_func=PICTURES.__getitem__,
            on_change=lambda: go(view.at(picture=st.session_state["sequences-picture"])),
            label_visibility="collapsed",
            help="Network of paths, or what was bought by what came then",
        )

    def clicked(ids: tuple[str, ...]) -> None:
        steps = sequence_clicked(held, ids)
        go(view.open(steps) if steps else view.about(ids[0]))

    token = f"{view.to_parameters()}-{held.height}"
    if view.picture is Picture.NETWORK:
        figure = rules_network(*edges_and_nodes(held), session.colours(), height=520)
        chart(figure, f"paths-{token}", "Paths from purchase to purchase", clicked)
    else:
        figure = rules_matrix(bubbles(held), session.colours(), height=520)
        chart(figure, f"sequence-matrix-{token}", "What was bought by what came then", clicked)


def ready(
    view: SequencesView, state: str, found: FoundSequences | None = None, held: pl.DataFrame | None = None
) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "level": view.level,
        "customers": found.customers if found else 0,
        "sequences": held.height if held is not None else 0,
        "mined": found.frame.height if found else 0,
        "support": found.min_support if found else view.support or "",
        "sequence": sequence_text(view.opened),
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    words = (
        "Returns and unknown customers are left out; what is bought on one day stands together."
        if found
        else ""
    )
    st.html(f'<p class="clientela-quiet" data-testid="sequences-ready"{attributes}>{words}</p>')


sequences()
