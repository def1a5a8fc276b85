"""Groups of opinion on the page Proposal insight: what each supports more, or why none are shown."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.proposals.opinion_groups import OpinionGroups
from pages.collaborate import proposal_insight_words as words
from pages.collaborate.found_proposal_insight import FoundProposalInsight, asked_groups
from pages.collaborate.proposal_insight_view import ProposalInsightView
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import dot_intervals
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.sought_work import await_work

MOST_DRAWN = 12


def opinion_groups_card(view: ProposalInsightView, found: FoundProposalInsight) -> bool:
    """Whether the groups are there, or refused, rather than still sought."""
    with card("opinion"):
        section(
            "Groups of opinion",
            "Voters who support the same proposals (k-means on principal components), shown only where they stand apart"
            " more than the same votes shuffled. What a group supports more is judged by groups formed without it.",
        )
        try:
            groups = await_work(asked_groups(view, found), "Grouping voters, then shuffling their votes …")
        except BadRequest as error:
            refusal = told_words(f"{error.problem} {error.remedy}")
            st.html(f'<p data-testid="groups-refused">{escape(refusal)}</p>')
            return True
        if groups is None:
            return False
        st.html(f'<p data-testid="groups">{escape(told_words(words.groups_words(groups)))}</p>')
        if groups.is_found:
            drawn(view, found, groups)
        with st.expander("Against shuffled votes", icon=":material/shuffle:"):
            frame_view(groups.counts, "groups-counts", height=whole_height(groups.counts))
    return True


def drawn(view: ProposalInsightView, found: FoundProposalInsight, groups: OpinionGroups) -> None:
    table = words.supported_table(found, groups)
    sizes = words.group_names(groups)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        frame_view(sizes, "groups-sizes", {"voters": "count", "share": "percent"}, height=whole_height(sizes))
        dots = _dots(table)
        figure = dot_intervals(dots, session.colours(), unit="percent")
        chart(
            figure, f"opinion-{view.to_parameters()}", "Share of a group that supports what it supports more."
        )
    with right:
        frame_view(table, "supported-table", words.SUPPORTED_UNITS)
        downloads("clientela-groups-of-opinion", lambda: table, "opinion-groups", words.SUPPORTED_UNITS)


def _dots(table: pl.DataFrame) -> pl.DataFrame:
    first = table.group_by("group", maintain_order=True).head(MOST_DRAWN // max(table["group"].n_unique(), 1))
    return first.select(
        "low", "high", id=pl.concat_str("group", "title", separator=" "), value="share",
        label=pl.format("{}: {}", "group", "title"), series=pl.lit("Of the group"), text=pl.lit(None, pl.String),
    )  # fmt: skip
