"""Commands for the audit: `audit verify`, `audit show`, `audit purge`."""

from __future__ import annotations

import argparse
import sys
from datetime import date

import polars as pl

from data import environment
from data.access.acting import acting
from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds, place
from data.commands.common_options import Commands, reasoned, say, say_json, shared
from data.commands.look_commands import print_table
from data.errors import BadInput
from data.export.spreadsheet_text import harmless
from data.people import audit_anchor, audit_chain, audit_event
from data.people.audit_reading import AuditFilter, read_audit
from data.people.export_note import exporting

READS = CommandNeeds((Deed.AUDIT,), ("audit",), whole=True)


def add(commands: Commands) -> None:
    auditing = commands.add_parser("audit", help="who did what: show it, check that it is whole, purge it")
    deeds = auditing.add_subparsers(required=True, metavar="DEED", dest="deed")
    checking = deeds.add_parser(
        "verify", parents=[shared()], help="whether every entry is as it was written (exit code 1 if not)"
    )
    checking.add_argument(
        "--head", default="", metavar="NUMBER:SEAL", help="a head that an earlier 'audit verify' told"
    )
    checking.set_defaults(run=_verify, needs=READS)
    _add_showing(deeds)
    purging = deeds.add_parser(
        "purge", parents=[shared()], help=f"take away what is older than {environment.AUDIT_DAYS} says"
    )
    purging.set_defaults(run=_purge, needs=READS)


def _add_showing(deeds: Commands) -> None:
    showing = deeds.add_parser("show", parents=[shared(), reasoned()], help="the entries, the oldest first")
    showing.add_argument("--by", default="", metavar="PERSON", help="what one person did")
    showing.add_argument("--event", default="", metavar="EVENT", help="such as exported or saw_customer")
    showing.add_argument("--since", type=_day, metavar="DAY", help="from this day on (UTC)")
    showing.add_argument("--until", type=_day, metavar="DAY", help="up to this day (UTC)")
    showing.add_argument("--customer", default="", metavar="CUSTOMER_ID", help="who saw or exported them")
    showing.add_argument("--words", default="", metavar="TEXT", help="who searched for these words")
    showing.add_argument("--format", choices=("table", "json", "csv"), default="table", help="(%(default)s)")
    showing.set_defaults(run=_show, needs=READS)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write one like 2026-11-30") from None


def _verify(args: argparse.Namespace) -> int:
    found = audit_anchor.verified(place(args), args.head)
    if not found.is_sound:
        print(found.sentence, file=sys.stderr)
        return 1
    say(args, found.sentence)
    if found.head.number:
        say(
            args,
            f"Head {found.head.number}:{found.head.seal}. Write it down elsewhere: --head checks it again.",
        )
    say(args, kept(environment.audit_days(), audit_chain.overdue(place(args), environment.audit_days())))
    return 0


def kept(days: int, overdue: int) -> str:
    """How long entries stay, and what is to be done about those that stayed longer."""
    told = f"Entries are kept for {days:,} days ({environment.AUDIT_DAYS})."
    return f"{told} {overdue:,} are older: 'python -m data audit purge' takes them away." if overdue else told


def _show(args: argparse.Namespace) -> int:
    if args.customer and args.words:
        raise BadInput("--customer and --words are both given.", "Ask for one of them.")
    subject = (
        audit_event.customer(args.customer)
        if args.customer
        else audit_event.words(args.words)
        if args.words
        else None
    )
    acting().policy.check(Deed.AUDIT)
    wanted = AuditFilter(args.by, args.event, args.since, args.until, subject)
    found = read_audit(place(args), wanted)
    exporting("audit", rows=found.height, at=place(args))
    if args.format == "json":
        say_json(found.to_dicts())
    elif args.format == "csv":
        print(harmless(found).write_csv(), end="")
    else:
        when = pl.col("moment").dt.strftime("%Y-%m-%d %H:%M:%S").alias("moment (UTC)")
        print_table(
            found.select(
                "number", when, "person", "place", "event", "detail", "kind", "subject", "amount", "reason"
            )
        )
    return 0


def _purge(args: argparse.Namespace) -> int:
    acting().policy.check(Deed.AUDIT)
    days = environment.audit_days()
    gone = audit_chain.purge(place(args), days)
    if gone.entries:
        say(args, f"{gone.entries:,} entries older than {days:,} days are gone, up to number {gone.up_to:,}.")
    else:
        say(args, f"No entry is older than {days:,} days.")
    return 0
