"""Commands for what people wrote beside the warehouse: `written` lists it, `take-back` takes back.

Whoever runs them as a person sees and takes back what that person wrote.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from data.access.deed import Deed
from data.collaborate import proposal_deeds
from data.collaborate.proposal_board import KINDS as OF_PROPOSALS
from data.commands.asking_person import CommandNeeds, opened, person_of, place
from data.commands.common_options import Commands, say, say_json, shared, with_json
from data.commands.look_commands import print_table
from data.errors import BadRequest
from data.operational import (
    audiences,
    boards,
    member_sets,
    operational_store,
    planned_campaigns,
    saved_views,
    statement_kinds,
    statement_log,
)
from data.operational.operational_store import OperationalStore
from data.operational.statement_kinds import (
    AUDIENCE,
    BOARD,
    CASE_EVENT,
    KINDS,
    MEMBER_SET,
    PLANNED_CAMPAIGN,
    RECORDED_CONTACT,
    SAVED_VIEW,
    WITHOUT_ROWS,
    StatementKind,
)
from data.operational.statement_log import Statement
from data.operational.statement_rows import publish_now, taken_in_until
from data.service import case_deeds, recorded_contacts

SHORT = 8
# What has a name comes back under it only where that is still free.
NAMED = {
    AUDIENCE.name: audiences.undelete,
    BOARD.name: boards.take_back,
    MEMBER_SET.name: member_sets.undelete,
    CASE_EVENT.name: case_deeds.take_back,
    PLANNED_CAMPAIGN.name: planned_campaigns.undelete,
    RECORDED_CONTACT.name: recorded_contacts.take_back,
    SAVED_VIEW.name: saved_views.undelete,
    **{kind.name: proposal_deeds.take_back for kind in OF_PROPOSALS},
}


def add(commands: Commands) -> None:
    listing = commands.add_parser(
        "written", parents=[shared()], help="what people wrote: decisions and the like"
    )
    with_json(listing).set_defaults(run=_written, needs=CommandNeeds((Deed.WRITE,)))
    taking = commands.add_parser("take-back", parents=[shared()], help="take back something that was written")
    taking.add_argument("id", metavar="ID", help="as 'written' lists it")
    taking.add_argument("--by", default="", metavar="NAME", help="who does it; the system's user if not said")
    taking.set_defaults(run=_take_back, needs=CommandNeeds((Deed.WRITE,), signs=True))


def _written(args: argparse.Namespace) -> int:
    found = opened(args)
    try:
        store = operational_store.of(found)
        until = taken_in_until(found.rows, store)
    finally:
        found.close()
    told = statement_log.history(store)
    ended = {
        id: at for kind in _kinds(told) for id, at in statement_log.held_until(_of(told, kind), kind).items()
    }
    rows = [_told(each, each.id in ended, until) for each in _own(args, told) if each.takes_back is None]
    if args.json:
        say_json(rows)
    else:
        print(f"{store.file}: {len(rows):,} statements")
        print_table(
            pl.DataFrame([each | {"id": each["id"][:SHORT]} for each in rows]).drop("said_at", strict=False)
        )
    return 0


def _own(args: argparse.Namespace, told: Sequence[Statement]) -> list[Statement]:
    return [each for each in told if person_of(args) in (None, each.said_by)]


def _kinds(told: tuple[Statement, ...]) -> list[StatementKind]:
    """The kinds of these; of those that this release does not know the name alone."""
    known = {kind.name: kind for kind in KINDS}
    return [
        known.get(name, StatementKind(name, (), needs=statement_kinds.UNKNOWN_NEEDS))
        for name in {each.kind for each in told}
    ]


def _of(told: tuple[Statement, ...], kind: StatementKind) -> list[Statement]:
    return [each for each in told if each.kind == kind.name]


def _told(each: Statement, is_over: bool, until: int) -> dict[str, Any]:
    state = "erased" if each.erased_at else "over" if is_over else "holds"
    return {
        "id": each.id,
        "kind": each.kind,
        "said_at": each.said_at,
        "when (UTC)": f"{each.said_at:%Y-%m-%d %H:%M}",
        "by": each.said_by,
        "said": json.dumps(each.told, ensure_ascii=False),
        "state": state,
        "published": "–" if each.kind in WITHOUT_ROWS else "yes" if each.seq <= until else "not yet",
    }


def _take_back(args: argparse.Namespace) -> int:
    store = operational_store.ready(place(args))
    named = [
        each
        for each in _own(args, statement_log.history(store))
        if each.id.startswith(args.id) and not each.takes_back
    ]
    if len(named) != 1:
        raise BadRequest(
            f"{args.id!r} names {len(named)} statements.", "'python -m data written' lists them."
        )
    kind = named[0].kind
    NAMED.get(kind, _plainly)(store, named[0].id, args.by)
    followed = kind in WITHOUT_ROWS or publish_now(place(args), f"{kind} taken back")
    say(args, "Taken back." if followed else "Taken back; the numbers follow with the next publication.")
    return 0


def _plainly(store: OperationalStore, statement: str, who: str) -> None:
    statement_log.take_back(store, statement, who)
