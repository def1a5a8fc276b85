"""Offers that were said here become rows of the fact of price offers, each with the answer that takes effect.

What is answered here to an offer of a source stands beside what the source tells and does not change it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from data.collaborate.price_bid import COUNTERED, BidAnswer, BidNumber
from data.collaborate.said_bids import answers_among, bid_of, member_of
from data.connection import Connection
from data.operational.statement_kinds import PRICE_ANSWER, PRICE_APPROVAL, StatementKind
from data.operational.statement_log import Statement, held_until
from data.service.firm_moments import ZONE, place_of, zone_of
from data.service.front_office_rows import SaidRow, bring_rows, holding_statements

CURRENCY = "SELECT value FROM setting WHERE name = 'currency'"


def take_in_bids(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring offers into the snapshot, with what was answered; how many wait for members that it does not know.

    An offer in another currency than that of report is none of its rows.
    """
    holding, gone = holding_statements([each for each in told if each.kind == kind.name])
    numbers = {each.id: bid_of(each).id for each in told if each.kind == kind.name and each.told}
    answers = answers_among(_held(told, PRICE_ANSWER), _held(told, PRICE_APPROVAL))
    zone, currency = zone_of(connection.execute(ZONE).fetchall()), connection.execute(CURRENCY).fetchone()
    reports_in = currency[0] if currency else ""
    rows = [
        _row(each, kind, answers, zone)
        for each in holding
        if not reports_in or each.told.get("currency") in (None, reports_in)
    ]
    return bring_rows(
        connection, {"price_offer": (rows, {numbers[each] for each in gone if each in numbers})}
    )


def _held(told: Sequence[Statement], kind: StatementKind) -> list[Statement]:
    """Those of a kind that hold."""
    own = [each for each in told if each.kind == kind.name]
    ended = held_until(own, kind)
    return [each for each in own if each.takes_back is None and each.id not in ended]


def _row(
    each: Statement, kind: StatementKind, answers: dict[BidNumber, BidAnswer], zone: ZoneInfo
) -> SaidRow:
    values = each.values(kind)
    texts = {
        "offered_price": values["price"],
        "asked_price": values["asked"],
        "quantity": values["quantity"],
        "requirements": values["requirements"],
        "expires_on": values["expires_on"],
    } | _answered(answers.get(bid_of(each)), zone)
    return SaidRow(
        bid_of(each).id,
        each.seq,
        member_of(values["customer"]),
        each.said_at,
        "",
        texts,
        member_of(values["product"]),
    )


def _answered(answer: BidAnswer | None, zone: ZoneInfo) -> dict[str, Any]:
    """What a row says of its answer: nothing while it waits for a second person."""
    if answer is None or not answer.is_effective:
        return {"answer": None, "answered_on": None, "countered_price": None, "reason": None}
    on: date | None = place_of(answer.at, zone)[0] if answer.at else None
    return {
        "answer": answer.answer,
        "answered_on": on,
        "countered_price": answer.price if answer.answer == COUNTERED else None,
        "reason": answer.reason or None,
    }
