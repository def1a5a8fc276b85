"""Segments: customers grouped by what they did, each group in plain words, its members to keep or to take along."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from cubes.analysis.customer_measures import CustomerMeasures
from data.errors import BadRequest
from mining.segments.customer_features import NO_PURCHASE
from mining.segments.rfm_quintiles import FEWEST_BUYERS
from pages.discover import found_segments as findings
from pages.discover.customer_list import customer_list
from pages.discover.finding_footer import finding_footer
from pages.discover.found_segments import FoundSegments
from pages.discover.found_stability import asked_stability
from pages.discover.mined_slice import slice_bar
from pages.discover.save_segments import place, said, saving
from pages.discover.saved_segments import saved_segments
from pages.discover.segment_cards import (
    differences,
    edit,
    explained,
    how_made,
    plane,
    quiet,
    sentence_of,
    who,
)
from pages.discover.segment_choices import choices, go
from pages.discover.segment_course import course
from pages.discover.segment_frames import UNITS, USUAL, members, tiles
from pages.discover.segments_view import Grouping, Method, parse_grouping
from pages.explore.outlier_days import outliers
from pages.ui import session
from pages.ui.export_files import downloads
from pages.ui.kpi_row import kpi_strip
from pages.ui.opened_panel import BESIDE, opened_panel
from pages.ui.page_states import empty_state, page_title
from pages.ui.segment_figures import segment_colours
from pages.ui.sought_work import await_work
from pages.ui.style.formats import count_text, format_day
from pages.ui.style.told_sentences import numbers_told


@session.fragment
def segments() -> None:
    try:
        grouping = parse_grouping(session.read_url())
    except BadRequest as error:
        page_title("Segments")
        refused(error, "Start afresh", Grouping())
        return
    if not slice_bar("Segments", grouping.cuts, lambda cuts: go(grouping.within(cuts))):
        ready(grouping, "refused")
        return
    try:
        told = findings.customers(grouping.cuts, grouping.wanted)
    except BadRequest as error:
        refused(error, "Start afresh", Grouping())
        return
    choices(grouping)
    day = findings.as_of(grouping.cuts, session.warehouse().profile)
    frame = told.frame
    if frame.is_empty() or day is None:
        nobody(grouping)
        ready(grouping, "empty")
        return
    buyers = frame.filter(pl.col("purchase_days") > 0).height
    if buyers < FEWEST_BUYERS:
        few(grouping, buyers)
        ready(grouping, "few")
        return
    try:
        found = await_work(
            findings.asked_segments(grouping, told, day), f"Grouping {count_text(frame.height, 'customer')} …"
        )
    except BadRequest as error:
        refused(error, "Group by RFM quintiles instead", grouping.by(Method.RFM))
        return
    if found is None:
        ready(grouping, "awaited")
        return
    show(grouping, found, told)


def nobody(grouping: Grouping) -> None:
    filtered = (
        "No known customer has a line within all the filters. Take one away, or choose a longer period."
    )
    empty_state(
        "No customers here",
        filtered if grouping.cuts else "No order line names its customer, so there is nobody to group.",
        "Clear all filters" if grouping.cuts else "",
        on_click=lambda: go(grouping.within(())),
        key="no-customers",
        drawing="filter",
    )


def few(grouping: Grouping, buyers: int) -> None:
    empty_state(
        "Too few customers to group",
        f"{count_text(buyers, 'customer')} bought here. Groups of fewer than {FEWEST_BUYERS} in all would tell of "
        "single customers, not of kinds of them: look at each in Explore.",
        "Clear all filters" if grouping.cuts else "",
        on_click=lambda: go(grouping.within(())),
        key="few-customers",
        drawing="filter",
    )


def refused(error: BadRequest, action: str, instead: Grouping) -> None:
    empty_state(
        error.problem, error.remedy, action, on_click=lambda: go(instead), key="refused", drawing="filter"
    )
    ready(instead, "refused")


def show(grouping: Grouping, found: FoundSegments, told: CustomerMeasures) -> None:
    """`found` are the segments under the names that they were found with."""
    finding = found.called(grouping.names)
    chosen = grouping.segment if grouping.segment in finding.names else ""
    tints = segment_colours(finding.names, session.colours(), NO_PURCHASE)
    token = str(grouping.to_parameters())
    kpi_strip(tiles(finding, session.currency()), "segments-tiles")
    asked = asked_stability(grouping, found, finding.as_of) if finding.clusters else None

    def opened(name: str) -> None:
        go(grouping.open("" if name == chosen else name))

    left, right = st.columns(BESIDE if chosen else (7, 5), gap="small")
    with left:
        who(grouping, finding, tints, chosen, opened, for_boards(grouping), asked)
        differences(finding, token, opened)
        explained(finding, token)
    with right:
        if chosen:
            inside(grouping, finding, chosen)
    with left if chosen else right:
        plane(finding, tints, token, chosen, opened)
        how_made(grouping, finding, told, token, opened)
    footer(grouping, finding, token)
    saved_segments()
    outliers(session.cube(), "segments")
    finding_footer("segments", grouping.to_parameters())
    ready(grouping, "found", finding)


def for_boards(grouping: Grouping) -> dict[str, str]:
    """What a board can keep: the segments as found, whichever of them is open, and those that are saved."""
    found = f"segments?{urlencode(grouping.open('').to_parameters(), doseq=True)}"
    saved = place(session.warehouse().profile)
    kept = {"Saved segments": f"saved-segments?attribute={saved.name}"} if saved.taken else {}
    return {"Found here": found, **kept}


def inside(grouping: Grouping, finding: FoundSegments, segment: str) -> None:
    """The customers of one segment, to look at and to take along."""
    frame = members(finding, segment)
    with opened_panel(segment, "inside", lambda: go(grouping.open("")), {"customers": frame.height}):
        quiet(numbers_told(sentence_of(grouping, finding, segment)), "inside-said")
        edit(grouping, finding, segment)
        customer_list(frame.drop("segment"), "clientela-segment", "inside", UNITS, USUAL, audience=segment)
        course(segment)


def footer(grouping: Grouping, finding: FoundSegments, token: str) -> None:
    said(token)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="segments-footer"):
        saving(grouping, finding, token)
        st.space("stretch")
        downloads("clientela-segments", lambda: members(finding), "segments", UNITS)


def ready(grouping: Grouping, state: str, finding: FoundSegments | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    saved = place(session.warehouse().profile).taken
    marks = {
        "state": state,
        "method": grouping.method.value,
        "k": grouping.k if grouping.method.takes_k else "",
        "segments": len(finding.names) if finding else 0,
        "customers": finding.members.height if finding else 0,
        "segment": grouping.segment,
        "sweep": "yes" if grouping.sweep else "",
        "saved": "yes" if saved else "",
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    words = f"Recency is measured from {format_day(finding.as_of)}, never from today." if finding else ""
    st.html(f'<p class="clientela-quiet" data-testid="segments-ready"{attributes}>{words}</p>')


segments()
