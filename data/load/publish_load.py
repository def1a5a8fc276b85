"""Publish: what follows once all deliveries of a load are recorded, ready for the next snapshot; and the report."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.load.checking import other_firm
from data.load.known_deliveries import PassedOver
from data.load.load_context import LoadContext
from data.load.mappings import kept_mappings
from data.load.mappings.deliveries import Waiting
from data.load.record.load_report import REJECTED, Report
from data.load.record.outdated_deliveries import outdated, sentences
from data.load.record_delivery import RecordedDelivery
from data.load.touched_members import TouchedMembers
from data.load.unchanged_load import EXTENT, REJECTED_ROWS, passed_over_words


@dataclass(frozen=True, slots=True)
class TakenDeliveries:
    """What became of the deliveries of a load, and what is told of those that were recorded."""

    recorded: tuple[RecordedDelivery, ...]
    passed_over: tuple[PassedOver, ...]
    waiting: tuple[Waiting, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def publish_load(context: LoadContext, taken: TakenDeliveries, touched: TouchedMembers) -> Report:
    """Derive the versions of all members that were touched, keep the mapping, and tell what became of each row."""
    touched.derive_all()
    _keep_mapping(context)
    rows, source, main = context.rows, context.source, context.mapping.main.subject
    of_main = [each for each in taken.recorded if each.part == main] or taken.recorded[:1]
    first, last, revenue = rows(EXTENT, [[each.batch for each in of_main]])[0]
    rejected = rows(REJECTED_ROWS, [[each.batch for each in taken.recorded]])
    again = sentences(each for part in context.mapping.parts for each in outdated(rows, source, part))
    return Report(
        source,
        of_main[-1].batch,
        tuple(books for each in taken.recorded for books in each.books),
        pl.DataFrame(rejected, REJECTED, orient="row"),
        first,
        last,
        revenue,
        warnings=(*taken.warnings, *again),
        notes=(*passed_over_words(taken.passed_over), *taken.notes),
        waiting=taken.waiting,
        replaced=of_main[-1].replaced,
    )


def _keep_mapping(context: LoadContext) -> None:
    mapping, connection = context.mapping, context.connection
    kept_mappings.keep(connection, mapping)
    if mapping.firm:
        other_firm.remember(connection, mapping.firm)
        connection.execute("INSERT OR REPLACE INTO setting VALUES ('firm', ?)", [mapping.firm])
