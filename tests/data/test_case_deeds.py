"""What people do with cases is on the disk when it is said, judged by all that was said; nobody's word is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from data import environment
from data.errors import BadRequest, ChangedMeanwhile
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import CASE_EVENT, SERVICE_TASK, SourceNumber
from data.service import case_deeds, recorded_contacts, service_tasks
from data.service.case_course import (
    ANSWERED,
    ASSIGNED,
    CLOSED,
    HANDED_OVER,
    NOTED,
    OPENED,
    REOPENED,
    CaseEvent,
)
from data.service.case_deeds import add_event, case_event, now, open_case
from data.service.recorded_contacts import RecordedContact
from data.service.service_case import CaseNumber, ServiceCase
from data.service.service_tasks import DONE, DROPPED, ServiceTask

ANNA = SourceNumber("crm", "K100")
TODAY = date(2026, 3, 2)


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / "w.duckdb.operational.sqlite", "a warehouse")


def deed(event: str, **more: object) -> CaseEvent:
    return CaseEvent(event, now(), **more)  # type: ignore[arg-type]


def seen(store: OperationalStore, case: CaseNumber) -> ServiceCase:
    told = [each for each in statement_log.current(store, CASE_EVENT) if case_deeds.case_of(each) == case]
    return ServiceCase(case, tuple(map(case_event, told)), number=ANNA)


def opened(store: OperationalStore) -> CaseNumber:
    return open_case(store, ANNA, deed(OPENED, topic="Late  parcel", priority="high", due=TODAY), "ann").case


def test_a_case_goes_its_way(store: OperationalStore) -> None:
    case = opened(store)
    assert (case.source, len(case.id), case.id[:2]) == ("", 8, "W-")
    for each in (deed(ASSIGNED, assignee="Ann"), deed(NOTED, note="asks again"), deed(ANSWERED, note="on its way"),
                 deed(HANDED_OVER, assignee="Bob"), deed(CLOSED, outcome="Solved", satisfaction=9),
                 deed(REOPENED, note="it never came")):  # fmt: skip
        add_event(store, seen(store, case), each, "bob")
    state = seen(store, case).state
    assert (state.is_open, state.assignee, state.topic, state.priority) == (
        True,
        "Bob",
        "Late parcel",
        "high",
    )
    assert (state.reopenings, state.satisfaction, state.due) == (1, 9, None)
    assert [each.by for each in seen(store, case).course] == ["ann", *["bob"] * 6]


def test_of_two_who_close_one_case_the_second_is_shown_both(store: OperationalStore) -> None:
    case = opened(store)
    looked_at = seen(store, case)
    standing = StandingOn.of(*looked_at.said)
    add_event(store, looked_at, deed(CLOSED, outcome="Refunded"), "ann", standing)
    with pytest.raises(ChangedMeanwhile, match=f"ann changed {case.name} meanwhile") as refused:
        add_event(store, looked_at, deed(CLOSED, outcome="Replaced"), "bob", standing)
    (change,) = refused.value.changes
    assert (change.theirs, change.mine, change.by) == ("closed: Refunded", "closed: Replaced", "ann")
    assert seen(store, case).state.outcome == "Refunded"
    add_event(store, looked_at, deed(CLOSED, outcome="Replaced"), "bob", refused.value.standing_on)
    assert (seen(store, case).state.outcome, seen(store, case).state.closed_by) == ("Replaced", "bob")
    history = [each for each in statement_log.history(store, CASE_EVENT) if each.told.get("event") == CLOSED]
    assert [each.said_by for each in history] == ["ann", "bob"], "nothing is lost"
    with pytest.raises(BadRequest, match="was closed already by bob"):
        add_event(store, seen(store, case), deed(CLOSED), "ann")


def test_two_who_change_different_things_of_a_case_meet_nobody(store: OperationalStore) -> None:
    case = opened(store)
    looked_at = seen(store, case)
    standing = StandingOn.of(*looked_at.said)
    add_event(store, looked_at, deed(ASSIGNED, assignee="Ann"), "ann", standing)
    add_event(store, looked_at, deed(ANSWERED, note="yes"), "bob", standing)
    add_event(store, looked_at, deed(CLOSED, outcome="Solved"), "bob", standing)
    with pytest.raises(ChangedMeanwhile, match="ann changed"):
        add_event(store, looked_at, deed(ASSIGNED, assignee="Bob"), "bob", standing)
    assert [each.event for each in seen(store, case).course] == [OPENED, ASSIGNED, ANSWERED, CLOSED]


def test_many_at_once_close_it_once(store: OperationalStore) -> None:
    case = opened(store)
    looked_at, refused = seen(store, case), []

    def close(who: str) -> None:
        try:
            add_event(store, looked_at, deed(CLOSED), who, StandingOn.of(*looked_at.said))
        except ChangedMeanwhile as error:
            refused.append(error)

    threads = [Thread(target=close, args=(f"agent {at}",)) for at in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(refused) == 7
    assert [each.event for each in seen(store, case).course] == [OPENED, CLOSED]


def test_an_event_is_taken_back_unless_another_stands_on_it(store: OperationalStore) -> None:
    case = opened(store)
    closed = add_event(store, seen(store, case), deed(CLOSED), "ann")
    reopened = add_event(store, seen(store, case), deed(REOPENED), "ann")
    with pytest.raises(BadRequest, match=f"{case.name} was reopened after that. Take that back first"):
        case_deeds.take_back(store, closed)
    case_deeds.take_back(store, reopened, "bob")
    case_deeds.take_back(store, closed, "bob")
    assert seen(store, case).state.is_open
    assert len(statement_log.history(store, CASE_EVENT)) == 5
    with pytest.raises(BadRequest, match="taken back already"):
        case_deeds.take_back(store, closed)


def test_what_a_source_told_of_a_ticket_counts(store: OperationalStore) -> None:
    case = CaseNumber("callcentre", "TK7")
    told = CaseEvent(OPENED, datetime(2026, 1, 5), topic="Invoice", is_dated=True)
    ticket = ServiceCase(case, (told,), 1, ANNA)
    with pytest.raises(BadRequest, match="cannot be closed before it was opened"):
        add_event(store, ticket, CaseEvent(CLOSED, datetime(2026, 1, 3)), "ann")
    add_event(store, ticket, deed(CLOSED), "ann")
    with pytest.raises(BadRequest, match="was closed already by ann"):
        add_event(store, ticket, deed(CLOSED), "bob")
    other = replace(ticket, case=CaseNumber("shop", "TK7"))
    add_event(store, other, deed(CLOSED), "bob")
    assert seen(store, case).events[0].by == "ann"


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (deed(OPENED, topic="  "), "has no subject"),
        (deed(OPENED, topic="x" * 81), "has 81 letters"),
        (deed(OPENED, topic="x", satisfaction=11), "11 is no satisfaction"),
        (CaseEvent(OPENED, now() + timedelta(days=1), topic="x"), "still to come"),
        (deed(OPENED, topic="x", priority="now"), "priority cannot be 'now'"),
    ],
)
def test_what_cannot_be_is_not_said(store: OperationalStore, what: CaseEvent, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        open_case(store, ANNA, what)
    assert statement_log.history(store) == ()


def test_a_contact_is_recorded_and_taken_back(store: OperationalStore) -> None:
    contact = RecordedContact(ANNA, "call", now(), "in", "Phone", "Invoice", "Solved", 8, "A copy by Friday",
                              "No more calls", "kind", CaseNumber("", "W-000001"))  # fmt: skip
    said = recorded_contacts.record(store, contact, "ann")
    (found,) = recorded_contacts.contacts(store)
    assert replace(found, by="", said="") == contact
    assert (found.by, found.said) == ("ann", said)
    recorded_contacts.take_back(store, said, "ann")
    assert recorded_contacts.contacts(store) == ()
    promise = ServiceTask("A copy by Friday", TODAY, "ann", ANNA, contact.case)
    said = recorded_contacts.record(store, contact, "ann", promise)
    (task,) = service_tasks.tasks(store)
    assert replace(task, id="", by="", said="") == promise
    recorded_contacts.take_back(store, said, "ann")
    assert (recorded_contacts.contacts(store), service_tasks.tasks(store)) == ((), ())
    with pytest.raises(BadRequest, match="still to come"):
        recorded_contacts.record(store, replace(contact, at=now() + timedelta(hours=1)))


def test_a_task_is_done_once_and_can_be_undone(
    store: OperationalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(environment.USER, "ann")
    task = service_tasks.add_task(store, ServiceTask("Send the copy", TODAY, "ann", ANNA))
    standing = StandingOn.of(task.said)
    done = service_tasks.change_task(store, replace(task, state=DONE), "ann", standing)
    assert service_tasks.tasks(store) == ()
    with pytest.raises(ChangedMeanwhile, match="changed the task “Send the copy”"):
        service_tasks.change_task(store, replace(task, state=DROPPED), "bob", standing)
    service_tasks.take_back(store, done)
    assert [each.what for each in service_tasks.tasks(store)] == ["Send the copy"]
    with pytest.raises(BadRequest, match="Nobody is named"):
        service_tasks.add_task(store, ServiceTask("Send", TODAY, ""))
    assert len(statement_log.history(store, SERVICE_TASK)) == 3
