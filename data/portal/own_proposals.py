"""Proposals as a customer sees them at the portal: what is proposed and what became of it, and nobody's name but their
own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from data.collaborate import proposal_deeds
from data.collaborate.customer_proposal import CustomerProposal, PrototypeVersion
from data.collaborate.proposal_board import ProposalBoard, proposal_board
from data.collaborate.proposal_course import ProposalNumber
from data.collaborate.proposal_deeds import NewProposal
from data.errors import BadRequest
from data.model.canonical_tables import MAIN_FACT
from data.operational.statement_kinds import SourceNumber
from data.people.portal_links import WHO
from data.portal.own_rows import OwnRows

BOUGHT = f"""SELECT p.id, arg_max(p.name, valid_to) AS name
FROM {MAIN_FACT.name} AS s JOIN product AS p USING (product_code)
WHERE s.customer_code = $1 AND product_code > 0 GROUP BY p.id, product_code ORDER BY name LIMIT 300"""
WITHOUT_TITLE = "(without a title)"
NOT_THERE = "There is no such proposal."


@dataclass(frozen=True, slots=True)
class ShownPrototype:
    """A version that can be tried, and the score that the customer gave it, None where they did not."""

    version: str
    what: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """A proposal without whose it is: `persons` support it, `supported` says whether the customer does. `stands_for`
    is the one that stands for it where it was merged."""

    key: str
    title: str
    text: str
    place: str
    product: str
    at: datetime
    status: str
    since: datetime
    reason: str
    persons: int
    is_mine: bool
    is_open: bool
    supported: bool
    prototypes: tuple[ShownPrototype, ...] = ()
    stands_for: str = ""


def shown_proposals(rows: OwnRows, today: date) -> tuple[ShownProposal, ...]:
    """Those that are open and say something, and all of the customer's own, the latest first. Errors:
    WarehouseError."""
    board = proposal_board(rows.warehouse)
    supported = _supported(rows, board)
    found = [
        _shown(rows, board, each, supported, today)
        for each in board.proposals.values()
        if _is_mine(rows, each)
        or (each.is_open and (each.title or each.text) and each.number not in board.roots)
    ]
    return tuple(sorted(found, key=lambda each: each.at, reverse=True))


def _supported(rows: OwnRows, board: ProposalBoard) -> frozenset[str]:
    """The proposals that the customer supports, by themselves or by one that is merged into them: keys."""
    own = set(board.votes.filter(board.votes["person"] == rows.code)["proposal"].to_list())
    return frozenset(own | {root.key for member, root in board.roots.items() if member.key in own})


def _is_mine(rows: OwnRows, each: CustomerProposal) -> bool:
    return each.author is not None and each.author.code == rows.code


def _shown(
    rows: OwnRows, board: ProposalBoard, each: CustomerProposal, supported: frozenset[str], today: date
) -> ShownProposal:
    root = board.roots.get(each.number)
    return ShownProposal(
        each.number.key, each.title or WITHOUT_TITLE, each.text, each.place, each.product, each.at,
        each.status, each.now.at, each.now.reason, each.persons, _is_mine(rows, each), each.is_open and root is None,
        each.number.key in supported,
        tuple(_prototype(rows, each, one) for one in each.prototypes if one.starts <= today),
        board.proposals[root].title if root else "",
    )  # fmt: skip


def _prototype(rows: OwnRows, each: CustomerProposal, one: PrototypeVersion) -> ShownPrototype:
    scores = [test.score for test in each.tests if test.version == one.version and test.person == rows.code]
    return ShownPrototype(one.version, one.what, scores[-1] if scores else None)


def bought_products(rows: OwnRows) -> list[tuple[str, str]]:
    """The number and name of what the customer bought, by name."""
    return [(str(id), str(name)) for id, name in rows.ask(BOUGHT)]


def propose(rows: OwnRows, title: str, text: str, product: str, place: str) -> str:
    """Record what the customer proposes; its number. Errors: BadRequest, WarehouseError."""
    if product and product not in {id for id, _ in bought_products(rows)}:
        raise BadRequest("That is nothing that you bought.", "Choose a product of the list, or none.")
    new = NewProposal(title, text, _number(rows), product, place)
    return proposal_deeds.record_proposal(rows.warehouse, new, WHO).number.id


def support(rows: OwnRows, key: str) -> str:
    """Support an open proposal; the statement. Errors: BadRequest, WarehouseError."""
    return proposal_deeds.support(rows.warehouse, _open(rows, key).number, _number(rows), who=WHO)


def withdraw_support(rows: OwnRows, key: str) -> str:
    """Support it no longer, nor those merged into it; the last statement. Errors: BadRequest, WarehouseError."""
    number, board = _open(rows, key).number, proposal_board(rows.warehouse)
    own = board.votes.filter(board.votes["person"] == rows.code)["proposal"].to_list()
    merged = [member for member, root in board.roots.items() if root == number and member.key in own]
    meant = [*merged, number] if number.key in own or not merged else merged
    said = [proposal_deeds.withdraw_support(rows.warehouse, each, _number(rows), WHO) for each in meant]
    return said[-1]


def give_feedback(
    rows: OwnRows, key: str, version: str, score: int, would_pay: Decimal | None, note: str, today: date
) -> str:
    """Say what a version is like that the customer tried; the statement. Errors: BadRequest, WarehouseError."""
    found = _open(rows, key)
    if version not in {one.version for one in found.prototypes if one.starts <= today}:
        raise BadRequest("There is no such version to try.", "Choose one of those that are listed.")
    return proposal_deeds.record_feedback(
        rows.warehouse, found.number, version, _number(rows), score, would_pay, note, WHO
    )


def _open(rows: OwnRows, key: str) -> CustomerProposal:
    """Errors: BadRequest for one that there is not, or that is decided or merged."""
    board = proposal_board(rows.warehouse)
    source, _, id = key.partition("/")
    found = board.proposals.get(ProposalNumber(source, id))
    if found is None or found.number in board.roots or not found.is_open:
        raise BadRequest(NOT_THERE, "It may be decided by now: look at the list again.")
    return found


def _number(rows: OwnRows) -> SourceNumber:
    return SourceNumber(*rows.link.member)
