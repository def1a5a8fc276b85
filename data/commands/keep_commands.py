"""Commands that go back (`undo-load` ...), take the warehouse elsewhere (`backup` ...), or set it (`settings`)."""

from __future__ import annotations

import argparse
from pathlib import Path

from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds, opened, place
from data.commands.common_options import Commands, reasoned, say, shared
from data.export import plain_tables
from data.load import time_settings
from data.recovery import backup, earlier_states, replacement
from data.store.warehouse import is_there

LEFT_OUT = (
    "Files that are not in it are left out of the next loads, unless they change or are named with --file."
)

LOADING = CommandNeeds((Deed.LOAD,), whole=True)


def add(commands: Commands) -> None:
    undoing = commands.add_parser(
        "undo-load", parents=[shared()], help="put back what was there before the last load"
    )
    undoing.add_argument(
        "batch", type=int, nargs="?", metavar="BATCH", help="the batch that must be the last load"
    )
    undoing.set_defaults(run=_undo, needs=LOADING)
    going = commands.add_parser("go-back", parents=[shared()], help="put back a snapshot that is kept")
    going.add_argument("number", type=int, nargs="?", metavar="NUMBER",
                       help="as 'history' lists them; the firm that was here before if not said")  # fmt: skip
    going.set_defaults(run=_go_back, needs=LOADING)
    backing = commands.add_parser(
        "backup", parents=[shared(), reasoned()], help="copy the warehouse to a file, and check the copy"
    )
    backing.add_argument("file", type=Path, metavar="FILE")
    backing.set_defaults(run=_backup, needs=CommandNeeds((Deed.LOAD, Deed.EXPORT), bare=True))
    restoring = commands.add_parser("restore", parents=[shared()], help="put back a warehouse from a file")
    restoring.add_argument("file", type=Path, metavar="FILE")
    restoring.set_defaults(run=_restore, needs=LOADING)
    exporting = commands.add_parser(
        "export", parents=[shared(), reasoned()], help="write all tables as files"
    )
    exporting.add_argument("folder", type=Path, metavar="FOLDER")
    exporting.add_argument("--format", choices=("parquet", "csv"), default="parquet", help="(%(default)s)")
    exporting.add_argument(
        "--personal", action="store_true", help="with names, addresses and free texts of customers"
    )
    exporting.set_defaults(run=_export, needs=CommandNeeds((Deed.EXPORT,), ("explore",)))
    setting = commands.add_parser(
        "settings",
        parents=[shared()],
        help="show or change fiscal year, weeks, time zone and when suppliers are late",
    )
    setting.add_argument("--fiscal-start", metavar="MONTH", help="where the fiscal year begins: 7 or July")
    setting.add_argument("--week-start", metavar="DAY", help="where weeks begin: 7 or Sunday")
    setting.add_argument("--time-zone", metavar="ZONE",
                         help="in which moments fall on a day: Europe/Rome, or none for days as written")  # fmt: skip
    setting.add_argument("--late-after", metavar="DAYS", help="days of grace that an order to a supplier has")
    setting.set_defaults(run=_settings, needs=LOADING)
    migrating = commands.add_parser(
        "migrate",
        parents=[shared()],
        help="bring what an earlier release made up to date (the dashboard and every command do)",
    )
    migrating.set_defaults(run=_migrate, needs=LOADING)


def _undo(args: argparse.Namespace) -> int:
    undone = earlier_states.undo_load(place(args), args.batch)
    first, last = undone.batches[0], undone.batches[-1]
    batches = f"Batch {last} is" if first == last else f"Batches {first} to {last} are"
    say(args, f"{batches} undone: snapshot {undone.follows} is back.")
    say(args, LEFT_OUT)
    if undone.deeds:
        say(args, f"With it went what was done since: {', '.join(undone.deeds)}.")
    say(args, f"'python -m data go-back {undone.kept}' takes that back.")
    return 0


def _go_back(args: argparse.Namespace) -> int:
    if args.number is None:
        replacement.exchange(place(args))
        say(args, "The firm that was here before is back.")
    else:
        left_out = earlier_states.go_back(place(args), args.number)
        say(args, f"Snapshot {args.number} is back.")
        if left_out:
            say(args, LEFT_OUT)
    say(args, "What was there is kept; 'python -m data history' lists it.")
    return 0


def _backup(args: argparse.Namespace) -> int:
    found = backup.backup(place(args), args.file)
    say(
        args, f"{found.lines:,} order lines, revenue {found.revenue:,.2f}, copied to {args.file} and checked."
    )
    return 0


def _restore(args: argparse.Namespace) -> int:
    found = backup.restore(place(args), args.file)
    say(args, f"{found.lines:,} order lines, revenue {found.revenue:,.2f}, are back from {args.file}.")
    say(args, "What was there is kept; 'python -m data history' lists it.")
    return 0


def _export(args: argparse.Namespace) -> int:
    found = opened(args)
    try:
        manifest = plain_tables.export(found, args.folder, args.format, args.personal)
    finally:
        found.close()
    rows = sum(table["rows"] for table in manifest["tables"].values())
    say(args, f"{len(manifest['tables'])} tables with {rows:,} rows written to {args.folder} and checked.")
    if not args.personal:
        say(args, "Without names, addresses and free texts of customers; --personal brings them along.")
    return 0


def _settings(args: argparse.Namespace) -> int:
    was_there, now = is_there(place(args)), time_settings.in_force(place(args))
    chosen = now.changed(args.fiscal_start, args.week_start, args.time_zone, args.late_after)
    again = time_settings.save(place(args), chosen) if chosen != now else ()
    say(args, chosen.sentence())
    if was_there and chosen.time_zone != now.time_zone:
        say(args, time_settings.KEPT_DAYS)
        for each in again:
            say(args, f"To be loaded again: {each}.")
    return 0


def _migrate(args: argparse.Namespace) -> int:
    opened(args).close()  # which finds out, as in any command
    say(args, f"{place(args)} is up to date.")
    return 0
