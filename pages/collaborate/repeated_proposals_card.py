"""Proposals that say nearly the same, on the page Proposal insight: pairs with both places, and ways to the board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from pages.collaborate import proposal_insight_words as words
from pages.collaborate.found_proposal_insight import FoundProposalInsight, asked_pairs
from pages.collaborate.proposal_insight_view import LIKENESSES, ProposalInsightView
from pages.ui.controls import as_plain, chooser
from pages.ui.export_files import downloads
from pages.ui.open_pages import link_to
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.sought_work import await_work

BOARD, PICKED = "collaborate/proposals_page.py", "picked-pair"
MOST_PAIRS = 500


def repeated_proposals_card(
    view: ProposalInsightView, found: FoundProposalInsight, go: Callable[[ProposalInsightView], None]
) -> bool:
    """Whether the pairs are there, or refused, rather than still sought."""
    with card("repeated"):
        section(
            "Said twice",
            "Exact repeats first, then proposals whose letters are alike, in any language. Two that name different"
            " places are not the same, however alike. Pick a row to open both on the board, where they can be merged.",
        )
        chooser(
            "Likeness", "proposal-insight-alike", list(LIKENESSES), view.alike, lambda each: f"Alike from {each:g} on",
            lambda each: go(replace(view, alike=each)), 180,
        )  # fmt: skip
        try:
            pairs = await_work(asked_pairs(view, found), "Reading all proposals …")
        except BadRequest as error:
            refusal = told_words(f"{error.problem} {error.remedy}")
            st.html(f'<p data-testid="pairs-refused">{escape(refusal)}</p>')
            return True
        if pairs is None:
            return False
        st.html(f'<p data-testid="pairs">{escape(told_words(words.pairs_words(pairs, view.alike)))}</p>')
        if pairs.height:
            drawn(found, pairs)
    return True


def drawn(found: FoundProposalInsight, pairs: pl.DataFrame) -> None:
    table = words.pair_table(found, pairs)
    shown = table.head(MOST_PAIRS)

    def picked(row: int | None) -> None:
        st.session_state[PICKED] = None if row is None else pairs.row(row)[:2]

    frame_view(shown, "pairs-table", {}, height=whole_height(shown), on_row=picked)
    if table.height > MOST_PAIRS:
        st.html(f'<p class="clientela-quiet">The first {MOST_PAIRS}; the files hold all.</p>')
    told = {row["proposal"]: row for row in found.voices.proposals.to_dicts()}
    for key in st.session_state.get(PICKED) or ():
        if key in told:
            one = told[key]
            label = f"{one['number']}: {as_plain(one['title'])}"
            address = {"proposal": one["number"]} | ({"source": one["source"]} if one["source"] else {})
            link_to(BOARD, label=label, icon=":material/lightbulb:", query_params=address)
    downloads("clientela-proposals-said-twice", lambda: table, "said-twice")
