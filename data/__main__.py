"""`python -m data`: load files, make the demonstration firm, say what the warehouse holds."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from data import warehouse
from data.errors import BadInput, ClientelaError
from data.ledger import is_simulated
from data.load import load, read_mapping
from data.replacement import beside, publish, set_aside
from data.sources import demo

STATUS = """SELECT batch.batch, source, file, loaded_at, rows_read AS read, rows_loaded AS loaded,
    rows_rejected AS rejected, repeats_dropped AS dropped, repeats_kept AS kept
FROM batch ORDER BY batch.batch"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it did what it says, 2 with a sentence if it could not."""
    args = _parser().parse_args(arguments)
    try:
        args.run(args)
        sys.stdout.flush()
    except ClientelaError as error:
        print(f"\n{error}" if sys.stderr.isatty() else error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing was changed.", file=sys.stderr)
        return 130
    except (
        BrokenPipeError
    ):  # whoever was listening has heard enough; nor is there anybody to flush to at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    loading = commands.add_parser("load", help="load files by a mapping (docs/mapping.md)")
    loading.add_argument("mapping", type=Path, metavar="MAPPING.toml")
    loading.add_argument("--file", type=Path, help="the file of order lines, or the folder with all files")
    loading.add_argument("--rejected", type=Path, metavar="CSV", help="write the rejected rows there")
    loading.add_argument("--warehouse", type=Path, help="the file to load into (CLIENTELA_WAREHOUSE)")
    loading.add_argument(
        "--keep-demo", action="store_true", help="add to the demonstration firm instead of taking its place"
    )
    loading.set_defaults(run=_load)
    making = commands.add_parser("demo", help="make the demonstration firm")
    demo.add_arguments(making)
    making.set_defaults(run=demo.run)
    telling = commands.add_parser("status", help="what the warehouse holds, batch by batch")
    telling.add_argument("--warehouse", type=Path, help="the file to look at (CLIENTELA_WAREHOUSE)")
    telling.set_defaults(run=_status)
    return parser


def _load(args: argparse.Namespace) -> None:
    path = args.warehouse or warehouse.default_path()
    mapping = read_mapping(args.mapping)
    simulated = "" if args.keep_demo else _simulated(path)
    if simulated:
        with beside(path) as fresh:
            report = load(mapping, fresh, args.file, _to_terminal)
            publish(fresh, path, simulated)
    else:
        report = load(mapping, path, args.file, _to_terminal)
    print("\n".join(report.sentences()))
    if simulated:
        print(f"The demonstration firm made room; it is kept in {set_aside(path).name} beside the warehouse.")
    if args.rejected:
        _write(report.rejected, args.rejected)


def _simulated(path: Path) -> str:
    """The version of the warehouse at `path`, if all it holds is the demonstration firm; else nothing."""
    if not warehouse.is_there(path):
        return ""
    found = warehouse.Warehouse(path)
    try:
        return found.version if is_simulated(found) else ""
    finally:
        found.close()


def _write(rejected: pl.DataFrame, path: Path) -> None:
    try:
        rejected.write_csv(path)
    except OSError as error:
        raise BadInput(
            f"The rejected rows cannot be written to {path}: {error}.", "The load itself is done."
        ) from error
    print(f"{rejected.height:,} rejected rows written to {path}.")


def _status(args: argparse.Namespace) -> None:
    found = warehouse.Warehouse(args.warehouse)
    try:
        profile, batches = found.profile, found.frame(STATUS)
        revenue = found.rows("SELECT coalesce(sum(revenue), 0) FROM sale")[0][0]
    finally:
        found.close()
    print(f"{found.path}: {profile.firm or 'a firm without a name'}, version {profile.version}")
    amount = f"{revenue:,.2f} {profile.currency}".rstrip()
    print(f"{profile.lines:,} order lines, {profile.customers:,} customers, revenue {amount}")
    print(f"from {profile.first_day} to {profile.last_day}" if profile.first_day else "no order lines yet")
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=160, tbl_hide_dataframe_shape=True,
                   tbl_hide_column_data_types=True, fmt_str_lengths=40):  # fmt: skip
        print(batches)


def _to_terminal(fraction: float, words: str) -> None:
    if sys.stderr.isatty():
        end = "\n" if fraction == 1 else ""
        print(f"\r{fraction:4.0%}  {words:<48}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
