"""Contacts and cases as the call centre reads them: who came in, when, under whose policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.query import Query
from data.access.policy import Policy
from data.access.row_cut import parse_row_cut
from data.load.record import batch_ledger
from data.service.case_list import front_office
from data.service.cases_told import case_events_told, tickets_told
from data.service.service_contacts import contacts_by_hour, service_contacts, survey_answers
from data.store.publication import OF_SERVICE
from data.store.warehouse import Warehouse, writing
from mining.service.case_backlog import case_backlog
from mining.service.case_spells import spells_of_events, spells_of_tickets, spells_told
from mining.service.contact_resolution import contact_resolution
from tests.service_firm import (
    CUSTOMERS,
    DAYS,
    FIRST,
    calls,
    service_firm,
    silent_firm,
    ticket_events,
    tickets,
)
from tests.tiny_facts import with_facts

LAST = FIRST + timedelta(DAYS - 1)
BOTH = ("call", "ticket")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return service_firm(tmp_path_factory.mktemp("service") / "w.duckdb")


def test_what_the_firm_did_itself_is_no_load(firm: Warehouse) -> None:
    came = [row for row in calls() if row["direction"] == "In"]
    found = service_contacts(firm, ("call",), FIRST, LAST)
    assert found.height == len(came)
    assert found["abandoned"].sum() == sum(row["outcome"] == "Hung up" for row in came)
    assert found["waited"].sum() == sum(row["waited_seconds"] for row in came)
    assert found["second"].to_list() == [row["at_second"] for row in came]
    assert service_contacts(firm, ("call",), FIRST, FIRST + timedelta(1)).height == 2
    told = survey_answers(firm, FIRST, LAST)
    assert told["satisfaction"].to_list() == [
        each for row in came if (each := row["satisfaction"]) is not None
    ]


def test_counts_are_those_of_each_hour(firm: Warehouse) -> None:
    found = contacts_by_hour(firm, BOTH, FIRST, LAST)
    hours = {
        hour: found.filter(pl.col("hour").eq_missing(hour))["contacts"].sum() for hour in (9, 10, 14, None)
    }
    assert hours == {9: DAYS // 3, 10: DAYS // 3, 14: DAYS // 3, None: len(tickets())}


def test_cases_are_settled_as_the_cube_of_requests_says(firm: Warehouse) -> None:
    """Seven days, calls and tickets: the same cases, the same settled, counted in SQL."""
    case = contact_resolution(service_contacts(firm, BOTH, FIRST, LAST), LAST).by_case
    counted = ask(firm, Query(("first_requests", "requests_solved"), cube="requests")).frame
    assert (case.whole, case.part) == (counted["first_requests"][0], counted["requests_solved"][0])
    assert 0 < case.part < case.whole


def test_cases_are_those_of_their_events_and_else_of_tickets(firm: Warehouse) -> None:
    events = spells_of_events(case_events_told(firm))
    assert events.frame.height == sum(row["event"] in ("opened", "reopened") for row in ticket_events())
    assert case_backlog(events, LAST).cases == 6
    told = spells_of_tickets(tickets_told(firm))
    assert (case_backlog(told, LAST).cases, told.has_answers) == (3, False)
    counted = ask(firm, Query(("closings", "reopenings"), cube="case_events")).frame
    backlog = case_backlog(events, LAST)
    assert (backlog.closings, backlog.reopenings) == (counted["closings"][0], counted["reopenings"][0])


def test_a_policy_leaves_its_rows_alone(firm: Warehouse) -> None:
    seen = firm.under(Policy(rows=(parse_row_cut("country=France"),)))
    french = [row for row in calls() if CUSTOMERS[row["customer"]] == "France" and row["direction"] == "In"]
    assert service_contacts(seen, ("call",), FIRST, LAST).height == len(french)
    assert contacts_by_hour(seen, ("call",), FIRST, LAST)["contacts"].sum() == len(french)
    own = [row for row in ticket_events() if CUSTOMERS[row["customer"]] == "France"]
    assert case_events_told(seen).height == len(own)
    assert tickets_told(seen).height == sum(CUSTOMERS[row["customer"]] == "France" for row in tickets())


def beside_tickets(path: Path) -> Warehouse:
    """Two sources number tickets and tell no events; a case was opened here, and T1 of one source closed here."""
    silent_firm(path).close()
    ticket = {"day": FIRST, "customer": "Ann", "kind": "ticket", "case_id": "T1", "status": "Open"}
    other = ticket | {"customer": "Bea", "case_id": "T2"}
    done = ticket | {"case_id": "T3", "status": "Risolto"}
    last = ticket | {"case_id": "T4", "closed_on": FIRST}
    own = {"day": FIRST + timedelta(2), "customer": "Ann", "at_second": 36_000}
    events = [own | {"case_id": "W-1", "event": "opened"}, own | {"case_id": "T1", "event": "closed"},
              own | {"event": "opened"}]  # fmt: skip
    with_facts(
        path, interaction=[ticket, other, done, ticket | {"case_id": "T4"}, last], case_event=events
    ).close()
    with writing(path) as connection:
        at = datetime(2025, 1, 8, 10)
        batch = batch_ledger.open_batch(connection, "clientela", at, at, OF_SERVICE)
        connection.execute("UPDATE case_event SET batch = ?", [batch])
    return Warehouse(path)


def test_what_is_done_here_belongs_to_the_ticket_and_hides_no_other(tmp_path: Path) -> None:
    """T1 was closed here, T2 is open, T3 closed on no day, T4 was told twice, and W-1 was opened here; an event of no
    case is none."""
    firm = beside_tickets(tmp_path / "w.duckdb")
    source = tickets_told(firm)["case"][0].split("/")[0]
    found = spells_told(case_events_told(firm), tickets_told(firm))
    told = dict(found.frame.select("case", "closed_day").rows())
    assert told == {f"{source}/T1": FIRST + timedelta(2), f"{source}/T2": None, f"{source}/T4": FIRST,
                    "clientela/W-1": None}  # fmt: skip
    backlog = case_backlog(found, FIRST + timedelta(9))
    assert (backlog.cases, backlog.closings, backlog.reopenings, found.unopened) == (2, 1, 0, 0)


def test_columns_of_any_kind_may_be_masked(firm: Warehouse) -> None:
    """What is masked is nothing of its own type: times and days are still reckoned with."""
    masked = {
        "case_event.at_second",
        *(f"interaction.{each}" for each in ("at_second", "waited_seconds", "closed_on")),
    }
    seen = firm.under(Policy("otto", masked=frozenset(masked)))
    assert contacts_by_hour(seen, ("call",), FIRST, LAST)["hour"].null_count() == DAYS
    assert service_contacts(seen, ("call",), FIRST, LAST)["waited"].null_count() == DAYS
    found = spells_told(case_events_told(seen), tickets_told(seen))
    assert found.frame["second"].null_count() == found.frame.height
    assert len(front_office(seen).cases) == len(front_office(firm).cases)
