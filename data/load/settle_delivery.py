"""Settle: which rows of a delivery stay. Rejected ones and repeats are put aside, what it replaces makes room.

Nothing is read from files from here on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from data.load.check_delivery import CheckedDelivery
from data.load.checking import delivery_checks, repeated_rows
from data.load.load_context import LoadContext
from data.load.mappings.mapping import Part
from data.load.record import batch_ledger as ledger
from data.load.record import erased_again, fact_rows, member_statements, mended_rows
from data.load.record.corrected_words import Teller, forget
from data.load.record.load_report import Books
from data.load.record.mended_rows import Mended
from data.load.record.outdated_deliveries import was_rezoned
from data.load.record.removed_lines import RemovedLines
from data.load.typing.look_ups import raw_sql, where_sql
from data.load.typing.typed_rows import LookUp
from data.load.typing.typed_view import as_table, is_view
from data.sources.file import Staged
from data.temporary_tables import owned

TELLING = 0.01


@dataclass(frozen=True, slots=True)
class SettledDelivery:
    """A delivery that has a batch: its typed table holds the rows that stay.

    `books` count its rows, `beside` those of its look-ups; `record_keys` is the table by which its rows are told
    apart, "" where they have no key; `lines_removed` says that rows of other batches made room.
    """

    checked: CheckedDelivery
    batch: int
    books: Books
    beside: tuple[Books, ...]
    record_keys: str
    lines_removed: bool
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def part(self) -> Part:
        return self.checked.part

    @property
    def rows(self) -> str:
        """The table of the rows that stay."""
        return self.checked.typed.table

    @property
    def teller(self) -> Teller:
        return Teller(self.batch, self.checked.states)


@contextmanager
def settle_delivery(
    context: LoadContext, checked: CheckedDelivery, removed: RemovedLines
) -> Iterator[SettledDelivery]:
    """The delivery settled. Errors: BadInput where its key is another than that of the rows that are there."""
    batch = _open(context, checked)
    before, warned = _make_room(context, checked, removed)
    settled = _set_aside(context, checked, batch, before, warned)
    typed = checked.typed
    erased_again.blank(context.connection, checked.part, context.source, typed.table, batch)
    if not is_view(context.connection, typed.table):
        typed.shaped.let_go(context.connection)
    if checked.part.kind.table is not None:
        yield settled
        return
    keys = f"record_of_{typed.table}" if checked.part.key else ""
    with owned(context.connection, keys):
        yield _settle_facts(context, replace(settled, record_keys=keys), before, removed)


def _open(context: LoadContext, checked: CheckedDelivery) -> int:
    connection, origin = context.connection, "mended" if context.mends else "load"
    batch = ledger.open_batch(connection, context.source, checked.as_of, context.loaded_at, origin)
    delivery_checks.keep(connection, checked.part, batch, checked.results)
    if not context.mends:
        typed = checked.typed
        ledger.note_reading(connection, batch, checked.part.subject, typed.habits, typed.zone)
    return batch


def _make_room(
    context: LoadContext, checked: CheckedDelivery, removed: RemovedLines
) -> tuple[Mended, list[str]]:
    """The same content came before in another way: its rows, and what it corrected, are taken out.

    What was made of its rejected rows stays, and is returned with what is told of it.
    """
    kept, warned = Mended(), list[str]()
    if checked.before:
        kept, warned = _mended_before(context, checked.part, checked.before.batch, removed)
        stream = context.stream(checked.part)
        forget(context.connection, stream, checked.before.batch, checked.before.as_of)
    _take_out(
        context,
        checked.part,
        [*([checked.before.batch] if checked.before else []), *checked.outdated],
        removed,
    )
    return kept, warned


def _mended_before(
    context: LoadContext, part: Part, batch: int, removed: RemovedLines
) -> tuple[Mended, list[str]]:
    """What was made of the rejected rows of a batch; those with days of another time zone wait again."""
    kept = mended_rows.of_batch(context.rows, batch)
    if not kept.loaded or not was_rezoned(context.rows, batch):
        return kept, []
    _take_out(context, part, kept.batches, removed)
    told = f"{len(kept.loaded):,} mended rows wait again: their days were of another time zone."
    return replace(kept, loaded={}), [told]


def _take_out(context: LoadContext, part: Part, batches: Sequence[int], removed: RemovedLines) -> None:
    for batch in batches:
        fact_rows.take_out_batch(context.connection, part, batch, removed)
        ledger.take_out(context.connection, batch)


def _set_aside(
    context: LoadContext, checked: CheckedDelivery, batch: int, before: Mended, warned: Sequence[str]
) -> SettledDelivery:
    """Put what cannot be loaded aside, with its reason, and count."""
    typed, subject = checked.typed, checked.part.subject
    _reject_lines(context, typed.rows, subject, batch)
    rejected = typed.rows.bad_rows + _reject_rows(context, checked, batch)
    kept, dropped = _repeats(context, checked)
    if before.loaded:
        as_table(context.connection, typed.table)
    dropped += mended_rows.restore(context.connection, before, batch, typed.table)
    loaded = context.rows(f"SELECT count(*) FROM {typed.table}", [])[0][0]
    read = typed.rows.rows + typed.rows.bad_rows
    books = Books(
        subject, typed.rows.name, read, loaded, rejected, dropped, kept, rows_left_out=typed.left_out
    )
    warnings = [*warned]
    if rejected > TELLING * read:
        warnings.append(f"{rejected:,} of {read:,} rows of {books.file} were rejected.")
    sides = typed.shaped.look_ups
    beside = tuple(_look_up_books(context, side, batch) for side in sides)
    warnings += [
        f"{side.staged.bad_rows:,} rows of {side.staged.name} were rejected."
        for side in sides
        if side.staged.bad_rows
    ]
    return SettledDelivery(checked, batch, books, beside, "", False, (), tuple(warnings))


def _reject_lines(context: LoadContext, staged: Staged, part: str, batch: int) -> None:
    context.connection.execute(
        f"INSERT INTO rejected SELECT {int(batch)}, $part, row, reason, raw, NULL FROM {staged.bad}",
        {"part": part},
    )


def _reject_rows(context: LoadContext, checked: CheckedDelivery, batch: int) -> int:
    typed, rows = checked.typed.table, checked.typed.rows
    rejected = context.rows(f"SELECT count(*) FROM {typed} WHERE reason IS NOT NULL", [])[0][0]
    if rejected:
        raw = rows.table
        context.connection.execute(
            f"""INSERT INTO rejected SELECT {int(batch)}, $part, t.row, {where_sql(rows)} || t.reason,
                {raw_sql(rows)}, NULL
            FROM {typed} AS t JOIN {raw} ON {raw}.rowid = t.place - 1 + (SELECT min(rowid) FROM {raw})
            WHERE t.reason IS NOT NULL""",
            {"part": checked.part.subject, "columns": list(rows.own)},
        )
        context.connection.execute(f"DELETE FROM {typed} WHERE reason IS NOT NULL")
    return int(rejected)


def _repeats(context: LoadContext, checked: CheckedDelivery) -> tuple[int, int]:
    """Count the exact repeats of whole rows, kept and dropped; drop them where the mapping says so."""
    typed, rows = checked.typed.table, checked.typed.rows
    with owned(context.connection, places := f"repeat_of_{rows.table}"):
        found = repeated_rows.repeats(context.connection, checked.part, rows, typed, places)
        if not found:
            return 0, 0
        if checked.part.repeats == "keep":
            return found, 0
        as_table(context.connection, typed)
        context.connection.execute(f"DELETE FROM {typed} WHERE place IN (SELECT place FROM {places})")
    return 0, found


def _look_up_books(context: LoadContext, look_up: LookUp, batch: int) -> Books:
    staged = look_up.staged
    _reject_lines(context, staged, look_up.stem, batch)
    return Books(look_up.stem, staged.name, staged.rows + staged.bad_rows, staged.rows, staged.bad_rows)


def _settle_facts(
    context: LoadContext, settled: SettledDelivery, before: Mended, removed: RemovedLines
) -> SettledDelivery:
    """Rows held against those that are there: what says nothing new is dropped, what they replace is removed."""
    checked, connection, part = settled.checked, context.connection, settled.part
    stream = context.stream(part)
    siblings = mended_rows.siblings(context.rows, context.mends) if context.mends else before.batches
    moment = fact_rows.Moment(checked.as_of, told=checked.is_told)
    change = fact_rows.settle(
        connection, part, settled.rows, stream, moment, settled.teller, settled.record_keys, removed, siblings,
        restates=checked.copy_of is None,
    )  # fmt: skip
    notes, warnings = _told(checked, settled.books, change)
    withdrawn = 0
    if checked.withdrawn:
        withdrawn = fact_rows.withdraw(
            connection, part, stream, settled.teller, checked.withdrawn_records, removed
        )
    if part.changes == "full" and not change.older_export:
        member_statements.note_export(connection, stream, settled.batch, checked.as_of)
    if part.kind.is_lines and not part.key and not context.mends:
        warnings += _known_orders(context, settled, before.batches)
    books = settled.books
    return replace(
        settled,
        books=replace(
            books,
            rows_loaded=books.rows_loaded - change.dropped,
            repeats_dropped=books.repeats_dropped + change.dropped,
            rows_replaced=change.replaced + withdrawn + checked.replaces,
        ),
        lines_removed=bool(change.replaced or withdrawn or checked.before or checked.outdated),
        notes=tuple(notes),
        warnings=(*settled.warnings, *warnings),
    )


def _told(
    checked: CheckedDelivery, books: Books, change: fact_rows.DeliveryChange
) -> tuple[list[str], list[str]]:
    """What a delivery did to what was there: notes and warnings."""
    notes, warnings, name = [], [], checked.delivery.name
    if checked.copy_of and change.dropped == books.rows_loaded:
        warnings.append(
            f"{name} is the same as {checked.copy_of}: it was taken for a copy, and changes nothing."
        )
    elif change.outdated:
        notes.append(f"{change.outdated:,} rows are older than what is known: they change nothing.")
    if checked.part.changes == "full" and books.rows_rejected and change.replaced:
        warnings.append("What the rejected rows tell is missing until they are mended.")
    if change.deletions:
        notes.append(f"{change.deletions:,} rows say that their records were deleted.")
    if checked.replaces:
        warnings.append(
            f"{name} came again: its rows take the place of the {checked.replaces:,} that it brought"
            " before. Other rows belong in a file of another name."
        )
    if checked.withdrawn:
        warnings.append(
            f"{checked.withdrawn:,} records that {name} brought before are not in it any longer:"
            " they were taken away."
        )
    return notes, warnings


def _known_orders(context: LoadContext, settled: SettledDelivery, mended: Sequence[int]) -> list[str]:
    """A warning if orders of these lines came in another batch than its own `mended`: they would count twice."""
    if "order" not in settled.part.filled or not context.rows("SELECT count(*) FROM sale", [])[0][0]:
        return []
    known = context.rows(
        f"""SELECT count(*) FROM (SELECT DISTINCT f_order FROM {settled.rows}) WHERE f_order IN (
            SELECT number FROM sales_order WHERE source = $1 AND order_key IN (
                SELECT order_key FROM sale WHERE batch NOT IN (SELECT unnest($2::INTEGER[]))))""",
        [context.source, list(mended)],
    )[0][0]
    if not known:
        return []
    return [
        f"{known:,} of these orders came in an earlier batch. If their lines are the same, they count twice:"
        ' say key = ["order"] if an order is always delivered whole.'
    ]
