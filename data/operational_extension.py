"""What the operational store brings to the end of every write, for every process that writes to register.

What decides about customers is imported when something is written: it needs all that loads files.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from data.connection import Connection
from data.operational.statement_kinds import (
    CASE_EVENT,
    IDENTITY_DECISION,
    KINDS,
    PARTNER_AGREEMENT,
    PRICE_OFFER_SAID,
    PROPOSAL_SAID,
    PROPOSAL_VOTE,
    PROTOTYPE_FEEDBACK,
    RECORDED_CONTACT,
    SAID_CONSENT,
    StatementKind,
)
from data.operational.statement_log import Statement
from data.operational.statement_rows import derive, take_in
from data.people import audit_anchor, audit_log
from data.people.audit_event import AuditEvent, thing
from data.store import extension


def _take_in_decisions(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    from data.review import identity_decisions

    return identity_decisions.take_in(connection, kind, told)


def _bring_earlier(connection: Connection, path: Path) -> bool:
    from data.review import identity_decisions

    return identity_decisions.bring_earlier(connection, path)


def _carry_contacts_over(connection: Connection, path: Path) -> bool:
    from data.campaigns import carried_contacts

    return carried_contacts.carry_over(connection, path)


def _take_in_contacts(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    from data.service import front_office_rows

    return front_office_rows.take_in_contacts(connection, kind, told)


def _take_in_consents(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    from data.service import front_office_rows

    return front_office_rows.take_in_consents(connection, kind, told)


def _take_in_cases(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    from data.service import front_office_rows

    return front_office_rows.take_in_cases(connection, kind, told)


def _take_in_bids(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    from data.collaborate import bid_rows

    return bid_rows.take_in_bids(connection, kind, told)


def _take_in_proposals(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    from data.collaborate import proposal_rows

    return proposal_rows.take_in_proposals(connection, kind, told)


def _take_in_votes(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    from data.collaborate import proposal_rows

    return proposal_rows.take_in_votes(connection, kind, told)


def _take_in_feedback(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    from data.collaborate import proposal_rows

    return proposal_rows.take_in_feedback(connection, kind, told)


def _note_publication(connection: Connection, path: Path, number: int) -> None:
    """The audit knows of it first; the snapshot keeps how far the audit was, so that it is missed if it is cut."""
    audit_log.note(AuditEvent.CHANGED, thing("publication", number), "publication", at=path)
    audit_anchor.keep(connection, path)


def _take_in_agreements(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    from data.collaborate import partner_agreements

    return partner_agreements.take_in(connection, kind, told)


TAKEN_IN = {kind: derive for kind in KINDS if kind.rows} | {
    IDENTITY_DECISION: _take_in_decisions,
    RECORDED_CONTACT: _take_in_contacts,
    CASE_EVENT: _take_in_cases,
    PARTNER_AGREEMENT: _take_in_agreements,
    SAID_CONSENT: _take_in_consents,
    PRICE_OFFER_SAID: _take_in_bids,
    PROPOSAL_SAID: _take_in_proposals,
    PROPOSAL_VOTE: _take_in_votes,
    PROTOTYPE_FEEDBACK: _take_in_feedback,
}


def register() -> None:
    """From now on, what people wrote becomes rows of the warehouse with each publication of this process."""
    extension.register_taking_in("earlier decisions", _bring_earlier)
    extension.register_taking_in("operational", partial(take_in, kinds=TAKEN_IN))
    extension.register_carrying_over("contacts", _carry_contacts_over)
    extension.register_saying_beforehand("audit", _note_publication)
