"""Which proposals are like a text, or like one of them: the one door of the page to the index of texts.

It is made beside what goes on, once for all who see the same, and follows what is recorded and published since.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

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
PATIENCE = 1.0  # seconds that an earlier index is not good enough
MOST_KEPT = 8  # indexes, of warehouses and of what policies show of them
EXACT = {"title": "the same title", "text": "the same text", "both": "the same words"}
_last: dict[tuple[str, str], ProposalIndex] = {}
_lock = threading.Lock()


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
    found = _index(board, warehouse or session.warehouse()).similar(title, text, most, place=place or None)
    numbers = {number.key: number for number in board.proposals}
    found = found.filter(pl.col("proposal").is_in(list(numbers)))
    return tuple(
        SimilarProposal(numbers[each["proposal"]], each["score"], each["exact"] or "", each["place"] or "",
                        each["is_elsewhere"])
        for each in found.iter_rows(named=True)
    )  # fmt: skip


def similar_to(each: CustomerProposal, board: ProposalBoard) -> tuple[SimilarProposal, ...]:
    """Those most like one of the board, itself left out."""
    found = similar_now(each.title, board, each.text, each.place, MOST + 1)
    return tuple(one for one in found if one.number != each.number)[:MOST]


def prepare(board: ProposalBoard, warehouse: Warehouse | None = None) -> Future[ProposalIndex]:
    """Let the index of all that the board holds be made, beside what goes on; it is kept with the board."""
    store = warehouse or session.warehouse()
    kept: tuple[ProposalBoard, Future[ProposalIndex]] | None = store.beside.get(KEPT)
    if kept is not None and kept[0] is board:
        return kept[1]
    made: Future[ProposalIndex] = Future()
    store.beside[KEPT] = (board, made)
    Thread(target=_make, args=(board, _key(store), made), name="index-of-proposals", daemon=True).start()
    return made


def _index(board: ProposalBoard, store: Warehouse) -> ProposalIndex:
    """The index of all; while it follows what came just now and takes its time, the one of before."""
    made, before = prepare(board, store), _last.get(_key(store))
    try:
        return made.result(timeout=PATIENCE if before is not None else None)
    except TimeoutError:
        if before is None:
            raise
        return before


def _key(store: Warehouse) -> tuple[str, str]:
    return str(store.path), store.policy.print


def _make(board: ProposalBoard, key: tuple[str, str], made: Future[ProposalIndex]) -> None:
    try:
        frame = _frame(tuple(board.proposals.values()))
        with _lock:
            before = _last.get(key)
            index = _followed(before, frame) if before is not None else proposal_index(frame)
            _last.pop(key, None)
            _last[key] = index
            while len(_last) > MOST_KEPT:
                del _last[next(iter(_last))]
        made.set_result(index)
    except BaseException as error:
        made.set_exception(error)


def _followed(before: ProposalIndex, frame: pl.DataFrame) -> ProposalIndex:
    """The index of before with what came since; a new one where anything of it is another by now."""
    same = before.proposals.join(frame, on=frame.columns, how="semi", nulls_equal=True)
    if same.height < before.proposals.height:
        return proposal_index(frame)
    missing = frame.join(before.proposals, on="proposal", how="anti", maintain_order="left")
    return before.added(missing) if missing.height else before


def _frame(proposals: Sequence[CustomerProposal]) -> pl.DataFrame:
    rows = [(each.number.key, each.title, each.text, each.place or None) for each in proposals]
    schema = dict.fromkeys(("proposal", "title", "text", "place"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")
