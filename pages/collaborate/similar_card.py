"""What may say the same as an opened proposal: exact repeats first, each with its place, for places tell them apart."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import ProposalBoard
from pages.collaborate import proposal_words as words
from pages.collaborate.proposal_columns import address
from pages.collaborate.proposals_view import ProposalsView
from pages.collaborate.similar_now import SimilarProposal
from pages.manage.shared.html_tables import TableCell, filled_table
from pages.ui.page_states import card, section

SENTENCE = (
    "By their letters, whatever the language; exact repeats stand first. Alike texts on different places may be two"
    " wishes: both places are told."
)
HEADS = ("Proposal", "How alike", "Place", "Status", "Supports")


def similar_card(
    each: CustomerProposal, alike: Sequence[SimilarProposal], board: ProposalBoard, view: ProposalsView
) -> None:
    with card("similar-proposals", "stretch"):
        section("Similar ones", SENTENCE)
        if not alike:
            st.html('<p class="clientela-quiet" data-testid="none-similar">No other proposal is like it.</p>')
            return
        rows = [_row(one, board.proposals[one.number], view) for one in alike]
        filled_table(HEADS, rows, "similar-proposals", "Similar proposals")


def _row(one: SimilarProposal, each: CustomerProposal, view: ProposalsView) -> tuple[TableCell, ...]:
    merged = f" (merged into {each.merge.into.id})" if each.merge else ""
    return (
        TableCell(words.short_title(each), href=address(view.opened(each.number))),
        TableCell(one.words, "look" if one.exact else ""),
        TableCell(one.place_words),
        TableCell(words.HEADS[each.status] + merged, "quiet"),
        TableCell(words.supports_told(each)),
    )
