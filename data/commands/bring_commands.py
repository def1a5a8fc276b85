"""Commands that bring data: `load` and `demo`."""

from __future__ import annotations

import argparse
import logging
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import polars as pl

from data import demo
from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds, exports_to, place
from data.commands.common_options import Commands, reasoned, say, shared, to_terminal, warn
from data.errors import BadInput, WarehouseError
from data.load import Mapping, Report, load, read_mapping
from data.load.time_settings import carry_over
from data.people.export_note import exporting
from data.recovery.ownership import is_earlier_demonstration, is_own
from data.recovery.replacement import beside, publish
from data.store import end_of_write, event_log, private_files, unfollowed, warehouse
from data.store.event_log import NAME

log = logging.getLogger(NAME)
BOOKS = ("rows_read", "rows_loaded", "rows_rejected", "repeats_dropped", "rows_left_out")


def add(commands: Commands) -> None:
    loading = commands.add_parser(
        "load", parents=[shared(), reasoned()], help="load files by a mapping (docs/mapping.md)"
    )
    loading.add_argument("mapping", type=Path, metavar="MAPPING.toml")
    loading.add_argument(
        "--file",
        type=Path,
        action="append",
        help="the file of order lines, or the folder with all files; may be said several times",
    )
    loading.add_argument(
        "--as-of", type=_moment, metavar="WHEN", help="the moment that the files tell of, in UTC"
    )
    loading.add_argument("--rejected", type=Path, metavar="CSV", help="write the rejected rows there")
    loading.add_argument(
        "--accept", action="store_true", help="even if much of what was there is missing in a full export"
    )
    loading.add_argument(
        "--same-firm",
        action="store_true",
        help="the firm of the mapping is that of the warehouse by another name",
    )
    loading.add_argument(
        "--keep-demo", action="store_true", help="add to the demonstration firm instead of taking its place"
    )
    loading.set_defaults(
        run=_load, needs=CommandNeeds((Deed.LOAD,), whole=True, by_options=exports_to("rejected"))
    )
    making = commands.add_parser("demo", parents=[shared(where=False)], help="make the demonstration firm")
    demo.add_arguments(making)
    making.set_defaults(run=_demo, needs=CommandNeeds((Deed.LOAD,), whole=True))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError) as error:
        wrong = "beyond the years 1 to 9999 in UTC" if isinstance(error, OverflowError) else "no moment"
        raise argparse.ArgumentTypeError(
            f"{text!r} is {wrong}. Write it like 2024-01-31 or 2024-01-31T18:00:00+01:00."
        ) from error


def _load(args: argparse.Namespace) -> int:
    path, mapping = place(args), read_mapping(args.mapping)
    room = "" if args.keep_demo else _simulated(path)
    with unfollowed.putting_off():
        if room:
            with beside(path) as fresh:
                carry_over(path, fresh)
                reports, faults = _bring(args, mapping, fresh)
                publish(fresh, path, room)
        else:
            reports, faults = _bring(args, mapping, path)
    for report in reports:
        log.info("load %s: %s", report.source, _counted(report))
        _report(args, report)
    for fault in faults:
        warn(f"{mapping.source}: {fault}")
    if room:
        say(args, "The demonstration firm made room; 'python -m data go-back' brings it back.")
    if args.rejected:
        _write(args, pl.concat([report.rejected for report in reports]))
    _follow(args, path)
    return 1 if faults or any(report.waiting for report in reports) else 0


def _follow(args: argparse.Namespace, path: Path) -> None:
    """What follows from many lines, which are there already: if not now, the next write sees to it."""
    try:
        with end_of_write.heard() as changes:
            warehouse.follow(path)
    except WarehouseError as error:
        warn(f"The load is done. What follows from its lines waits for the next one: {error}")
    except KeyboardInterrupt:
        warn("Stopped; the load is done, and what follows from its lines waits for the next one.")
    except Exception as error:
        log.exception("follow")
        warn(
            f"The load is done. What follows from its lines waits for the next one: something went wrong"
            f" ({event_log.where(error)}); tell whoever looks after Clientela."
        )
    else:
        for change in changes:
            say(args, "\n".join(change.sentences()))


def _bring(args: argparse.Namespace, mapping: Mapping, path: Path) -> tuple[list[Report], list[BadInput]]:
    """Load each file that is named, or what the mapping names. Errors: BadInput where not one can be loaded."""
    tell = (lambda *_: None) if args.quiet else to_terminal
    reports, faults = [], []
    for file in args.file or [None]:
        try:
            reports.append(
                load(mapping, path, file, tell, args.as_of, accepted=args.accept, same_firm=args.same_firm)
            )
        except BadInput as fault:
            faults.append(fault)
    if not reports:
        raise faults[0]
    return reports, faults


def _simulated(path: Path) -> str:
    """The version of the warehouse at `path`, if all it holds is the demonstration firm; else nothing."""
    if not warehouse.is_there(path):
        return ""
    version = warehouse.current_version(path)
    return "" if is_own(path) else version


def _counted(report: Report) -> str:
    """A load in numbers, for the log."""
    if report.unchanged:
        return f"nothing new, batch {report.batch}"
    read, loaded, rejected, dropped, left = (
        sum(getattr(each, name) for each in report.parts) for name in BOOKS
    )
    told = f"{read} rows read = {loaded} loaded + {rejected} rejected + {dropped} repeats dropped"
    return f"batch {report.batch}, {told}" + (f" + {left} left out" if left else "")


def _report(args: argparse.Namespace, report: Report) -> None:
    say(args, "\n".join(report.sentences()))
    if args.quiet and report.rejected.height and not report.unchanged:
        warn(f"{report.source}: {report.rejected.height:,} rows were rejected, batch {report.batch}.")
    if args.quiet:
        for each in (*report.warnings, *report.waiting):
            warn(f"{report.source}: {each}")


def _write(args: argparse.Namespace, rejected: pl.DataFrame) -> None:
    exporting("rejected_rows", rows=rejected.height, at=place(args))
    # As they were read, to the byte, formulas too: these rows are mended and brought back.
    try:
        with private_files.opened(Path(args.rejected), "wb") as out:
            rejected.write_csv(out)
    except OSError as error:
        raise BadInput(
            f"The rejected rows cannot be written to {args.rejected}: {error}.", "The load itself is done."
        ) from error
    say(args, f"{rejected.height:,} rejected rows written to {args.rejected}.")


def _demo(args: argparse.Namespace) -> int:
    path = place(args)
    if args.exports:
        _make(args)
        return 0
    aside = warehouse.is_there(path) and path.is_file() and is_earlier_demonstration(path)
    if not aside:
        _make(args)
        return 0
    seen = warehouse.current_version(path)
    with beside(path) as fresh:
        _make(argparse.Namespace(**{**vars(args), "warehouse": fresh, "quiet": True}))
        publish(fresh, path, seen)
    say(args, f"The demonstration firm was made anew at {path}, in place of an earlier release's.")
    return 0


def _make(args: argparse.Namespace) -> None:
    progress = redirect_stderr(StringIO()) if args.quiet else nullcontext()
    with redirect_stdout(StringIO()) as said, progress:
        demo.run(args)
    if said.getvalue():
        say(args, said.getvalue().rstrip())
