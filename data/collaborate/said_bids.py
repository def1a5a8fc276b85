"""What people said of offers, folded: the answer that holds, what a second person said of it, its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from data.collaborate.price_bid import OWN, BidAnswer, BidApproval, BidNumber
from data.operational.statement_kinds import (
    PRICE_ANSWER,
    PRICE_APPROVAL,
    SourceNumber,
    Value,
)
from data.operational.statement_log import Statement


def bid_of(statement: Statement) -> BidNumber:
    """The offer that a statement is about."""
    told = statement.told
    return BidNumber(str(told.get("source") or OWN), str(told.get("offer") or ""))


def answers_among(
    answers: Iterable[Statement], approvals: Iterable[Statement] = (), sent: Iterable[Statement] = ()
) -> dict[BidNumber, BidAnswer]:
    """The answer of each offer, from statements that hold."""
    approved = {str(each.told.get("answer")): _approval(each) for each in approvals}
    files = {str(each.told.get("answer")): each.told.get("order_file") for each in sent}
    return {bid_of(each): answer_said(each, approved, files) for each in answers}


def answer_said(
    statement: Statement,
    approved: Mapping[str, BidApproval] = {},
    files: Mapping[str, int | None] = {},
) -> BidAnswer:
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
        approval=approved.get(statement.id),
        order_file=files.get(statement.id),
    )


def _approval(statement: Statement) -> BidApproval:
    values = statement.values(PRICE_APPROVAL)
    return BidApproval(
        str(values["verdict"]),
        statement.said_by,
        statement.said_at,
        str(values["reason"] or ""),
        statement.id,
    )


def money(value: Value) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def member_of(value: Value) -> SourceNumber | None:
    return value if isinstance(value, SourceNumber) else None
