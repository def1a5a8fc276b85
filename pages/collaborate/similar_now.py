"""Which proposals are like a text, or like one of them: the one door of the page to the index of texts.

The index is kept beside the snapshot, and follows what was recorded since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import ProposalBoard
from data.collaborate.proposal_course import ProposalNumber
from data.store.warehouse import Warehouse
from mining.proposals.similar_proposals import ProposalIndex, proposal_index
from pages.ui import session
from pages.ui.style.formats import share_text

KEPT = "index of proposals"
MOST = 6
EXACT = {"title": "the same title", "text": "the same text", "both": "the same words"}


@dataclass(frozen=True, slots=True)
class SimilarProposal:
    """One that is like another: `score` is 0 to 1; `exact` says what repeats exactly, "" nothing; `is_elsewhere`
    whether both name places that differ, None where one names none."""

    number: ProposalNumber
    score: float
    exact: str = ""
    place: str = ""
    is_elsewhere: bool | None = None

    @property
    def words(self) -> str:
        """How alike they are."""
        return EXACT[self.exact].capitalize() if self.exact else f"{share_text(self.score)} alike"

    @property
    def place_words(self) -> str:
        return f"{self.place} (another place)" if self.is_elsewhere else self.place


def similar_now(
    title: str,
    board: ProposalBoard,
    text: str = "",
    place: str = "",
    most: int = MOST,
    warehouse: Warehouse | None = None,
) -> tuple[SimilarProposal, ...]:
    """Those most like a text that somebody types, exact repeats first; none of an empty title. The board is that of
    `warehouse`, or of the one that the page reads."""
    if not title.strip():
        return ()
    index, numbers = _index(board, warehouse or session.warehouse())
    found = index.similar(title, text, most, place=place or None)
    return tuple(
        SimilarProposal(numbers[each["proposal"]], each["score"], each["exact"] or "", each["place"] or "",
                        each["is_elsewhere"])
        for each in found.iter_rows(named=True)
    )  # fmt: skip


def similar_to(each: CustomerProposal, board: ProposalBoard) -> tuple[SimilarProposal, ...]:
    """Those most like one of the board, itself left out."""
    found = similar_now(each.title, board, each.text, each.place, MOST + 1)
    return tuple(one for one in found if one.number != each.number)[:MOST]


def _index(board: ProposalBoard, store: Warehouse) -> tuple[ProposalIndex, dict[str, ProposalNumber]]:
    """The index of all proposals, and their numbers by key; what was recorded since it was made is added to it."""
    kept: tuple[ProposalIndex, dict[str, ProposalNumber]] | None = store.beside.get(KEPT)
    there = board.proposals.keys()
    if kept is None or not there >= set(kept[1].values()):
        kept = (proposal_index(_frame(list(board.proposals.values()))), {each.key: each for each in there})
    elif missing := [each for number, each in board.proposals.items() if number.key not in kept[1]]:
        numbers = kept[1] | {each.number.key: each.number for each in missing}
        kept = (kept[0].added(_frame(missing)), numbers)
    store.beside[KEPT] = kept
    return kept


def _frame(proposals: Sequence[CustomerProposal]) -> pl.DataFrame:
    rows = [(each.number.key, each.title, each.text, each.place or None) for each in proposals]
    schema = dict.fromkeys(("proposal", "title", "text", "place"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")
