"""Contacts with customers as people record them: a call, a visit, a letter, with what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from data.errors import BadRequest
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_text
from data.operational.statement_kinds import (
    RECORDED_CONTACT,
    SAID_CONSENT,
    SERVICE_TASK,
    SourceNumber,
    Value,
    Values,
)
from data.operational.statement_log import Statement
from data.service.case_deeds import AHEAD, check_satisfaction, now, short
from data.service.said_consents import SaidConsent, consent_values
from data.service.service_case import OWN, CaseNumber
from data.service.service_tasks import OPEN, ServiceTask, checked_task, task_values

TEXTS = ("kind", "direction", "channel", "topic", "outcome", "promise", "refusal", "note")


@dataclass(frozen=True, slots=True)
class RecordedContact:
    """A contact `at` a moment (UTC). `promise` is what the customer was promised, `refusal` what they refuse;
    `satisfaction` is 0 to 10. `said` is the statement that says it, `by` whose."""

    customer: SourceNumber | None
    kind: str
    at: datetime
    direction: str = "in"
    channel: str = ""
    topic: str = ""
    outcome: str = ""
    satisfaction: int | None = None
    promise: str = ""
    refusal: str = ""
    note: str = ""
    case: CaseNumber | None = None
    by: str = ""
    said: str = ""


def record(
    store: OperationalStore,
    contact: RecordedContact,
    who: str = "",
    promised: ServiceTask | None = None,
    consents: Sequence[SaidConsent] = (),
) -> str:
    """Record a contact, with the task that keeps what was `promised` and the consents that were said in it; the
    statement, once all are on the disk. Errors: BadRequest, NotAllowed, WarehouseError."""
    kept, task = _checked(contact), checked_task(promised) if promised else None
    with statement_log.writing(store) as log:
        said = log.say(RECORDED_CONTACT, _values(kept), who)
        if task:  # it is called as the contact that it follows from
            log.say(SERVICE_TASK, task_values(replace(task, id=said)), who)
        log.say_all(SAID_CONSENT, [consent_values(replace(each, contact=said)) for each in consents], who)
    return said


def _values(kept: RecordedContact) -> Values:
    case = kept.case or CaseNumber(OWN, "")
    texts: dict[str, Value] = {name: getattr(kept, name) or None for name in TEXTS}
    return texts | {
        "customer": kept.customer,
        "at": kept.at,
        "satisfaction": kept.satisfaction,
        "source": case.source or None,
        "case": case.id or None,
    }


def _checked(contact: RecordedContact) -> RecordedContact:
    """Errors: BadRequest."""
    if contact.at > now() + AHEAD:
        raise BadRequest("That contact is still to come.", "Make a task of it.")
    check_satisfaction(contact.satisfaction)
    return replace(
        contact,
        channel=short(contact.channel),
        topic=short(contact.topic),
        outcome=short(contact.outcome),
        promise=_long(contact.promise),
        refusal=_long(contact.refusal),
        note=_long(contact.note),
    )


def _long(text: str) -> str:
    return plain_text(text) if text.strip() else ""


def take_back(store: OperationalStore, statement: str, who: str = "") -> None:
    """With the consents said in it, and the task that keeps its promise, where nothing was said of that since.

    Errors: BadRequest where it is taken back already; WarehouseError.
    """
    with statement_log.writing(store) as log:
        log.take_back(statement, who)
        for each in log.current(SERVICE_TASK):
            if each.told["task"] == statement and each.told["state"] == OPEN:
                log.take_back(each.id, who)
        for each in log.current(SAID_CONSENT):
            if each.told["contact"] == statement:
                log.take_back(each.id, who)


def contacts(store: OperationalStore) -> tuple[RecordedContact, ...]:
    """All that hold, in the order in which they were said, of whoever is not erased. Errors: WarehouseError."""
    return contacts_among(statement_log.current(store, RECORDED_CONTACT))


def contacts_among(told: Iterable[Statement]) -> tuple[RecordedContact, ...]:
    return tuple(_contact(each) for each in told if each.told.get("customer"))


def _contact(statement: Statement) -> RecordedContact:
    values = statement.values(RECORDED_CONTACT)
    texts = {name: str(values[name] or "") for name in TEXTS}
    number, at, points = values["customer"], values["at"], values["satisfaction"]
    case = CaseNumber(str(values["source"] or OWN), str(values["case"])) if values["case"] else None
    return RecordedContact(
        customer=number if isinstance(number, SourceNumber) else None,
        at=at if isinstance(at, datetime) else statement.said_at,
        satisfaction=points if isinstance(points, int) else None,
        case=case,
        by=statement.said_by,
        said=statement.id,
        **texts,
    )
