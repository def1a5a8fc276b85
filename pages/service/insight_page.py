"""Service insight: contacts an order, what serving costs beside what is brought, what rises, and what came after."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from cubes.members.single_customers import tells_single_customers
from data.errors import BadRequest
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import period_choice, slice_bar
from pages.service import insight_words as words
from pages.service.after_contact_card import after_contact_card
from pages.service.cost_to_serve_card import cost_to_serve_card
from pages.service.found_insight import FoundCosts, FoundInsight, found_costs, found_insight
from pages.service.insight_view import InsightView, parse_insight
from pages.service.rising_card import rising_card
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import dot_intervals
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height

TITLE = "Service insight"


def go(view: InsightView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def service_insight() -> None:
    try:
        view = parse_insight(session.read_url())
    except BadRequest as error:
        page_title(TITLE)
        refused(error)
        return
    if not tells_single_customers(session.warehouse().policy):
        page_title(TITLE)
        withheld()
        return
    if not slice_bar(TITLE, view.cuts, lambda cuts: go(view.within(cuts))):
        ready("refused")
        return
    try:
        with st.spinner("Putting contacts beside purchases …"):
            found = found_insight(view)
            costs = found_costs(view, found)
    except BadRequest as error:
        refused(error)
        return
    with st.container(width=200):
        period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "insight-period")
    if not found.events.within.height:
        nothing(view)
        return
    show(view, found, costs)
    finding_footer("service-insight", view.to_parameters())
    ready("found", found)


def refused(error: BadRequest) -> None:
    empty_state(
        error.problem, error.remedy, "Start afresh", on_click=lambda: go(InsightView()), key="refused", drawing="filter"
    )  # fmt: skip
    ready("refused")


def withheld() -> None:
    empty_state(
        "Small counts are withheld from you",
        "What serving costs is told customer by customer. Explore shows interactions by month and by country instead.",
        key="withheld",
        drawing="closed",
    )
    ready("withheld")


def nothing(view: InsightView) -> None:
    empty_state(
        "No contact here",
        "No customer within the filters was in touch with the service in this period: no call, ticket, visit, letter,"
        " chat or mail.",
        "Start afresh" if view != InsightView() else "",
        on_click=lambda: go(InsightView()),
        key="no-contacts",
        drawing="filter",
    )
    ready("nothing")


def show(view: InsightView, found: FoundInsight, costs: FoundCosts) -> None:
    fact = told_words(words.main_fact(found, costs))
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(fact)}</b></p>')
    for each in words.cautions(found, costs):
        st.html(f'<p class="clientela-quiet">{escape(told_words(each))}</p>')
    kpi_strip(words.tiles(found, costs, session.currency()), "insight-tiles")
    per_order_cards(view, found)
    cost_to_serve_card(view, found, costs, go)
    rising_card(view, found)
    after_contact_card(view, found, go)


def per_order_cards(view: InsightView, found: FoundInsight) -> None:
    """Contacts an order by subject, by channel and by category."""
    left, right = st.columns(2, gap="small")
    with left:
        per_order_card(
            view, found.by_subject, "subject", "Contacts that customers brought, a subject beside all orders."
        )
    with right:
        per_order_card(
            view, found.by_channel, "channel", "Contacts that customers brought, a channel beside all orders."
        )
        if found.by_category is not None:
            per_order_card(view, found.by_category, "member", words.placed_told(found), found.category_level)


def per_order_card(view: InsightView, frame: pl.DataFrame, member: str, told: str, what: str = "") -> None:
    what = what or member
    with card(f"per-order-{member}"):
        section(f"Contacts an order, by {what}", told)
        if frame.is_empty():
            st.html(
                '<p class="clientela-quiet">No contact tells it here, or there is no order beside it.</p>'
            )
            return
        dots = words.per_order_dots(frame, member)
        figure = dot_intervals(dots, session.colours(), unit="ratio")
        chart(figure, f"per-order-{member}-{view.to_parameters()}", words.per_order_alt(dots, what))
        with st.expander("As a table", icon=":material/table:"):
            table = frame.rename({member: what})
            frame_view(table, f"per-order-{member}-table", words.PER_ORDER_UNITS, whole_height(table))
        downloads("clientela-contacts-per-order", lambda: frame.rename({member: what}), f"per-order-{member}",
                  words.PER_ORDER_UNITS)  # fmt: skip


def ready(state: str, found: FoundInsight | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    contacts = found.incoming if found else 0
    version = session.warehouse().version
    st.html(
        f'<p class="clientela-quiet" data-testid="insight-ready" data-state="{state}" data-contacts="{contacts}"'
        f' data-version="{escape(str(version))}"></p>'
    )


service_insight()
