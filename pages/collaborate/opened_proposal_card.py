"""One proposal opened: what it says, where it stands, who supports it, what says the same, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from urllib.parse import quote

import streamlit as st

from data.access.deed import Deed
from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import ProposalBoard
from data.collaborate.proposal_course import HERE
from data.operational import operational_store
from data.portal.partner_suggestions import PROPOSAL
from pages.collaborate import proposal_words as words
from pages.collaborate.partner_suggestions_card import partner_suggestions_card
from pages.collaborate.product_sales_card import product_sales_card
from pages.collaborate.proposal_columns import address
from pages.collaborate.proposal_ways import proposal_ways, undo_said
from pages.collaborate.proposals_view import LANGUAGES, ProposalsView
from pages.collaborate.prototype_card import prototype_card
from pages.collaborate.similar_card import similar_card
from pages.collaborate.similar_now import similar_to
from pages.collaborate.supporters_card import supporters_card
from pages.manage.shared.html_tables import TableCell, filled_table, table
from pages.ui import noted_looks, session
from pages.ui.allowed_deeds import may
from pages.ui.local_time import day_in_words, in_words, today
from pages.ui.page_states import card, section
from pages.ui.style.told_sentences import in_language

ELSEWHERE = "A proposal of a source: what is said here stands beside what the source tells, and changes nothing there."
CUT = "Its text is longer than what is shown here."


def opened_proposal_card(
    each: CustomerProposal, board: ProposalBoard, view: ProposalsView, shut: Callable[[], None]
) -> None:
    """All that a proposal shows."""
    if each.author and each.author.id:
        noted_looks.saw_customer(each.author.id)
    alike = similar_to(each, board)
    with card("opened-proposal"):
        with st.container(horizontal=True, vertical_alignment="center", key="proposal-heading"):
            section(words.title_of(each))
            st.space("stretch")
            st.button("Back to the board", key="proposal-shut", type="tertiary", icon=":material/arrow_back:",
                      on_click=shut)  # fmt: skip
        _facts(each, board, view)
        proposal_ways(each, board, tuple(one.number for one in alike))
        _text(each)
        if each.number.source != HERE:
            st.html(f'<p class="clientela-quiet">{escape(ELSEWHERE)}</p>')
    left, right = st.columns(2, gap="small")
    with left:
        supporters_card(each, board)
    with right:
        similar_card(each, alike, board, view)
    _merged_card(each, board, view)
    partner_suggestions_card(operational_store.of(session.warehouse()), PROPOSAL, each.number.key)
    prototype_card(each)
    product_sales_card(each)
    _history_card(each)


def _facts(each: CustomerProposal, board: ProposalBoard, view: ProposalsView) -> None:
    merged = ""
    if each.merge:
        href = escape(address(view.opened(each.merge.into)))
        told = escape(in_language(words.merge_fact(each)))
        way = f'<a href="{href}" target="_self">Open it</a>'
        merged = f'<p class="clientela-verdict look" data-testid="proposal-merged">{told} {way}</p>'
    st.html(
        f'<p data-testid="proposal-fact"><b>{escape(in_language(words.status_fact(each, today())))}</b></p>'
        f'<p data-testid="proposal-supports">{escape(in_language(words.supports_fact(each)))}</p>{merged}'
        f'<p class="clientela-quiet proposal-about">{_about(each, board)}</p>'
    )
    for sentence in each.odd:
        st.html(
            f'<p class="clientela-verdict look" data-testid="proposal-odd">{escape(in_language(sentence))}</p>'
        )
    if each.merge and may(Deed.PARTNER):
        st.button("Unmerge", key="proposal-unmerge", icon=":material/call_split:",
                  on_click=partial(undo_said, "Unmerged: both are as they were before.", each.merge.said))  # fmt: skip


def _about(each: CustomerProposal, board: ProposalBoard) -> str:
    """Whose it is, in HTML: the customer as a link, product, place, language and where it came from."""
    if each.author is None:
        told = ["Of a customer who is not known"]
    else:
        name = escape(each.author.name or each.author.id)
        told = [f'Of <a href="customer?who={quote(each.author.id, safe="")}" target="_self">{name}</a>']
    told.append(f"made {escape(day_in_words(each.at))}")
    told += [f"product: {escape(each.product)}"] if each.product else []
    told += [f"place: {escape(each.place)}"] if each.place else []
    if each.language:
        guessed = "" if each.told_language else " (guessed)"
        told.append(f"{escape(LANGUAGES.get(each.language, each.language))}{guessed}")
    told.append(
        f"{escape(each.number.id)} {'recorded here' if each.is_here else f'from {escape(each.number.source)}'}"
    )
    by_author = board.told_of_author(each.author.code) if each.author else ""
    return f"{', '.join(told)}.{f' {escape(in_language(by_author))}' if by_author else ''}"


def _text(each: CustomerProposal) -> None:
    """The words alone: marks of HTML are taken away, and never rendered."""
    held = escape(each.text) if each.text else '<span class="clientela-quiet">It has no text.</span>'
    more = f'<p class="clientela-quiet">{CUT}</p>' if each.is_cut else ""
    st.html(f'<div class="proposal-text" data-testid="proposal-text">{held}</div>{more}')


def _merged_card(each: CustomerProposal, board: ProposalBoard, view: ProposalsView) -> None:
    if not each.members:
        return
    with card("proposal-members"):
        section("Merged into it", "Links: each can be unmerged, and is then as it was.")
        rows = []
        members = [board.proposals[number] for number in each.members]
        for one in members:
            merge = one.merge
            rows.append((
                TableCell(words.short_title(one), href=address(view.opened(one.number))),
                TableCell(one.place),
                TableCell(words.supports_told(one)),
                TableCell(merge.reason if merge else ""),
                TableCell(f"{merge.by}, {day_in_words(merge.at)}" if merge and merge.at else "", "quiet"),
            ))  # fmt: skip
        heads = ("Proposal", "Place", "By itself", "Why", "By")
        filled_table(heads, rows, "proposal-members", "Proposals merged into it")


def _history_card(each: CustomerProposal) -> None:
    with card("proposal-history"):
        section("What became of it", "Statuses with their reasons, the latest first, and comments.")
        rows = [
            (
                TableCell(day_in_words(one.at) if one.is_dated else in_words(one.at), "quiet"),
                TableCell(words.HEADS[one.status] + (f" (“{one.word}”)" if one.word else "")),
                TableCell(one.reason),
                TableCell(one.by or each.number.source, "quiet"),
            )
            for one in reversed(each.course)
        ]
        table(("When", "Status", "Reason", "By"), rows, "proposal-statuses", "Statuses, the latest first")
        for one in reversed(each.comments):
            person = f" for {one.person.name or one.person.id}" if one.person else ""
            st.html(
                f'<p class="proposal-comment" data-testid="proposal-comment">{escape(one.text)}'
                f"<small>{escape(one.by)}{escape(person)}, {escape(in_words(one.at))}</small></p>"
            )
