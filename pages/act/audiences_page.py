"""Audiences: customers under a name, who came and who left, whom a campaign may reach, and how they overlap."""

from __future__ import annotations

from html import escape

import streamlit as st

from data.errors import BadRequest, WarehouseError
from pages.act import audience_sentences as words
from pages.act.audience_deeds import forget_deeds, told_deeds
from pages.act.audiences_view import AudiencesView, parse_audiences
from pages.act.combine_card import combine_card
from pages.act.found_audiences import AudienceLine, OpenedAudience, found_audiences, line_of, opened_audience
from pages.act.opened_audience_card import opened_audience_card
from pages.discover.mined_slice import EXPLORE
from pages.ui import session
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.open_pages import link_to
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height

CLOSED = ""
BEGUN = "audiences-begun"
MOST_ROWS = 8
PLACES = (
    (EXPLORE, "A cell or a filter in Explore", ":material/pivot_table_chart:"),
    ("discover/segments_page.py", "A segment", ":material/group_work:"),
    ("value/lifecycle_page.py", "A stage of the life cycle", ":material/cached:"),
)


def go(view: AudiencesView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    forget_deeds_elsewhere(view)
    session.write_url(view.to_parameters())


def forget_deeds_elsewhere(view: AudiencesView) -> None:
    """What was done is told until another audience is opened; the list begins anew, with no row picked."""
    st.session_state[BEGUN] = st.session_state.get(BEGUN, 0) + 1
    if view.audience:
        forget_deeds()


@session.fragment
def audiences() -> None:
    page_title("Audiences", "Customers under a name, to be reached by campaigns.")
    try:
        view = parse_audiences(session.read_url())
        lines = found_audiences()
    except (BadRequest, WarehouseError) as error:
        refused(error, AudiencesView())
        return
    told_deeds()
    if not lines:
        nothing()
        ready("empty")
        return
    try:
        line = line_of(lines, view.audience) if view.audience else None
        opened = opened_audience(view, line) if line else None
    except BadRequest as error:
        refused(error, view.closed(), "Back to all audiences")
        return
    if opened:
        view = view.opened(opened.line.audience.id).seen_at(view.at)
    list_card(view, lines)
    if opened:
        opened_audience_card(view, opened, go)
    combine_card(view, lines, go)
    ready("found", lines, opened)


def refused(error: BadRequest | WarehouseError, instead: AudiencesView, action: str = "Start afresh") -> None:
    empty_state(
        error.problem,
        error.remedy or "",
        action,
        on_click=lambda: go(instead),
        key="refused",
        drawing="filter",
    )
    ready("refused")


def nothing() -> None:
    def ways() -> None:
        for script, label, icon in PLACES:
            link_to(script, label=label, icon=icon)

    empty_state(
        "No audience yet",
        f"{words.WHAT_IT_IS} Press “Make an audience” where you found customers:",
        key="no-audiences",
        ways=ways,
    )


def list_card(view: AudiencesView, lines: tuple[AudienceLine, ...]) -> None:
    with card("audiences"):
        section(
            "All audiences",
            "The newest first; a row opens one. Came and left: with the last load that changed it.",
        )
        table = words.listed(lines)
        shown = words.shown_of(table)

        def picked(row: int | None) -> None:
            if row is not None:
                go(view.opened(table["id"][row]))

        key = f"audiences-list-{st.session_state.get(BEGUN, 0)}"
        frame_view(shown, key, words.COUNTS, height=whole_height(shown, MOST_ROWS), on_row=picked)
        names = {CLOSED: "Open an audience …", **{each.audience.id: each.audience.name for each in lines}}
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="audiences-foot"):
            chooser("Audience", "audiences-open", list(names), view.audience, names.__getitem__,
                    lambda each: go(view.opened(each)), 320)  # fmt: skip
            st.space("stretch")
            downloads("clientela-audiences", lambda: table, "audiences", words.COUNTS)


def ready(state: str, lines: tuple[AudienceLine, ...] = (), opened: OpenedAudience | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "audiences": len(lines),
        "opened": opened.line.audience.id if opened else "",
        "customers": len(opened.codes) if opened else "",
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="audiences-ready"{attributes}></p>')


audiences()
