"""Proposal insight: three ranks side by side, who speaks beside all customers, groups of opinion, and what repeats."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from cubes.members.single_customers import tells_single_customers
from data.errors import BadRequest
from mining.proposals.proposal_ranks import WAYS
from pages.collaborate import proposal_insight_words as words
from pages.collaborate.found_proposal_insight import (
    FoundProposalInsight,
    found_proposal_insight,
    offered_levels,
    offered_worths,
)
from pages.collaborate.opinion_groups_card import opinion_groups_card
from pages.collaborate.proposal_insight_view import ONLY, ProposalInsightView, parse_proposal_insight
from pages.collaborate.repeated_proposals_card import repeated_proposals_card
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import period_choice, slice_bar
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import dot_intervals, heatmap, rank_courses
from pages.ui.kpi_row import kpi_strip
from pages.ui.open_pages import link_to
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height

TITLE, BOARD = "Proposal insight", "collaborate/proposals_page.py"
ROOM = 620  # pixels that the columns of the groups have


def go(view: ProposalInsightView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def proposal_insight() -> None:
    try:
        view = parse_proposal_insight(session.read_url())
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
        with st.spinner("Counting voices …"):
            found = found_proposal_insight(view)
    except BadRequest as error:
        refused(error)
        return
    choices(view, found)
    if not found.voices.proposals.height:
        nothing(view)
        return
    is_whole = show(view, found)
    finding_footer("proposal-insight", view.to_parameters())
    ready("found" if is_whole else "awaited", found)


def refused(error: BadRequest) -> None:
    empty_state(
        error.problem, error.remedy, "Start afresh", on_click=lambda: go(ProposalInsightView()), key="refused",
        drawing="filter",
    )  # fmt: skip
    ready("refused")


def withheld() -> None:
    empty_state(
        "Small counts are withheld from you",
        "Who supports a proposal is told customer by customer. Explore shows proposals by month and country instead.",
        key="withheld",
        drawing="closed",
    )
    ready("withheld")


def nothing(view: ProposalInsightView) -> None:
    empty_state(
        "No proposal here",
        "Nobody proposed anything within these filters. Load proposals and votes on the page Data, or record one on the"
        " page Proposals.",
        "Start afresh" if view != ProposalInsightView() else "",
        on_click=lambda: go(ProposalInsightView()),
        key="no-proposals",
        drawing="filter",
    )
    ready("nothing")


def choices(view: ProposalInsightView, found: FoundProposalInsight) -> None:
    """Period, groups, what customers are worth, which proposals, and weights."""
    with st.container(
        horizontal=True, gap="small", vertical_alignment="center", key="proposal-insight-choices"
    ):
        with st.container(width=200):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "proposal-insight-period")
        if levels := offered_levels():
            chooser(
                "Groups", "proposal-insight-by", levels, found.base.level, level_name,
                lambda level: go(replace(view, by=level)), 210,
            )  # fmt: skip
        chooser(
            "Worth", "proposal-insight-worth", list(offered_worths()), found.base.worth, words.WORTH_NAMES.__getitem__,
            lambda worth: go(replace(view, worth=worth)), 230,
        )  # fmt: skip
        chooser(
            "Which proposals", "proposal-insight-only", list(ONLY), view.only, words.ONLY_NAMES.__getitem__,
            lambda only: go(replace(view, only=only)), 180,
        )  # fmt: skip
        weighted(view)
        st.space("stretch")
        link_to(BOARD, label="Board", icon=":material/lightbulb:")


def level_name(level: str) -> str:
    return f"Groups: {session.cube().level(level).label}"


def weighted(view: ProposalInsightView) -> None:
    st.session_state["proposal-insight-weighted"] = view.weighted
    st.toggle(
        "Weight voters to all customers",
        key="proposal-insight-weighted",
        help="Each group counts as much as it is of all customers (post-stratification). Counts of persons stay.",
        on_change=lambda: go(replace(view, weighted=bool(st.session_state["proposal-insight-weighted"]))),
    )


def show(view: ProposalInsightView, found: FoundProposalInsight) -> bool:
    fact = told_words(words.main_fact(found))
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(fact)}</b></p>')
    for each in words.cautions(found):
        quiet(each)
    kpi_strip(words.tiles(found, session.currency()), "proposal-insight-tiles")
    ranks_card(view, found)
    if found.insight.ranks.voices:
        groups_of_customers_card(view, found)
        beside_card(view, found)
    is_whole = opinion_groups_card(view, found)
    return repeated_proposals_card(view, found, go) and is_whole


def quiet(text: str) -> None:
    if text:
        st.html(f'<p class="clientela-quiet">{escape(told_words(text))}</p>')


def ranks_card(view: ProposalInsightView, found: FoundProposalInsight) -> None:
    with card("ranks"):
        section(
            "Three ranks side by side",
            "By how many customers support it, by what these are worth together, and by the mean of its share of each"
            " group. None of them says that anybody would buy.",
        )
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="ranks-order"):
            chooser(
                "Order", "proposal-insight-order", list(WAYS), view.order,
                lambda way: f"First {words.WAY_NAMES[way].lower()}", lambda way: go(replace(view, order=way)), 200,
            )  # fmt: skip
        currency = session.currency()
        lines = words.rank_lines(found, view.order, currency)
        if lines.is_empty():
            quiet("Nobody who is known supports any of these proposals, so none is before another.")
        else:
            figure = rank_courses(lines, session.colours())
            chart(figure, f"ranks-{view.to_parameters()}", words.rank_alt(found, view.order))
        table = words.rank_table(found, view.order)
        quiet(
            "Beside each mark stands its rank among all proposals. Shares are of all customers who vote, with Jeffreys'"
            " interval of 95%; the interval of worth is as if each supporter might have come or not."
            f" {words.of_day(found)}"
        )
        frame_view(table, "ranks-table", words.RANK_UNITS)
        st.html(f'<p data-testid="heavy">{escape(told_words(words.heavy_words(found)))}</p>')
        downloads("clientela-proposal-ranks", lambda: table, "proposal-ranks", words.RANK_UNITS)


def groups_of_customers_card(view: ProposalInsightView, found: FoundProposalInsight) -> None:
    with card("by-group"):
        section(
            "By group of customers",
            "How many of each group support a proposal, of all customers of that group: large groups do not drown small"
            " ones.",
        )
        cells = words.segment_cells(found, view.order)
        figure = heatmap(cells, session.colours(), unit="percent", room=ROOM)
        chart(
            figure,
            f"groups-{view.to_parameters()}",
            "Share of each group that supports each of the first proposals.",
        )
        table = words.segment_table(found)
        with st.expander("As a table, with n and intervals", icon=":material/table:"):
            frame_view(table, "groups-table", words.SEGMENT_UNITS)
        downloads("clientela-proposals-by-group", lambda: table, "proposals-by-group", words.SEGMENT_UNITS)


def beside_card(view: ProposalInsightView, found: FoundProposalInsight) -> None:
    with card("beside"):
        section(
            "Proposers are not the market",
            "The share of each group among all customers, among those who propose and among those who vote, with"
            " Jeffreys' interval of 95%.",
        )
        told = words.beside_words(found)
        st.html(f'<p data-testid="beside">{escape(told_words(told))}</p>')
        left, right = st.columns([1, 1], gap="medium")
        with left:
            figure = dot_intervals(words.beside_dots(found), session.colours(), unit="percent")
            chart(figure, f"beside-{view.to_parameters()}", told)
        with right:
            table = words.beside_table(found)
            quiet(words.weights_words(found))
            frame_view(table, "beside-table", words.BESIDE_UNITS, height=whole_height(table))
            downloads("clientela-proposers-beside-customers", lambda: table, "beside", words.BESIDE_UNITS)


def ready(state: str, found: FoundProposalInsight | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    proposals = found.voices.proposals.height if found else 0
    version = session.warehouse().version
    st.html(
        f'<p class="clientela-quiet" data-testid="proposal-insight-ready" data-state="{state}"'
        f' data-proposals="{proposals}" data-version="{escape(str(version))}"></p>'
    )


proposal_insight()
