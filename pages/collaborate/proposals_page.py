"""Proposals: what customers propose, who supports it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from data.access.deed import Deed
from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import ProposalBoard, proposal_board
from data.errors import BadRequest, WarehouseError
from pages.collaborate import proposal_words as words
from pages.collaborate import similar_now
from pages.collaborate.new_proposal_card import new_proposal_card
from pages.collaborate.opened_proposal_card import opened_proposal_card
from pages.collaborate.proposal_columns import board_columns, proposal_frame, proposal_list
from pages.collaborate.proposal_filters import filter_bar
from pages.collaborate.proposals_view import BOARD, ProposalsView, parse_proposals
from pages.manage.shared.manage_style import looks
from pages.service import service_deeds
from pages.ui import noted_looks, session
from pages.ui.allowed_deeds import may
from pages.ui.export_files import downloads
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.style.told_sentences import in_language

SENTENCE = "What customers propose, who supports it, and what becomes of it."
LOOK = Path(__file__).parents[1] / "ui" / "assets" / "proposals.css"
SIZE = 50


def go(view: ProposalsView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    service_deeds.forget()
    session.write_url(view.to_parameters())


@session.fragment
def proposals() -> None:
    looks()
    st.html(f"<style>{LOOK.read_text(encoding='utf-8')}</style>")
    page_title("Proposals", SENTENCE)
    try:
        view = parse_proposals(session.read_url())
        board = proposal_board(session.warehouse())
    except (BadRequest, WarehouseError) as error:
        empty_state(error.problem, error.remedy or "", "Start afresh", on_click=lambda: go(ProposalsView()),
                    key="refused", drawing="filter")  # fmt: skip
        ready("refused")
        return
    service_deeds.told("proposals")
    similar_now.prepare(board)
    if view.proposal:
        opened(view, board)
    elif view.new and may(Deed.PARTNER):
        new_proposal_card(board, view, lambda: go(view.closed()))
        ready("new", board)
    elif not board.proposals:
        nothing(view)
    else:
        every(view, board)


def every(view: ProposalsView, board: ProposalBoard) -> None:
    """The board, or the list, of what meets the filters."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="proposals-head"):
        found = words.shown_ones(view, board)
        st.html(
            f'<p data-testid="proposals-fact"><b>{escape(in_language(words.board_fact(board, len(found))))}</b></p>'
        )
        st.space("stretch")
        record_button(view)
    filter_bar(view, board, go)
    for each in words.board_notes(board):
        st.html(f'<p class="clientela-quiet" data-testid="proposals-note">{escape(in_language(each))}</p>')
    if not found:
        empty_state("No proposal meets these filters", "Take one away, or find other words.", "Clear all filters",
                    on_click=lambda: go(view.unfiltered()), key="none-found", drawing="filter")  # fmt: skip
        ready("none", board, found)
        return
    if view.look == BOARD:
        board_columns(view, found)
    else:
        listed(view, found)
    downloads("clientela-proposals", lambda: proposal_frame(found), "proposals")
    ready(view.look, board, found)


def listed(view: ProposalsView, found: Sequence[CustomerProposal]) -> None:
    pages = max(1, -(-len(found) // SIZE))
    at = min(view.page, pages)
    shown = found[(at - 1) * SIZE : at * SIZE]
    noted_looks.saw_rows("proposals", len(shown))
    with card("proposal-list"):
        section("Proposals")
        proposal_list(view, shown)
        if pages > 1:
            turning(view, at, pages)


def turning(view: ProposalsView, at: int, pages: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="proposals-pages"):
        st.button(
            "Earlier", key="proposals-before", disabled=at == 1, on_click=lambda: go(view.turned(at - 1))
        )
        st.caption(f"Page {at} of {pages}", width="content")
        st.button(
            "Later", key="proposals-after", disabled=at == pages, on_click=lambda: go(view.turned(at + 1))
        )


def record_button(view: ProposalsView) -> None:
    if may(Deed.PARTNER):
        st.button("Record a proposal", key="proposals-new", icon=":material/add:", type="primary",
                  on_click=lambda: go(view.recording()))  # fmt: skip


def opened(view: ProposalsView, board: ProposalBoard) -> None:
    """The proposal of the address."""
    found = board.proposals.get(view.number)
    if found is None:
        empty_state(f"There is no proposal {view.proposal[:40]!r}", "Find it by its words, or look through the board.",
                    "Back to the board", on_click=lambda: go(view.closed()), key="no-such-proposal",
                    drawing="filter")  # fmt: skip
        ready("no proposal", board)
        return
    opened_proposal_card(found, board, view, lambda: go(view.closed()))
    ready("proposal", board, opened=found)


def nothing(view: ProposalsView) -> None:
    """What to do where nobody has proposed anything."""
    is_theirs = may(Deed.PARTNER)
    sentence = "Bring proposals as a file" + (", or record the first one." if is_theirs else ".")
    empty_state("No proposal is here yet", sentence, "Record a proposal" if is_theirs else "",
                on_click=lambda: go(view.recording()), key="no-proposals")  # fmt: skip
    ready("empty")


def ready(
    state: str,
    board: ProposalBoard | None = None,
    found: Sequence[CustomerProposal] = (),
    opened: CustomerProposal | None = None,
) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "proposals": len(board.standing) if board else "",
        "shown": len(found),
        "proposal": opened.number.id if opened else "",
        "persons": opened.persons if opened else "",
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="proposals-ready"{attributes}></p>')


proposals()
