"""Segments: customers grouped by what they did, each group in plain words, its members to keep or to take along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.segments.customer_features import ALL, NO_PURCHASE
from mining.segments.rfm_quintiles import FEWEST_BUYERS, GRID
from pages.discover import found_segments as findings
from pages.discover.customer_list import customer_list
from pages.discover.found_segments import FoundSegments
from pages.discover.mined_slice import period_choice, slice_bar
from pages.discover.save_segments import place, said, saving
from pages.discover.saved_segments import saved_segments
from pages.discover.segment_course import course
from pages.discover.segment_frames import (
    FEATURES,
    UNITS,
    USUAL,
    cautions,
    grid,
    indexes,
    members,
    rows,
    tiles,
)
from pages.discover.segments_view import METHODS, OFFERED, Grouping, Method, parse_grouping
from pages.explore.outlier_days import outliers
from pages.explore.put_on_board import put_on_board
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import heatmap, segment_profile
from pages.ui.kpi_row import kpi_strip
from pages.ui.opened_panel import BESIDE, opened_panel
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.segment_figures import segment_colours, segment_plane, sweep_figure
from pages.ui.segment_list import segment_list
from pages.ui.style.formats import count_text, format_day, number_text
from pages.ui.style.told_sentences import numbers_told


def go(grouping: Grouping) -> None:
    """What every click ends in: this grouping from now on, in the URL."""
    session.write_url(grouping.to_parameters())


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
        frame = findings.customers(grouping.cuts)
    except BadRequest as error:
        refused(error, "Start afresh", Grouping())
        return
    choices(grouping)
    day = findings.as_of(grouping.cuts, session.warehouse().profile)
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
        with st.spinner(f"Grouping {count_text(frame.height, 'customer')} …"):
            finding = findings.found(grouping, frame, day)
    except BadRequest as error:
        refused(error, "Group by RFM quintiles instead", grouping.by(Method.RFM))
        return
    show(grouping, finding)
    outliers(session.cube(), "segments")
    ready(grouping, "found", finding)


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


def choices(grouping: Grouping) -> None:
    """The way of grouping, the period, and for k-means how many segments by which features."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="segments-choices"):
        st.session_state["segments-method"] = grouping.method
        st.segmented_control(
            "Method",
            list(Method),
            key="segments-method",
            required=True,
            format_func=METHODS.__getitem__,
            on_change=lambda: go(grouping.by(st.session_state["segments-method"])),
            label_visibility="collapsed",
        )
        with st.container(width=200):
            period_choice(grouping.cuts, lambda cuts: go(grouping.within(cuts)), "segments-period")
        if grouping.method is Method.KMEANS:
            with st.container(width=150):
                chooser(
                    "Number of segments",
                    "segments-k",
                    sorted({*OFFERED, grouping.k}),
                    grouping.k,
                    lambda k: f"{k} segments",
                    lambda k: go(grouping.into(k)),
                )
            features(grouping)


def features(grouping: Grouping) -> None:
    key = "segments-features"
    st.session_state[key] = list(grouping.features)
    name = "All features" if grouping.features == ALL else count_text(len(grouping.features), "feature")
    with st.popover(name, icon=":material/tune:"):
        st.pills(
            "What customers are grouped by",
            list(ALL),
            key=key,
            selection_mode="multi",
            format_func=FEATURES.__getitem__,
            on_change=lambda: go(grouping.on(st.session_state[key])),
        )
        st.caption("Each is taken as its logarithm and scaled, so that none outweighs the others.")


def show(grouping: Grouping, finding: FoundSegments) -> None:
    chosen = grouping.segment if grouping.segment in finding.names else ""
    tints = segment_colours(finding.names, session.colours(), NO_PURCHASE)
    token = str(grouping.to_parameters())
    kpi_strip(tiles(finding, session.currency()), "segments-tiles")

    def opened(name: str) -> None:
        go(grouping.open("" if name == chosen else name))

    left, right = st.columns(BESIDE if chosen else (7, 5), gap="small")
    with left:
        who(finding, tints, chosen, opened, for_boards(grouping))
        differences(finding, token, opened)
    with right:
        if chosen:
            inside(grouping, finding, chosen)
    with left if chosen else right:
        plane(finding, tints, token, chosen, opened)
        with card("how"):
            if grouping.method is Method.RFM:
                rfm_grid(finding, token, opened)
            else:
                how_many(grouping, finding)
    footer(grouping, finding, token)
    saved_segments()


def for_boards(grouping: Grouping) -> dict[str, str]:
    """What a board can keep: the segments as found, whichever of them is open, and those that are saved."""
    found = f"segments?{urlencode(grouping.open('').to_parameters(), doseq=True)}"
    saved = place(session.warehouse().profile)
    kept = {"Saved segments": f"saved-segments?attribute={saved.name}"} if saved.taken else {}
    return {"Found here": found, **kept}


def who(
    finding: FoundSegments,
    tints: dict[str, str],
    chosen: str,
    opened: Callable[[str], None],
    kept: Mapping[str, str],
) -> None:
    with card("segments"):
        section("Who they are", "A click opens a segment's customers beside the list.")
        segment_list(rows(finding, tints, session.currency()), chosen, "segments-list", opened)
        said = escape(" ".join(cautions(finding)))
        st.html(f'<p class="clientela-quiet" data-testid="cautions">{said}</p>')
        put_on_board(kept, "segments-board")


def differences(finding: FoundSegments, token: str, opened: Callable[[str], None]) -> None:
    with card("profile"):
        section(
            "How they differ",
            "The middle customer against that of all buyers: 100 is the same, 200 twice as much.",
        )
        figure = segment_profile(indexes(finding), session.colours())
        chart(figure, f"profile-{token}", "Profiles of the segments", lambda ids: opened(ids[0]))


def plane(
    finding: FoundSegments, tints: dict[str, str], token: str, chosen: str, opened: Callable[[str], None]
) -> None:
    with card("plane"):
        section("How they lie", numbers_told(" ".join(finding.scatter.axes)))
        height = max(370, min(640, 30 + 56 * len(finding.names)))
        figure = segment_plane(finding.scatter.points, tints, session.colours(), chosen=chosen, height=height)
        chart(figure, f"plane-{token}", "Customers on a plane, by segment", lambda ids: opened(ids[0]))


def rfm_grid(finding: FoundSegments, token: str, opened: Callable[[str], None]) -> None:
    section(
        "The grid",
        "Customers by fifths: recency down, frequency and money across. Who bought within the usual time is in row 3 "
        "or above, who bought long ago in row 2 or below.",
    )
    figure = heatmap(grid(finding), session.colours(), unit="count", height=300)

    def clicked(ids: tuple[str, ...]) -> None:
        opened(GRID[int(ids[0]), int(ids[1])])

    chart(figure, f"grid-{token}", "RFM grid", clicked)


def how_many(grouping: Grouping, finding: FoundSegments) -> None:
    """Several numbers of segments side by side, on demand."""
    section("How many segments?", "Silhouette (higher is clearer) and sizes, for 2 to 10 segments.")
    if not grouping.sweep:
        st.html(
            '<p class="clientela-quiet">k-means finds as many segments as it is told to. Compare what each number '
            "gives, then choose one that you can act on.</p>"
        )
        st.button(
            "Compare 2 to 10 segments",
            key="segments-sweep",
            icon=":material/query_stats:",
            on_click=lambda: go(grouping.swept()),
        )
        return
    frame = findings.customers(grouping.cuts)
    with st.spinner("Comparing 2 to 10 segments …"):
        sweep = findings.compared(grouping, frame, finding.as_of)
    figure = sweep_figure(sweep.frame, session.colours(), suggested=sweep.suggested_k, chosen=grouping.k)
    alt = "Silhouette and sizes by number of segments"
    chart(figure, f"sweep-{grouping!r}", alt, lambda ids: go(grouping.into(int(ids[0]))))
    basis = (
        f" Measured on {number_text(sweep.sampled)} of {number_text(sweep.buyers)} buyers."
        if sweep.sampled < sweep.buyers
        else ""
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{sweep.suggested_k} segments are the clearest.{basis} A click takes a number.")
        if grouping.k != sweep.suggested_k:
            st.button(
                f"Take {sweep.suggested_k}",
                key="segments-suggested",
                on_click=lambda: go(grouping.into(sweep.suggested_k)),
            )


def inside(grouping: Grouping, finding: FoundSegments, segment: str) -> None:
    """The customers of one segment, to look at and to take along."""
    profile = finding.profiles.row(by_predicate=pl.col("segment") == segment, named=True)
    words = f"{profile['sentence']}. {findings.ADVICE.get(segment, '')}"
    frame = members(finding, segment)
    with opened_panel(segment, "inside", lambda: go(grouping.open("")), {"customers": frame.height}):
        st.html(f'<p class="clientela-quiet">{escape(words)}</p>')
        customer_list(frame.drop("segment"), "clientela-segment", "inside", UNITS, USUAL)
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
        "k": grouping.k if grouping.method is Method.KMEANS else "",
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
