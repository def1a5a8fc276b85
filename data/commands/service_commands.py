"""`cases`: the open cases of the service, those that sources tell of and those opened here, the most urgent first."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

import polars as pl

from data.commands.asking_person import CommandNeeds, opened, place
from data.commands.common_options import Commands, say_json, shared
from data.commands.look_commands import print_table
from data.people import audit_log
from data.people.audit_event import AuditEvent
from data.service.case_list import front_office
from data.service.service_case import ServiceCase

TOLD = (
    "case",
    "source",
    "topic",
    "customer",
    "priority",
    "opened",
    "age_days",
    "due",
    "waits_since",
    "assignee",
)


def add(commands: Commands) -> None:
    listing = commands.add_parser(
        "cases", parents=[shared()], help="the open cases of the service, the most urgent first"
    )
    listing.add_argument("--assignee", metavar="NAME", help="those that this person looks after")
    listing.add_argument("--due", action="store_true", help="those whose day is today or past (UTC)")
    listing.add_argument("--format", choices=("table", "json"), default="table", help="(%(default)s)")
    listing.set_defaults(run=_cases, needs=CommandNeeds(pages=("cases",)))


def _cases(args: argparse.Namespace) -> int:
    now = datetime.now(UTC).replace(tzinfo=None)
    found = opened(args)
    try:
        cases = [each for each in front_office(found).open_cases if _is_asked(args, each, now)]
    finally:
        found.close()
    audit_log.note(AuditEvent.ASKED, detail="cases", amount=len(cases), at=place(args))
    rows = [_told(each, now) for each in cases]
    if args.format == "json":
        say_json(rows)
    elif rows:
        print_table(pl.DataFrame(rows).select(TOLD))
    else:
        print("No case is open that is asked for.")
    return 0


def _is_asked(args: argparse.Namespace, case: ServiceCase, now: datetime) -> bool:
    is_theirs = args.assignee is None or case.state.assignee == args.assignee
    return is_theirs and (not args.due or case.is_due(now.date()))


def _told(case: ServiceCase, now: datetime) -> dict[str, Any]:
    """A case as it is told; moments are UTC."""
    state = case.state
    return {
        "case": case.case.id,
        "source": case.case.source,
        "topic": state.topic,
        "customer": case.shown,
        "name": case.called,
        "priority": state.priority,
        "opened": state.since,
        "age_days": case.age_days(now),
        "due": state.due,
        "waits_since": state.waits_since,
        "assignee": state.assignee,
        "reopenings": state.reopenings,
    }
