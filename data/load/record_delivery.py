"""Record: a merged delivery entered in the ledger, once what was counted is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.load.load_context import LoadContext
from data.load.merge_rows import MergedDelivery
from data.load.record import batch_ledger as ledger
from data.load.record import mended_rows
from data.load.record.load_report import Books
from data.load.settle_delivery import SettledDelivery
from data.load.typing import currency_rates


@dataclass(frozen=True, slots=True)
class RecordedDelivery:
    """What became of a delivery: its batch, its books after those of its look-ups, and the batch it replaced.

    `content` is the digest of what was read, `newly_described` are the identities of customers that it told of; `notes`
    and `warnings` are all that is told of it, from the first stage on.
    """

    part: str
    batch: int
    books: tuple[Books, ...]
    replaced: int | None
    content: str
    newly_described: tuple[int, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def record_delivery(context: LoadContext, merged: MergedDelivery) -> RecordedDelivery:
    """The delivery recorded; rejected rows that were mended wait no longer."""
    settled, checked, part = merged.settled, merged.settled.checked, merged.settled.part
    connection, batch = context.connection, settled.batch
    known_by = (checked.content, checked.delivery.how())
    latest = _latest_change(context, settled)
    ledger.record(connection, batch, settled.books, known_by, checked.columns.header, latest)
    _check_books(context, settled)
    returns = _positive_returns(context, batch) if part.kind.is_lines else []
    if context.mends:
        mended_rows.close(connection, context.mends, batch)
    currency_rates.keep_report(connection, checked.typed.currency)
    return RecordedDelivery(
        part.subject, batch, (*settled.beside, settled.books), checked.before.batch if checked.before else None,
        checked.content, merged.newly_described,
        notes=(*settled.notes, *checked.notes), warnings=(*settled.warnings, *returns, *checked.warnings),
    )  # fmt: skip


def _latest_change(context: LoadContext, settled: SettledDelivery) -> datetime | None:
    if settled.part.changes != "modified":
        return None
    found: datetime | None = context.rows(f"SELECT max(f_modified) FROM {settled.rows}", [])[0][0]
    return found


def _check_books(context: LoadContext, settled: SettledDelivery) -> None:
    """The load's own conscience: what was counted is there."""
    books = settled.books
    there = books.rows_loaded
    if settled.part.kind.is_lines:
        there = context.rows("SELECT count(*) FROM sale WHERE batch = ?", [settled.batch])[0][0]
    if not books.balance or there > books.rows_loaded:
        raise AssertionError(f"the books of {context.source} do not balance: {books}, {there} inserted")


def _positive_returns(context: LoadContext, batch: int) -> list[str]:
    positive = context.rows(
        "SELECT count(*) FROM sale WHERE batch = ? AND is_return AND (revenue > 0 OR units > 0)", [batch]
    )[0][0]
    if not positive:
        return []
    return [
        f"{positive:,} returns have positive amounts."
        ' If that is how they are exported, say returns = "positive".'
    ]
