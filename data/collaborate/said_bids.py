"""What people said of offers, folded: the answer that holds, what a second person said of it, its file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from data.collaborate.price_bid import OWN, BidAnswer, BidNumber, BidSaying
from data.operational.statement_kinds import (
    PRICE_ANSWER,
    PRICE_APPROVAL,
    PRICE_REPLY,
    SourceNumber,
    StatementKind,
    Value,
)
from data.operational.statement_log import Statement


def bid_of(statement: Statement) -> BidNumber:
    """The offer that a statement is about."""
    told = statement.told
    return BidNumber(str(told.get("source") or OWN), str(told.get("offer") or ""))


def answers_among(
    answers: Iterable[Statement],
    approvals: Iterable[Statement] = (),
    replies: Iterable[Statement] = (),
    sent: Iterable[Statement] = (),
) -> dict[BidNumber, BidAnswer]:
    """The answer of each offer, from statements that hold."""
    said = {str(each.told.get("answer")): _saying(each, PRICE_APPROVAL) for each in approvals}
    taken = {str(each.told.get("answer")): _saying(each, PRICE_REPLY) for each in replies}
    files = {str(each.told.get("answer")): each.told.get("order_file") for each in sent}
    return {
        bid_of(each): replace(
            _answer(each), approval=said.get(each.id), reply=taken.get(each.id), order_file=files.get(each.id)
        )
        for each in answers
    }


def _answer(statement: Statement) -> BidAnswer:
    """The answer that a statement of `PRICE_ANSWER` says."""
    values = statement.values(PRICE_ANSWER)
    expires, version = values["expires_on"], values["version"]
    return BidAnswer(
        answer=str(values["answer"]),
        by=statement.said_by,
        at=statement.said_at,
        price=money(values["price"]),
        expires_on=expires if isinstance(expires, date) else None,
        reason=str(values["reason"] or ""),
        floor=money(values["floor"]),
        asked=money(values["asked"]),
        second=str(values["second"] or ""),
        rule=str(values["rule"] or ""),
        version=version if isinstance(version, int) else None,
        said=statement.id,
    )


def _saying(statement: Statement, kind: StatementKind) -> BidSaying:
    values = statement.values(kind)
    reason = str(values.get("reason") or "")
    return BidSaying(str(values["verdict"]), statement.said_by, statement.said_at, reason, statement.id)


def money(value: Value) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def member_of(value: Value) -> SourceNumber | None:
    return value if isinstance(value, SourceNumber) else None
