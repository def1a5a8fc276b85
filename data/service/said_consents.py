"""Consents that customers gave or took back to somebody of the front office, by channel and purpose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.operational.statement_kinds import SAID_CONSENT, SourceNumber, Values
from data.operational.statement_log import Statement

GIVEN, WITHDRAWN = "given", "withdrawn"


@dataclass(frozen=True, slots=True)
class SaidConsent:
    """What a customer said `at` a moment (UTC): of a `channel` (its name), for a `purpose`, "" for every one. `said` is
    the statement; `contact` the statement of the contact in which it was said."""

    customer: SourceNumber
    channel: str
    at: datetime
    verdict: str = WITHDRAWN
    purpose: str = ""
    contact: str = ""
    said: str = ""


def consent_values(each: SaidConsent) -> Values:
    """What the statement of a consent says."""
    return {
        "customer": each.customer,
        "at": each.at,
        "channel": each.channel,
        "purpose": each.purpose or None,
        "verdict": each.verdict,
        "contact": each.contact or None,
    }


def consents_among(told: Iterable[Statement]) -> tuple[SaidConsent, ...]:
    """Those of statements that were read, of whoever is not erased."""
    return tuple(_consent(each) for each in told if each.told.get("customer"))


def _consent(statement: Statement) -> SaidConsent:
    values = statement.values(SAID_CONSENT)
    number, at = values["customer"], values["at"]
    assert isinstance(number, SourceNumber)
    return SaidConsent(
        number,
        str(values["channel"]),
        at if isinstance(at, datetime) else statement.said_at,
        str(values["verdict"]),
        str(values["purpose"] or ""),
        str(values["contact"] or ""),
        statement.id,
    )
