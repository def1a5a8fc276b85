"""What people recorded of customers becomes rows of facts with the next publication, once.

Each statement has one row, told by its number; a case that was opened here has one as a ticket, by its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from data.connection import Connection
from data.operational.statement_kinds import StatementKind
from data.operational.statement_log import Statement
from data.service.case_course import NOTED, OPENED, CaseEvent, course_of
from data.service.case_deeds import case_event, case_of
from data.service.firm_moments import ZONE, place_of, zone_of
from data.service.recorded_contacts import RecordedContact, contacts_among
from data.service.said_consents import consents_among
from data.service.said_rows import SaidRow, bring, customer_said, holding
from data.service.service_case import OWN, CaseNumber

PROMISED, REFUSED = "Promised: ", "Refuses: "


def take_in_contacts(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring recorded contacts into the snapshot; how many wait for customers whom it does not know."""
    held, gone = holding(told)
    places = {each.id: each.seq for each in held}
    rows = [_contact_row(each, places[each.said]) for each in contacts_among(held)]
    return bring(connection, {"interaction": (rows, gone)})


def take_in_consents(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring what customers allowed or took back into the snapshot; how many wait."""
    held, gone = holding(told)
    places = {each.id: each.seq for each in held}
    rows = [
        SaidRow(each.said, places[each.said], each.customer, each.at, each.channel,
                {"purpose": each.purpose or None, "verdict": each.verdict})
        for each in consents_among(held)
    ]  # fmt: skip
    return bring(connection, {"consent": (rows, gone)})


def take_in_cases(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring the events of cases into the snapshot, and the cases that were opened here as tickets; how many statements
    wait."""
    held, gone = holding(told)
    zone = zone_of(connection.execute(ZONE).fetchall())
    events = [row for each in held if (row := _event_row(each)) is not None]
    tickets = list(_tickets(held, zone))
    spoken = {case_of(each).id for each in told if each.takes_back is None and case_of(each).source == OWN}
    dropped = spoken - {each.number for each in tickets}
    return bring(connection, {"case_event": (events, gone), "interaction": (tickets, dropped)})


def _contact_row(each: RecordedContact, nth: int) -> SaidRow:
    lines = (each.note, each.promise and PROMISED + each.promise, each.refusal and REFUSED + each.refusal)
    texts = {
        "kind": each.kind,
        "direction": each.direction,
        "topic": each.topic or None,
        "outcome": each.outcome or None,
        "satisfaction": each.satisfaction,
        "note": "\n".join(filter(None, lines)) or None,
        "agent": each.by,
        "case_id": each.case.id if each.case else None,
    }
    return SaidRow(each.said, nth, each.customer, each.at, each.channel, texts)


def _event_row(statement: Statement) -> SaidRow | None:
    """None of a note, which is no event of a case."""
    event = case_event(statement)
    if event.event == NOTED:
        return None
    texts = {
        "case_id": case_of(statement).id,
        "event": event.event,
        "agent": event.assignee or event.by,
        "topic": event.topic or None,
    }
    return SaidRow(statement.id, statement.seq, customer_said(statement), event.at, "", texts)


def _tickets(held: Iterable[Statement], zone: ZoneInfo) -> Iterator[SaidRow]:
    cases: dict[CaseNumber, list[Statement]] = {}
    for each in held:
        if case_of(each).source == OWN:
            cases.setdefault(case_of(each), []).append(each)
    for case, told in cases.items():
        events = [case_event(each) for each in told]
        opening = next((at for at, each in enumerate(events) if each.event == OPENED), None)
        if opening is not None:
            yield _ticket_row(case, told[opening], events, zone)


def _ticket_row(case: CaseNumber, opening: Statement, events: Sequence[CaseEvent], zone: ZoneInfo) -> SaidRow:
    state, first = course_of(events), case_event(opening)
    texts = {
        "kind": "ticket",
        "direction": "in",
        "topic": state.topic or None,
        "outcome": state.outcome or None,
        "status": "open" if state.is_open else "closed",
        "closed_on": place_of(state.closed_at, zone)[0] if state.closed_at else None,
        "satisfaction": state.satisfaction,
        "note": first.note or None,
        "agent": state.assignee or first.by,
        "case_id": case.id,
    }
    return SaidRow(case.id, opening.seq, customer_said(opening), first.at, "", texts)
