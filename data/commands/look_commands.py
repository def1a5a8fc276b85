"""Commands that look and change nothing: `status`, `history` and `check`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

import polars as pl

from data.commands.asking_person import CommandNeeds, opened, place
from data.commands.common_options import Commands, say_json, shared, with_json
from data.model.canonical_tables import MAIN_FACT
from data.quality.integrity import IntegrityFinding, examine
from data.recovery import earlier_states
from data.store import load_ledger
from data.store.warehouse import Warehouse

OF_THE_FIRM = CommandNeeds(pages=("data",), whole=True)


def add(commands: Commands) -> None:
    telling = commands.add_parser(
        "status", parents=[shared()], help="what the warehouse holds, batch by batch"
    )
    with_json(telling).set_defaults(run=_status, needs=OF_THE_FIRM)
    past = commands.add_parser(
        "history", parents=[shared()], help="what was published, and what one can go back to"
    )
    with_json(past).set_defaults(run=_history, needs=OF_THE_FIRM)
    checking = commands.add_parser(
        "check", parents=[shared()], help="whether the warehouse is sound (exit code 1 if not)"
    )
    with_json(checking).set_defaults(run=_check, needs=OF_THE_FIRM)


BRIEF = (
    "batch",
    "source",
    "part",
    "file",
    pl.col("as_of").dt.strftime("%Y-%m-%d %H:%M"),
    pl.col("rows_read").alias("read"),
    pl.col("rows_loaded").alias("loaded"),
    pl.col("kept_aside").alias("rejected"),
    pl.col("repeats_dropped").alias("dropped"),
    pl.col("rows_left_out").alias("left out"),
    pl.col("repeats_kept").alias("kept"),
    pl.col("rows_replaced").alias("replaced"),
)


def _status(args: argparse.Namespace) -> int:
    found = opened(args)
    try:
        told, batches = _told(found), load_ledger.batches(found).reverse()
    finally:
        found.close()
    if args.json:
        say_json({**told, "batches": batches.to_dicts()})
        return 0
    print(f"{told['warehouse']}: {told['firm'] or 'a firm without a name'}, version {told['version']}")
    amount = f"{told['revenue']:,.2f} {told['currency']}".rstrip()
    print(f"{told['lines']:,} order lines, {told['customers']:,} customers, revenue {amount}")
    print(f"from {told['first_day']} to {told['last_day']}" if told["first_day"] else "no order lines yet")
    for each in told["outliers"]:
        print(f"and {each['lines']:,} dated {each['day']}, years away from the rest")
    print_table(batches.select(*BRIEF))
    return 0


def _told(found: Warehouse) -> dict[str, Any]:
    profile = found.profile
    revenue = found.rows(MAIN_FACT.totals)[0][1]
    return {"warehouse": str(found.path), "firm": profile.firm, "version": profile.version,
            "lines": profile.lines, "customers": profile.customers, "revenue": revenue,
            "currency": profile.currency, "first_day": profile.first_day, "last_day": profile.last_day,
            "outliers": [asdict(each) for each in profile.extents[MAIN_FACT.name].outliers]}  # fmt: skip


def _history(args: argparse.Namespace) -> int:
    past = earlier_states.history(place(args))
    if args.json:
        say_json(past.to_dicts())
    else:
        when = pl.col("published_at").dt.strftime("%Y-%m-%d %H:%M:%S").alias("published_at (UTC)")
        print_table(past.select("number", when, "deed", "batch", "lines", "revenue", "state"))
    return 0


def _check(args: argparse.Namespace) -> int:
    found = opened(args)
    try:
        findings = examine(found)
    finally:
        found.close()
    if args.json:
        say_json([asdict(each) for each in findings])
    else:
        _say(findings, args.quiet)
    return 0 if all(each.is_sound for each in findings) else 1


def _say(findings: tuple[IntegrityFinding, ...], quiet: bool) -> None:
    for each in findings:
        if each.found or not quiet:
            print(each, file=sys.stdout if each.is_sound else sys.stderr)


def print_table(table: pl.DataFrame) -> None:
    """All rows and columns, as wide as a screen."""
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=160, tbl_hide_dataframe_shape=True,
                   tbl_hide_column_data_types=True, fmt_str_lengths=60, thousands_separator=True):  # fmt: skip
        print(table)
