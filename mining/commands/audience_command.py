"""`python -m mining audience [NAME]`. Who stands in audiences, who came and left; and making and deleting one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from cubes.analysis import audience_question
from cubes.analysis.audience_question import (
    Asked,
    AudienceQuestion,
    Joining,
    OtherAudience,
    in_words,
    known_customers,
    parse_audience,
)
from cubes.analysis.follow_audiences import left_leaning
from cubes.analysis.make_audience import MadeAudience, make_audience, make_listed_audience
from cubes.analysis.seen_statements import seen_audiences, standing_of
from cubes.members.member_names import names_of
from cubes.query import Query
from data import environment
from data.access.deed import Deed
from data.campaigns import audience_rows
from data.commands.asking_person import opened
from data.errors import BadInput, BadRequest, NotAllowed
from data.operational import audiences, operational_store
from data.operational.audiences import FROZEN, LIVING, REMOVED, Audience
from data.operational.statement_erasure import ERASED
from data.operational.statement_rows import publish_now
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question

LISTED: dict[str, Any] = {
    "name": pl.String,
    "id": pl.String,
    "owner": pl.String,
    "mode": pl.String,
    "customers": pl.Int64,
    "counted": pl.Int64,
    "made_at": pl.Datetime("us"),
    "question": pl.String,
}
JOINED = {"and": Joining.AND, "or": Joining.OR, "but_not": Joining.BUT_NOT}


def _audience_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("audience", nargs="?", default="", help="its name or id; all of them if left away")
    parser.add_argument(
        "--members", action="store_true", help="the customers in it, in place of who came and left"
    )
    deed = parser.add_mutually_exclusive_group()
    deed.add_argument("--make", action="store_true", help="make it, of whom --where and --measure find")
    deed.add_argument("--delete", action="store_true", help="delete it; its history stays")
    parser.add_argument(
        "--measure",
        default="",
        help="whom the measure counts; if left away all known customers, or all of --and",
    )
    parser.add_argument("--cube", default="sales", help="the cube of the measure; sales if left away")
    parser.add_argument("--living", action="store_true", help="let it follow at each publication")
    for name, joining in JOINED.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            action="append",
            default=[],
            metavar="AUDIENCE",
            help=f"{joining} who stands in another audience",
        )
    parser.add_argument(
        "--ids", type=Path, metavar="FILE", help="make it of these customers instead, an id a line"
    )


def _audience(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """All audiences, a row each; or of one a row a publication with which somebody came or left."""
    if options.until:
        raise BadRequest(
            "An audience has no last day of its own.", "Write --where time=..2025-12-31 instead."
        )
    if not options.make:
        _refuse_unused(options)
    if not options.audience:
        if options.make or options.delete:
            raise BadRequest("Which audience is not said.", "Write its name behind audience.")
        return _listed(warehouse)
    if options.make:
        return _made(warehouse, options)
    known = seen_audiences(warehouse)
    found = audiences.audience_named(known, options.audience)
    if options.delete:
        return _deleted(warehouse, found)
    return _told(warehouse, found, options.members)


def _changing(options: argparse.Namespace) -> tuple[Deed, ...]:
    return (Deed.CAMPAIGN,) if options.make or options.delete else ()


def _refuse_unused(options: argparse.Namespace) -> None:
    """Raises BadRequest for what says whom a new audience is of, where none is made."""
    asked = ("where", "measure", "as_of", "living", "ids", *JOINED)
    for name in (each for each in asked if getattr(options, each)):
        raise BadRequest(
            f"--{name.replace('_', '-')} says whom a new audience is of, and none is made.",
            "Write --make as well, or leave it out.",
        )


def _listed(warehouse: Warehouse) -> Finding:
    known = seen_audiences(warehouse)
    names = {each.id: each.name for each in known}
    rows, notes = [], []
    for each in known:
        standing = standing_of(warehouse, each)
        rows.append((each.name, each.id, each.owner, each.mode, standing.customers, each.counted, each.said_at,
                     _words(each, names)))  # fmt: skip
        notes += [f"{each.name}: {note}" for note in standing.notes]
    if not rows:
        notes.append("There is no audience yet. Make one: audience NAME --make --where country=Italy.")
    return Finding(pl.DataFrame(rows, schema=LISTED, orient="row"), {"audiences": len(rows)}, tuple(notes))


def _words(audience: Audience, names: Mapping[str, str]) -> str:
    return ERASED if audience.is_erased else in_words(parse_audience(audience.question), names)


def _told(warehouse: Warehouse, found: Audience, of_members: bool) -> Finding:
    standing = standing_of(warehouse, found)
    names = {each.id: each.name for each in seen_audiences(warehouse)}
    figures: dict[str, Any] = {
        "audience": found.name,
        "mode": found.mode,
        "question": _words(found, names),
        "customers": standing.customers,
        "counted": found.counted,
        "counted_on": found.version,
    }
    rows = _customers(warehouse, found) if of_members else audience_rows.course(warehouse.rows, found.id)
    return Finding(rows, figures, standing.notes)


def _customers(warehouse: Warehouse, found: Audience) -> pl.DataFrame:
    if warehouse.policy.smallest > 1:
        raise NotAllowed(
            f"{warehouse.policy.person} may see no fewer than {warehouse.policy.smallest} customers together.",
            "Leave --members out.",
        )
    codes = audience_rows.members(warehouse.arrays, found.id)
    labels, ids = names_of(warehouse).of("customer", codes)
    return pl.DataFrame({"customer": ids, "name": labels}).sort("customer")


def _made(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    made = _of_list(warehouse, options) if options.ids else _of_question(warehouse, options)
    published = opened(options)
    try:
        told = _told(published, made.audience, options.members)
    finally:
        published.close()
    return Finding(told.rows, told.figures, tuple(dict.fromkeys((*made.notes, *told.notes))))


def _of_question(warehouse: Warehouse, options: argparse.Namespace) -> MadeAudience:
    mode = LIVING if options.living else FROZEN
    return make_audience(warehouse, options.audience, _question(warehouse, options), mode, environment.who())


def _question(warehouse: Warehouse, options: argparse.Namespace) -> AudienceQuestion:
    """What is asked, and after it each other audience: first those of --and, then --or, then --but-not."""
    others = list(_others(warehouse, options))
    if not options.measure and not options.where and others and others[0][0] is not Joining.BUT_NOT:
        found = audience_question.of(others.pop(0)[1])
    else:
        found = audience_question.of(_asked(options))
    for joining, other in others:
        found = found.joined(joining, other)
    return found


def _asked(options: argparse.Namespace) -> Query:
    cuts = question(options).cuts
    if not options.measure:
        return known_customers(*cuts, as_of=options.as_of)
    return Query((options.measure,), cuts=cuts, cube=options.cube, as_of=options.as_of)


def _others(warehouse: Warehouse, options: argparse.Namespace) -> Iterator[tuple[Joining, Asked]]:
    known = seen_audiences(warehouse)
    for name, joining in JOINED.items():
        for written in getattr(options, name):
            yield joining, OtherAudience(audiences.audience_named(known, written).id)


def _of_list(warehouse: Warehouse, options: argparse.Namespace) -> MadeAudience:
    if options.living or options.where or options.measure or any(getattr(options, each) for each in JOINED):
        raise BadRequest(
            "A list of customers stands alone, and does not change by itself.", "Leave the other options out."
        )
    try:
        lines = options.ids.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{options.ids} cannot be read.", "Name a text file with an id a line.") from error
    ids = [line.strip() for line in lines if line.strip()]
    return make_listed_audience(warehouse, options.audience, options.ids.name, ids, environment.who())


def _deleted(warehouse: Warehouse, found: Audience) -> Finding:
    store = operational_store.ready(warehouse.path)
    statement = audiences.delete(store, found.id, environment.who())
    publish_now(warehouse.path, REMOVED)
    back = f"“{found.name}” is deleted. It comes back with 'python -m data take-back {statement}'."
    left = left_leaning(seen_audiences(warehouse), found.id)
    return Finding(pl.DataFrame(), {"deleted": found.name, "statement": statement}, (back, *left))


AUDIENCE = Command(
    "who stands in audiences, who came and left; --make and --delete one",
    "audiences",
    _audience_options,
    _audience,
    _changing,
)
