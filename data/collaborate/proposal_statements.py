"""What statements about proposals say, as values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from data.collaborate.customer_proposal import PrototypeVersion
from data.collaborate.merged_proposals import ProposalMerge
from data.collaborate.proposal_course import HERE, ProposalNumber, StatusStep
from data.collaborate.told_proposals import PrototypeTest
from data.model.canonical_tables import CUSTOMER
from data.operational.statement_erasure import ERASED
from data.operational.statement_kinds import (
    PROPOSAL_MERGE,
    PROPOSAL_SAID,
    PROPOSAL_STATUS,
    PROPOSAL_VOTE,
    PROTOTYPE,
    PROTOTYPE_FEEDBACK,
    SourceNumber,
    StatementKind,
    Value,
)
from data.operational.statement_log import Statement, held_until

Thing = TypeVar("Thing")


def still_holding(told: Sequence[Statement], kind: StatementKind) -> list[Statement]:
    """Those of all of a kind that hold, and still say which proposal they are about, in order."""
    ended = held_until(told, kind)
    return [each for each in told if each.takes_back is None and each.id not in ended and not is_lost(each)]


def not_taken_back(told: Sequence[Statement]) -> list[Statement]:
    """Those of all of a kind that nobody took back, also those whose place others took, in order."""
    gone = {each.takes_back for each in told if each.takes_back}
    return [each for each in told if each.takes_back is None and each.id not in gone and not is_lost(each)]


def is_lost(each: Statement) -> bool:
    """Whether it was erased with whom it was about: its row stays for it."""
    return each.erased_at is not None and each.told.get("proposal") == ERASED


def customer_said(each: Statement) -> SourceNumber | None:
    """Whom a statement is about; None of nobody, and of who was erased."""
    told = each.told.get(CUSTOMER.name)
    return SourceNumber(*told[CUSTOMER.name]) if told else None


def proposal_of(each: Statement) -> ProposalNumber:
    """Which proposal a statement is about."""
    return ProposalNumber(str(each.told.get("source") or HERE), str(each.told.get("proposal") or ""))


def values_of(number: ProposalNumber) -> dict[str, Value]:
    """What a statement about a proposal says of which."""
    return {"source": number.source or None, "proposal": number.id}


def made_at(each: Statement) -> datetime:
    """When a proposal was made, or a vote cast (UTC), of a kind that says so."""
    at = each.values(PROPOSAL_SAID if each.kind == PROPOSAL_SAID.name else PROPOSAL_VOTE)["at"]
    return at if isinstance(at, datetime) else each.said_at


def status_step(each: Statement) -> StatusStep:
    values = each.values(PROPOSAL_STATUS)
    return StatusStep(
        str(values["status"]), each.said_at, str(values["reason"] or ""), each.said_by, said=each.id
    )


def merge_of(each: Statement) -> ProposalMerge:
    values = each.values(PROPOSAL_MERGE)
    into = ProposalNumber(str(values["into_source"] or HERE), str(values["into"]))
    return ProposalMerge(
        proposal_of(each), into, str(values["reason"] or ""), each.said_by, each.said_at, each.id
    )


def prototype_of(each: Statement) -> PrototypeVersion:
    values = each.values(PROTOTYPE)
    starts = values["starts"]
    day = starts if isinstance(starts, date) else each.said_at.date()
    return PrototypeVersion(str(values["version"]), str(values["what"]), day, each.said_by, each.id)


def test_of(each: Statement, person: int) -> PrototypeTest:
    values = each.values(PROTOTYPE_FEEDBACK)
    score, would_pay = values["score"], values["would_pay"]
    return PrototypeTest(
        str(values["version"]),
        person,
        each.said_at,
        float(score) if isinstance(score, int) else None,
        would_pay if isinstance(would_pay, Decimal) else None,
        str(values["note"] or ""),
        each.id,
    )


def about(told: Sequence[Statement], make: Callable[[Statement], Thing]) -> dict[ProposalNumber, list[Thing]]:
    """What statements say, by the proposal that they are about."""
    found: dict[ProposalNumber, list[Thing]] = {}
    for each in told:
        found.setdefault(proposal_of(each), []).append(make(each))
    return found
