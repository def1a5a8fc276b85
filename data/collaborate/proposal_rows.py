"""What people said of proposals becomes rows of `proposal`, `vote` and `prototype_test` with the next publication."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from data.collaborate import proposal_statements as read
from data.collaborate.proposal_course import NEW, ProposalNumber, StatusStep
from data.collaborate.proposal_supports import SUPPORTS
from data.connection import Connection
from data.operational.statement_kinds import (
    PROPOSAL_SAID,
    PROPOSAL_STATUS,
    PROPOSAL_VOTE,
    PROTOTYPE_FEEDBACK,
    StatementKind,
)
from data.operational.statement_log import Statement
from data.service.firm_moments import ZONE, place_of, zone_of
from data.service.said_rows import SaidRow, bring, customer_said

PRODUCTS = """SELECT number, arg_max(product.id, valid_to) FROM proposal JOIN product USING (product_code)
WHERE product_code > 0 AND number IN (SELECT unnest(?::VARCHAR[])) GROUP BY number
HAVING count(DISTINCT product_code) = 1"""


def take_in_proposals(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring the proposals that were recorded here into the snapshot, as they stand; how many wait for customers whom it
    does not know."""
    said = [each for each in told if each.kind == PROPOSAL_SAID.name]
    steps = read.not_taken_back([each for each in told if each.kind == PROPOSAL_STATUS.name])
    last = {read.proposal_of(each): read.status_step(each) for each in steps}
    held = read.still_holding(said, PROPOSAL_SAID)
    zone = zone_of(connection.execute(ZONE).fetchall())
    rows = [_proposal_row(each, last, zone) for each in held]
    spoken = {
        read.proposal_of(each).id for each in said if each.takes_back is None and not read.is_lost(each)
    }
    return bring(connection, {"proposal": (rows, spoken - {each.number for each in rows})})


def take_in_votes(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring who supports what, of what was said here; how many wait."""
    held = [each for each in read.still_holding(told, PROPOSAL_VOTE) if customer_said(each)]
    rows = [
        SaidRow(each.id, each.seq, customer_said(each), read.made_at(each),
                texts={"proposal_number": read.proposal_of(each).id, "weight": 1})
        for each in held
        if each.told["verdict"] == SUPPORTS
    ]  # fmt: skip
    return bring(connection, {"vote": (rows, _gone(told, rows))})


def take_in_feedback(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring what customers said of prototypes; how many wait."""
    held = [each for each in read.still_holding(told, PROTOTYPE_FEEDBACK) if customer_said(each)]
    products = _products(connection, {read.proposal_of(each).id for each in held})
    rows = [_test_row(each, products) for each in held]
    return bring(connection, {"prototype_test": (rows, _gone(told, rows))})


def _gone(told: Sequence[Statement], rows: Sequence[SaidRow]) -> set[str]:
    """The statements that have no row any longer: all that are not lost, but those of the rows."""
    said = {each.id for each in told if each.takes_back is None and not read.is_lost(each)}
    return said - {each.number for each in rows}


def _proposal_row(each: Statement, last: Mapping[ProposalNumber, StatusStep], zone: Any) -> SaidRow:
    values, number = each.values(PROPOSAL_SAID), read.proposal_of(each)
    step = last.get(number)
    decided = place_of(step.at, zone)[0] if step and step.status != NEW else None
    texts = {name: values[name] for name in ("title", "text", "place")} | {
        "status": step.status if step else NEW,
        "decided_on": decided,
        "reason": step.reason or None if step else None,
    }
    product = values["product"]
    members = {"product": str(product)} if product else {}
    return SaidRow(number.id, each.seq, customer_said(each), read.made_at(each), texts=texts, members=members)


def _test_row(each: Statement, products: Mapping[str, str]) -> SaidRow:
    values, number = each.values(PROTOTYPE_FEEDBACK), read.proposal_of(each)
    texts = {name: values[name] for name in ("version", "score", "would_pay", "note")}
    members = {"product": products[number.id]} if number.id in products else {}
    return SaidRow(
        each.id, each.seq, customer_said(each), each.said_at,
        texts=texts | {"proposal_number": number.id}, members=members,
    )  # fmt: skip


def _products(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    return dict(connection.execute(PRODUCTS, [sorted(numbers)]).fetchall()) if numbers else {}
