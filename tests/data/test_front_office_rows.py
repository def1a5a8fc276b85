"""What the front office says is seen at once, and is rows of the warehouse with the next publication: once, and all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import operational_extension
from data.__main__ import main
from data.access.acting import Acting, acting_as
from data.access.deed import Deed
from data.access.policy import UNLIMITED, Policy
from data.access.row_cut import RowCut
from data.campaigns.contact_rules import ContactRules, left_out
from data.connection import Connection
from data.errors import BadRequest, NotAllowed
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import CASE_EVENT, RECORDED_CONTACT, SourceNumber
from data.privacy.rights import forget
from data.recovery.earlier_states import undo_load
from data.service import case_deeds, recorded_contacts, service_tasks
from data.service.case_course import ANSWERED, ASSIGNED, CLOSED, NOTED, OPENED, REOPENED, CaseEvent
from data.service.case_list import find_cases, front_office
from data.service.recorded_contacts import RecordedContact
from data.service.said_consents import WITHDRAWN, SaidConsent
from data.service.said_on_top import SaidOnTop, said_on_top
from data.service.service_case import CaseNumber, ServiceCase
from data.service.service_choices import number_to_speak_of, service_choices
from data.service.service_tasks import ServiceTask
from data.store import extension, publication
from data.store.publication import published
from data.store.warehouse import Warehouse, writing
from tests.data.small import add_load, fill
from tests.made_once import made_once

operational_extension.register()
ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CLIENTELA_KILLS", "2"))
ANNA, BRUNO = SourceNumber("crm", "K100"), SourceNumber("crm", "K200")
ROME = ZoneInfo("Europe/Rome")
CONTACTS = """SELECT number, customer_code, day_key, at_second, kind, direction, topic, outcome,
    satisfaction::INTEGER, note, agent, case_id
FROM interaction JOIN batch USING (batch) WHERE origin = 'service' AND kind <> 'ticket' ORDER BY number"""
TICKETS = """SELECT number, customer_code, topic, status, closed_on, outcome, satisfaction::INTEGER, agent, case_id
FROM interaction JOIN batch USING (batch) WHERE origin = 'service' AND kind = 'ticket' ORDER BY number"""
EVENTS = """SELECT number, customer_code, day_key, at_second, case_id, event, agent, topic
FROM case_event JOIN batch USING (batch) WHERE origin = 'service' ORDER BY number"""
EVERYTHING = (CONTACTS, TICKETS, EVENTS)
# number, identity, customer, day, status, closed on
OF_SOURCE = (("TK1", 1, 1, 19800, "Open", None), ("TK2", 3, 2, 19801, "Closed", date(2024, 3, 25)),
             ("TK3", 4, 3, 19802, "Open", None))  # fmt: skip


def make(path: Path) -> None:
    with writing(path, "load small") as connection:
        fill(connection)
        connection.execute("INSERT OR REPLACE INTO setting VALUES ('time_zone', 'Europe/Rome')")
        say_of_no_case(connection)
        for row, (number, identity, code, day, status, closed) in enumerate(OF_SOURCE, 10):
            connection.execute(
                """INSERT INTO interaction BY NAME SELECT ? AS number, ? AS case_id, ? AS identity_key,
                    ? AS customer_code, ? AS customer_key, ? AS day_key, ? AS status, ?::DATE AS closed_on,
                    'ticket' AS kind, 'Invoice' AS topic,
                    'Refunded' AS outcome, 1 AS channel_key, 1 AS channel_code, 0 AS campaign_key,
                    0 AS campaign_code, 0 AS partner_key, 0 AS partner_code, 1 AS batch, ? AS row_in_source""",
                [number, number, identity, code, code, day, status, closed, row],
            )


def say_of_no_case(connection: Connection) -> None:
    """An event of a source that names no case."""
    connection.execute(
        """INSERT INTO case_event BY NAME SELECT 'opened' AS event, 0 AS identity_key, 0 AS customer_code,
            0 AS customer_key, 19800 AS day_key, 0 AS channel_key, 0 AS channel_code, 1 AS batch, 99 AS row_in_source"""
    )


def firm(path: Path) -> Path:
    """Four customers and three tickets of a source, of which two are open."""
    made_once(path, "small firm with tickets", lambda: make(path))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return firm(tmp_path / "w.duckdb")


def asked(path: Path, *every: str) -> list[list[tuple[Any, ...]]]:
    warehouse = Warehouse(path)
    try:
        return [warehouse.rows(sql) for sql in every]
    finally:
        warehouse.close()


def publish(path: Path) -> None:
    """A publication that takes in what was said, and derives nothing of it."""
    with publication.publishing(path, "anything") as connection:
        extension.take_in(connection, path)


def case_now(path: Path, number: CaseNumber) -> ServiceCase:
    """A case as another process sees it."""
    warehouse = Warehouse(path)
    try:
        found = [each for each in find_cases(warehouse, number.id) if each.case == number]
        return found[0]
    finally:
        warehouse.close()


def add(path: Path, number: CaseNumber, event: str, who: str = "ann", **more: Any) -> str:
    new = CaseEvent(event, case_deeds.now(), **more)
    return case_deeds.add_event(operational_store.ready(path), case_now(path, number), new, who)


def open_one(path: Path, customer: SourceNumber = ANNA, **more: Any) -> CaseNumber:
    opening = CaseEvent(OPENED, case_deeds.now(), **({"topic": "Late"} | more))
    return case_deeds.open_case(operational_store.ready(path), customer, opening, "ann").case


def called(at: datetime, customer: SourceNumber = ANNA, **more: Any) -> RecordedContact:
    return RecordedContact(customer, "call", at, **more)


def place(at: datetime) -> tuple[int, int]:
    """Day and second of a moment in Rome, counted another way."""
    local = at.replace(tzinfo=UTC).astimezone(ROME)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = local.replace(tzinfo=None) - midnight.replace(tzinfo=None)
    return (local.date() - date(1970, 1, 1)).days, int(seconds.total_seconds())


def test_what_is_recorded_is_rows_with_the_next_publication_once(path: Path) -> None:
    store, at = operational_store.ready(path), datetime(2026, 7, 1, 22, 30, 15)
    contact = called(at, channel="web", topic="Invoice", outcome="Solved", satisfaction=8, note="kind",
                     promise="a copy", refusal="calls")  # fmt: skip
    one = recorded_contacts.record(store, contact, "ann")
    other = recorded_contacts.record(store, called(datetime(2026, 1, 5, 8), BRUNO, direction="out"), "bob")
    assert asked(path, *EVERYTHING) == [[], [], []]
    for _ in range(2):
        publish(path)
        note = "kind\nPromised: a copy\nRefuses: calls"
        assert asked(path, CONTACTS)[0] == sorted([
            (one, 1, *place(at), "call", "in", "Invoice", "Solved", 8, note, "ann", None),
            (other, 2, *place(datetime(2026, 1, 5, 8)), "call", "out", None, None, None, None, "bob", None),
        ])  # fmt: skip
    assert place(at) == ((date(2026, 7, 2) - date(1970, 1, 1)).days, 30 * 60 + 15), (
        "it was past midnight in Rome"
    )
    pointed = [
        asked(path, f"SELECT channel_key, customer_key FROM interaction WHERE number = '{each}'")[0]
        for each in (one, other)
    ]
    assert pointed == [[(1, 1)], [(0, 2)]]
    assert asked(path, "SELECT count(*) FROM batch WHERE origin = 'service'") == [[(1,)]]
    recorded_contacts.take_back(store, one)
    publish(path)
    assert [number for number, *_ in asked(path, CONTACTS)[0]] == [other]


def test_a_case_opened_here_is_a_ticket_and_its_events(path: Path) -> None:
    case = open_one(path, assignee="ann", note="it never came")
    add(path, case, ANSWERED, "bob", note="on its way")
    add(path, case, NOTED, note="of no other’s interest")
    publish(path)
    assert asked(path, TICKETS) == [[(case.id, 1, "Late", "open", None, None, None, "ann", case.id)]]
    assert sorted(row[4:] for row in asked(path, EVENTS)[0]) == [
        (case.id, "answered", "bob", None), (case.id, "opened", "ann", "Late"),
    ]  # fmt: skip
    closed = add(path, case, CLOSED, "bob", outcome="Solved", satisfaction=9)
    publish(path)
    (ticket,) = asked(path, TICKETS)[0]
    assert (ticket[3], ticket[5:]) == ("closed", ("Solved", 9, "ann", case.id))
    case_deeds.take_back(operational_store.ready(path), closed)
    publish(path)
    assert asked(path, TICKETS)[0][0][3] == "open"
    assert len(asked(path, EVENTS)[0]) == 2


def test_cases_of_sources_and_of_this_house_are_one_list_seen_at_once(path: Path) -> None:
    looker = Warehouse(path)
    assert [each.case for each in front_office(looker).open_cases] == [
        CaseNumber("small", "TK1"),
        CaseNumber("small", "TK3"),
    ]
    case = open_one(path, BRUNO, priority="urgent")
    add(path, CaseNumber("small", "TK1"), ASSIGNED, assignee="ann")
    add(path, CaseNumber("small", "TK3"), CLOSED, outcome="Refunded")
    add(path, CaseNumber("small", "TK2"), REOPENED, note="wrong again")
    recorded_contacts.record(
        operational_store.ready(path), called(case_deeds.now(), case=CaseNumber("small", "TK1"))
    )
    office = front_office(looker)
    assert [each.case.id for each in office.open_cases] == [case.id, "TK1", "TK2"]
    found = {each.case.id: each for each in office.cases}
    assert (found["TK1"].called, found["TK1"].state.assignee) == ("Anna Bellini", "ann")
    assert found["TK1"].course[-1].event == "contact in"
    assert (found["TK3"].state.outcome, found["TK2"].state.reopenings) == ("Refunded", 1)
    assert found["TK2"].state.odd == ()
    publish(path)
    again = Warehouse(path)
    assert {each.case: each.course for each in front_office(again).cases} == {
        each.case: each.course for each in office.cases
    }
    assert asked(path, TICKETS)[0][0][0] == case.id, "tickets of sources are theirs alone"
    assert service_choices(again).topics[0] == "Invoice"
    for each in (looker, again):
        each.close()


def test_who_is_not_known_yet_waits(path: Path) -> None:
    store = operational_store.ready(path)
    recorded_contacts.record(store, called(case_deeds.now(), SourceNumber("crm", "K900")))
    open_one(path, SourceNumber("crm", "K900"))
    publish(path)
    assert asked(path, *EVERYTHING, "SELECT waiting FROM taken_in")[:3] == [[], [], []]
    with writing(path, "load") as connection:
        connection.execute("INSERT INTO customer_identity VALUES (9, 'crm', 'K900', 4)")
    assert [[row[1] for row in rows] for rows in asked(path, *EVERYTHING)] == [[4], [4], [4]]
    assert asked(path, "SELECT waiting FROM taken_in") == [[(0,)]]


def test_undoing_a_load_passes_them_by(path: Path) -> None:
    publish(path)
    add_load(path, 2)
    recorded_contacts.record(operational_store.ready(path), called(case_deeds.now()))
    case = open_one(path)
    publish(path)
    before = asked(path, *EVERYTHING)
    assert published(path)[-1].batch is None
    done = undo_load(path)
    assert list(done.batches) == [2]
    assert asked(path, *EVERYTHING) == before
    assert asked(path, TICKETS)[0][0][0] == case.id


def test_who_is_forgotten_is_gone_from_what_was_said_and_nothing_more_is_recorded(path: Path) -> None:
    store = operational_store.ready(path)
    recorded_contacts.record(store, called(case_deeds.now(), note="Anna Bellini called", topic="my sister"))
    open_one(path, note="Anna again")
    recorded_contacts.record(store, called(case_deeds.now(), BRUNO, note="of Bruno"))
    publish(path)
    counted = [len(each) for each in asked(path, *EVERYTHING)]
    forget(path, "K100", "me")
    publish(path)
    assert [len(each) for each in asked(path, *EVERYTHING)] == counted, "totals stay"
    told = str(statement_log.history(store)) + str(asked(path, *EVERYTHING))
    assert "Anna" not in told
    assert "sister" not in told
    assert "of Bruno" in told
    warehouse = Warehouse(path)
    assert [each.customer for each in front_office(warehouse).contacts] == [BRUNO]
    with pytest.raises(BadRequest, match="was forgotten on their wish"):
        number_to_speak_of(warehouse, 1)
    warehouse.close()


def test_what_is_about_hidden_customers_is_not_shown(path: Path) -> None:
    anna, of_france = open_one(path), open_one(path, SourceNumber("crm", "K400"))
    add(path, anna, NOTED, note="private")
    whole = Warehouse(path)
    shown = Policy("maria", rows=(RowCut("country", ("France",)),), masked=frozenset({"interaction.note"}))
    with acting_as(Acting("maria", shown)):
        seen = front_office(whole.under(shown))
        assert [each.case for each in seen.open_cases] == [of_france]
        assert find_cases(whole.under(shown), "TK1") == find_cases(whole.under(shown), anna.id) == ()
    bare = Policy("otto", masked=frozenset({"interaction.note", "customer.name"}))
    with acting_as(Acting("otto", bare)):
        found = front_office(whole.under(bare)).case(anna)
    assert found
    assert (found.called, found.course[-1].note) == ("K100", "")
    whole.close()


def test_what_is_masked_of_contacts_is_masked_in_what_was_said_of_them(path: Path) -> None:
    """Outcome and promise, also in the task that keeps it, which can be done unseen and keeps its words."""
    store, case = operational_store.ready(path), open_one(path)
    add(path, case, CLOSED, outcome="Refunded", satisfaction=3)
    task = ServiceTask("call her doctor", date(2026, 1, 2), "ann", ANNA)
    contact = RecordedContact(ANNA, "call", case_deeds.now(), outcome="Angry", promise="call her doctor")
    recorded_contacts.record(store, contact, "ann", task)
    whole = Warehouse(path)
    masked = frozenset({"interaction.note", "interaction.outcome", "interaction.satisfaction"})
    found = front_office(whole.under(Policy("otto", masked=masked)))
    closed = found.case(case)
    assert closed
    assert (closed.state.outcome, closed.state.satisfaction, found.contacts[0].outcome) == ("", None, "")
    (told,) = [each for each, _ in found.tasks]
    assert "doctor" not in repr(found)
    service_tasks.change_task(store, replace(told, assignee="otto"), "otto")
    assert [(each.what, each.assignee) for each in service_tasks.tasks(store)] == [
        ("call her doctor", "otto")
    ]
    whole.close()


def test_who_may_not_serve_says_nothing(path: Path) -> None:
    policy = Policy("carla", deeds=frozenset({Deed.WRITE}))
    with acting_as(Acting("carla", policy)), pytest.raises(NotAllowed, match="may not record contacts"):
        open_one(path)
    with acting_as(Acting("carla", UNLIMITED)):
        assert open_one(path)


def test_agents_are_killed_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    killing = [sys.executable, "-m", "tests.data.killed_serving", str(tmp_path), str(KILLS)]
    done = subprocess.run(killing, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["killed"], found["sound"]) == (KILLS, 0), done.stderr
    assert found["at steps"]["said"], "agents are ended at the steps that are named"


DEEDS = ("contact", "open", "assigned", "answered", "closed", "reopened", "undo", "publish")
Doing = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 5)), min_size=4, max_size=12)


@settings(max_examples=3)
@given(Doing)
def test_rows_are_what_was_said_whenever_it_is_published(doing: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = firm(Path(folder) / "w.duckdb")
        store, cases, said = operational_store.ready(path), [], []
        for deed, at in doing:
            who = (ANNA, BRUNO)[at % 2]
            if deed == "contact":
                said.append(
                    recorded_contacts.record(store, called(case_deeds.now(), who, topic=f"topic {at}"), "ann")
                )
            elif deed == "open":
                cases.append(open_one(path, who))
            elif deed == "publish":
                publish(path)
            elif deed == "undo" and said:
                recorded_contacts.take_back(store, said.pop(at % len(said)))
            elif cases:
                try:
                    add(path, cases[at % len(cases)], deed, assignee="bob" if deed == "assigned" else "")
                except BadRequest:
                    continue
        publish(path)
        codes = {ANNA: 1, BRUNO: 2}
        contacts, tickets, events = asked(path, *EVERYTHING)
        told = [each.values(RECORDED_CONTACT) for each in statement_log.current(store, RECORDED_CONTACT)]
        assert sorted((row[1], row[2], row[3], row[6]) for row in contacts) == sorted(
            (codes[each["customer"]], *place(each["at"]), each["topic"])
            for each in told  # type: ignore[arg-type, index]
        )
        happened = [each.values(CASE_EVENT) for each in statement_log.current(store, CASE_EVENT)]
        assert sorted(row[2:6] for row in events) == sorted(
            (*place(each["at"]), each["case"], each["event"])
            for each in happened  # type: ignore[arg-type, misc]
        )
        last = {
            each["case"]: each["event"] for each in happened if each["event"] in (OPENED, CLOSED, REOPENED)
        }
        assert {row[0]: row[3] for row in tickets} == {
            case: "closed" if event == CLOSED else "open" for case, event in last.items()
        }


def test_a_consent_that_was_taken_back_counts_with_the_next_publication(path: Path) -> None:
    store, at = operational_store.ready(path), case_deeds.now()
    rules = ContactRules("web", at.date(), purpose="offers", consent="assumed")
    asked_of = [1, 2]

    def left() -> list[tuple[int, str]]:
        warehouse = Warehouse(path)
        try:
            return left_out(warehouse.frame, asked_of, rules).rows()
        finally:
            warehouse.close()

    refusing = [SaidConsent(ANNA, "Web", at, WITHDRAWN)]
    said = recorded_contacts.record(store, called(at, refusal="offers"), "ann", None, refusing)
    assert left() == []
    publish(path)
    assert left() == [(1, "consent withdrawn")]
    recorded_contacts.take_back(store, said, "ann")
    publish(path)
    assert left() == []
    assert asked(path, CONTACTS) == [[]]


def test_what_lies_on_top_of_the_snapshot_is_told_beside_its_rows(path: Path) -> None:
    store = operational_store.ready(path)
    one, other = (recorded_contacts.record(store, called(case_deeds.now(), note=each)) for each in "ab")
    publish(path)
    case = open_one(path)
    third = recorded_contacts.record(store, called(case_deeds.now()))
    recorded_contacts.take_back(store, one)
    warehouse = Warehouse(path)
    found = said_on_top(warehouse, 1)
    assert ([each.said for each in found.contacts], found.gone) == ([third], frozenset({one}))
    assert [(number, each.event) for number, each in found.events] == [(case, OPENED)]
    assert said_on_top(warehouse, 2) == SaidOnTop((), (), frozenset())
    warehouse.close()
    publish(path)
    warehouse = Warehouse(path)
    assert said_on_top(warehouse, 1) == SaidOnTop((), (), frozenset())
    assert {number for number, *_ in asked(path, CONTACTS)[0]} == {other, third}
    warehouse.close()


def test_the_command_lists_open_cases(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = open_one(path, priority="urgent", assignee="ann", due=date(2020, 1, 1))
    assert main(["cases", "--warehouse", str(path), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["case"], each["source"], each["customer"]) for each in told] == [
        (case.id, "", "K100"), ("TK1", "small", "K100"), ("TK3", "small", "K300"),
    ]  # fmt: skip
    for option in (["--due"], ["--assignee", "ann"]):
        assert main(["cases", "--warehouse", str(path), *option]) == 0
        told_so = capsys.readouterr().out
        assert case.id in told_so
        assert "TK1" not in told_so
    statement = case_now(path, case).said[0]
    assert main(["take-back", statement, "--warehouse", str(path), "--by", "bob"]) == 0
    assert main(["cases", "--warehouse", str(path), "--due"]) == 0
    assert "No case is open that is asked for." in capsys.readouterr().out


def test_what_sources_tell_otherwise_is_read_as_it_is(path: Path) -> None:
    """A ticket closed in another word; one closed before it opened; events without a ticket; the last of two rows."""
    with writing(path, "load") as connection:
        for row, (number, day, status, closed) in enumerate(
            (
                ("TK5", 19800, "Geschlossen", None),
                ("TK6", 19800, "Open", date(2023, 1, 1)),
                ("TK1", 19805, "Closed", None),
            ),
            30,
        ):
            connection.execute(
                """INSERT INTO interaction BY NAME SELECT ? AS number, ? AS day_key, ? AS status, ?::DATE AS closed_on,
                    'Ticket' AS kind, 2 AS identity_key, 1 AS customer_code, 1 AS customer_key, 0 AS channel_key,
                    0 AS channel_code, 0 AS campaign_key, 0 AS campaign_code, 0 AS partner_key, 0 AS partner_code,
                    1 AS batch, ? AS row_in_source""",
                [number, day, status, closed, row],
            )
        for row, (number, event, day, second) in enumerate(
            (("TK9", "opened", 19800, 36000), ("TK9", "Closed", 19800, 39600), ("TK9", "reopened", 19801, None),
             ("TK2", "reopened", 19899, 60))
        ):  # fmt: skip
            connection.execute(
                """INSERT INTO case_event BY NAME SELECT ? AS case_id, ? AS event, ? AS day_key, ? AS at_second,
                    'Ivana' AS agent, 2 AS identity_key, 1 AS customer_code, 1 AS customer_key, 0 AS channel_key,
                    0 AS channel_code, 1 AS batch, ? AS row_in_source""",
                [number, event, day, second, row],
            )
    warehouse = Warehouse(path)
    assert {each.case.id for each in front_office(warehouse).open_cases} == {"TK3", "TK9", "TK2"}
    (found,) = find_cases(warehouse, "tk6")
    assert (found.state.is_open, found.state.odd) == (False, ("It was closed before it was opened.",))
    (found,) = find_cases(warehouse, "TK9")
    assert [(each.event, each.by) for each in found.course] == [
        (each, "Ivana") for each in (OPENED, CLOSED, REOPENED)
    ]
    assert found.course[0].at == datetime(2024, 3, 18, 9), "ten o'clock in Rome"
    assert found.called == "Anna Bellini"
    warehouse.close()
