"""`proposals`: what customers propose, those of sources and those recorded here, the most supported first."""

from __future__ import annotations

import argparse
from typing import Any

import polars as pl

from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import proposal_board
from data.commands.asking_person import CommandNeeds, opened, place
from data.commands.common_options import Commands, say_json, shared
from data.commands.look_commands import print_table
from data.operational.statement_kinds import PROPOSAL_STATUSES
from data.people import audit_log
from data.people.audit_event import AuditEvent

TOLD = (
    "proposal",
    "source",
    "title",
    "status",
    "since",
    "persons",
    "told_supports",
    "customer",
    "product",
    "place",
)


def add(commands: Commands) -> None:
    listing = commands.add_parser(
        "proposals", parents=[shared()], help="what customers propose, the most supported first"
    )
    listing.add_argument("--status", choices=PROPOSAL_STATUSES, help="those of this status")
    listing.add_argument(
        "--open", action="store_true", help="those on which is not decided yet, or that are on their way"
    )
    listing.add_argument("--format", choices=("table", "json"), default="table", help="(%(default)s)")
    listing.set_defaults(run=_proposals, needs=CommandNeeds(pages=("proposals",)))


def _proposals(args: argparse.Namespace) -> int:
    found = opened(args)
    try:
        asked = [each for each in proposal_board(found).standing if _is_asked(args, each)]
    finally:
        found.close()
    audit_log.note(AuditEvent.ASKED, detail="proposals", amount=len(asked), at=place(args))
    rows = [
        _told(each) for each in sorted(asked, key=lambda each: (-each.persons, -(each.told_supports or 0)))
    ]
    if args.format == "json":
        say_json(rows)
    elif rows:
        print_table(pl.DataFrame(rows, infer_schema_length=None).select(TOLD))
    else:
        print("No proposal is there that is asked for.")
    return 0


def _is_asked(args: argparse.Namespace, each: CustomerProposal) -> bool:
    return (args.status is None or each.status == args.status) and (not args.open or each.is_open)


def _told(each: CustomerProposal) -> dict[str, Any]:
    """A proposal as it is told; `persons` count those of merged ones, each once; `told_supports` is a total of the
    source, without voters."""
    return {
        "proposal": each.number.id,
        "source": each.number.source,
        "title": each.title,
        "status": each.status,
        "since": each.now.at.date(),
        "reason": each.now.reason,
        "persons": each.persons,
        "told_supports": each.told_supports,
        "customer": each.author.id if each.author else "",
        "product": each.product_id,
        "place": each.place,
        "made_on": each.at.date(),
        "merged": [member.id for member in each.members],
    }
