"""A load that brings only what is known: its report, and what is told of files that are not loaded again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from data.connection import Rows
from data.errors import BadInput
from data.load.known_deliveries import KnownDeliveries, PassedOver
from data.load.mappings.deliveries import FoundDeliveries, Waiting
from data.load.mappings.mapping import Mapping
from data.load.record import batch_ledger as ledger
from data.load.record.load_report import REJECTED, Report
from data.model.canonical_tables import MAIN_FACT
from data.store import warehouse

EXTENT = f"""SELECT (DATE '1970-01-01' + min(day_key))::DATE, (DATE '1970-01-01' + max(day_key))::DATE,
            coalesce(sum({MAIN_FACT.amount}), 0) FROM {MAIN_FACT.name} WHERE batch IN (SELECT unnest(?::INTEGER[]))"""
REJECTED_ROWS = """SELECT part, row_in_source, reason, raw FROM rejected
    WHERE batch IN (SELECT unnest(?::INTEGER[])) ORDER BY ALL"""


def unchanged(mapping: Mapping, found: FoundDeliveries, path: Path) -> Report | None:
    """The report if all of it was loaded in the same way before, and the same files wait as then."""
    if (
        not found.deliveries
        or not warehouse.is_there(path)
        or any(each.path is None for each in found.deliveries)
    ):
        return None
    snapshot = warehouse.Warehouse(path)
    try:
        asked = KnownDeliveries(snapshot.rows, mapping)
        passed_over = [asked.passed_over(each, asked.before(each)) for each in found.deliveries]
        idle = [each for each in passed_over if each is not None]
        if len(idle) < len(passed_over) or asked.wait_anew(found, found.waiting):
            return None
        return nothing_new(snapshot.rows, mapping, idle, found.waiting)
    finally:
        snapshot.close()


def nothing_new(
    rows: Rows,
    mapping: Mapping,
    passed_over: Sequence[PassedOver],
    waiting: Sequence[Waiting],
) -> Report:
    """The report of a load that brought only what is known. Errors: BadInput where nothing was ever there."""
    known = [each.known for each in passed_over if each.known]
    notes = passed_over_words(passed_over)
    if not known and waiting:
        raise waiting[0].fault
    known = known or ([] if notes else ledger.last(rows, mapping.source))
    if not known:
        raise BadInput(
            " ".join(notes) or f"{mapping.source} gave no rows.",
            "" if notes else "Look whether its tables are the right ones.",
        )
    main = next((each for each in known if each.books.part == mapping.main.subject), known[-1])
    first, last, revenue = rows(EXTENT, [[main.batch]])[0]
    frame = pl.DataFrame(rows(REJECTED_ROWS, [[main.batch]]), REJECTED, orient="row")
    books = tuple(each.books for each in known)
    return Report(
        mapping.source, main.batch, books, frame, first, last, revenue,
        notes=tuple(notes), waiting=tuple(waiting), unchanged=True,
        batches=tuple(each.batch for each in known),
    )  # fmt: skip


def passed_over_words(passed_over: Sequence[PassedOver]) -> list[str]:
    """What is told of deliveries that are not loaded now, a sentence for all that are known."""
    known = [each.known for each in passed_over if each.known]
    silent = [each for each in passed_over if not each.known and not each.is_undone]
    told = [f"{each.delivery.name} gave no rows." for each in silent]
    if len(known) == 1:
        told.append(
            f"{known[0].books.file} was loaded before, as batch {known[0].batch}: nothing changed there."
        )
    elif known:
        told.append(f"{len(known):,} files were loaded before: nothing changed there.")
    told += [
        f"{each.delivery.name} is left out: its load was undone. Name it with --file to load it again."
        for each in passed_over
        if each.is_undone
    ]
    return told
