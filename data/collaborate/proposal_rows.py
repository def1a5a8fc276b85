"""What people said of proposals becomes rows of `proposal`, `vote` and `prototype_test` with the next publication."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

from data.collaborate import proposal_statements as read
from data.collaborate.proposal_course import NEW, ProposalNumber, StatusStep
from data.collaborate.proposal_supports import SUPPORTS
from data.connection import Connection
from data.operational.statement_kinds import (
    PROPOSAL_SAID,
    PROPOSAL_STATUS,
    PROPOSAL_VOTE,
    PROTOTYPE_FEEDBACK,
    SourceNumber,
    StatementKind,
)
from data.operational.statement_log import Statement
from data.service.firm_moments import ZONE, place_of, zone_of
from data.service.front_office_rows import SaidRow, bring_rows

OF_PROPOSALS = """SELECT number, any_value(id) FROM proposal JOIN product USING (product_code)
WHERE product_code > 0 AND number IN (SELECT unnest(?::VARCHAR[])) GROUP BY number
HAVING count(DISTINCT product_code) = 1"""
NUMBERS = """SELECT product.id, min(numbering), min_by(number.id, numbering) FROM product
JOIN product_identity AS number USING (product_code)
WHERE product.id IN (SELECT unnest(?::VARCHAR[])) GROUP BY product.id"""

Products = Mapping[str, SourceNumber]


def take_in_proposals(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring the proposals that were recorded here into the snapshot, as they stand; how many wait for customers whom it
    does not know."""
    said = [each for each in told if each.kind == PROPOSAL_SAID.name]
    steps = read.not_taken_back([each for each in told if each.kind == PROPOSAL_STATUS.name])
    last = {read.proposal_of(each): read.status_step(each) for each in steps}
    held = read.still_holding(said, PROPOSAL_SAID)
    zone = zone_of(connection.execute(ZONE).fetchall())
    products = _numbers(connection, {str(each.told["product"]) for each in held if each.told.get("product")})
    rows = [_proposal_row(each, last, products, zone) for each in held]
    spoken = {
        read.proposal_of(each).id for each in said if each.takes_back is None and not read.is_lost(each)
    }
    return bring_rows(connection, {"proposal": (rows, spoken - {each.number for each in rows})})


def take_in_votes(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring who supports what, of what was said here; how many wait."""
    held = [each for each in read.still_holding(told, PROPOSAL_VOTE) if read.customer_said(each)]
    rows = [
        SaidRow(each.id, each.seq, read.customer_said(each), read.made_at(each),
                texts={"proposal_number": read.proposal_of(each).id, "weight": 1})
        for each in held
        if each.told["verdict"] == SUPPORTS
    ]  # fmt: skip
    return bring_rows(connection, {"vote": (rows, _gone(told, rows))})


def take_in_feedback(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring what customers said of prototypes; how many wait."""
    held = [each for each in read.still_holding(told, PROTOTYPE_FEEDBACK) if read.customer_said(each)]
    wares = _rows_by_first(connection, OF_PROPOSALS, {read.proposal_of(each).id for each in held})
    products = _numbers(connection, {id for (id,) in wares.values()})
    rows = [_test_row(each, {number: products[id] for number, (id,) in wares.items()}) for each in held]
    return bring_rows(connection, {"prototype_test": (rows, _gone(told, rows))})


def _gone(told: Sequence[Statement], rows: Sequence[SaidRow]) -> set[str]:
    """The statements that have no row any longer: all that are not lost, but those of the rows."""
    said = {each.id for each in told if each.takes_back is None and not read.is_lost(each)}
    return said - {each.number for each in rows}


def _proposal_row(
    each: Statement, last: Mapping[ProposalNumber, StatusStep], products: Products, zone: ZoneInfo
) -> SaidRow:
    values, number = each.values(PROPOSAL_SAID), read.proposal_of(each)
    step = last.get(number)
    decided = place_of(step.at, zone)[0] if step and step.status != NEW else None
    texts = {name: values[name] for name in ("title", "text", "place")} | {
        "status": step.status if step else NEW,
        "decided_on": decided,
        "reason": step.reason or None if step else None,
    }
    product = products.get(str(values["product"] or ""))
    return SaidRow(number.id, each.seq, read.customer_said(each), read.made_at(each), "", texts, product)


def _test_row(each: Statement, products: Products) -> SaidRow:
    values, number = each.values(PROTOTYPE_FEEDBACK), read.proposal_of(each)
    texts = {name: values[name] for name in ("version", "score", "would_pay", "note")}
    texts["proposal_number"] = number.id
    return SaidRow(
        each.id, each.seq, read.customer_said(each), each.said_at, "", texts, products.get(number.id)
    )


def _numbers(connection: Connection, ids: Collection[str]) -> dict[str, SourceNumber]:
    """Of the products with these ids a number in a source; of those that the snapshot does not know, none."""
    return {id: SourceNumber(*number) for id, number in _rows_by_first(connection, NUMBERS, ids).items()}


def _rows_by_first(connection: Connection, sql: str, asked: Collection[str]) -> dict[str, list[str]]:
    rows = connection.execute(sql, [sorted(asked)]).fetchall() if asked else []
    return {first: list(rest) for first, *rest in rows}
