"""Check: a typed delivery held against what is known, before anything of it is written.

Whatever is wrong with it is found here at the latest, so that a delivery that cannot be loaded is set aside and the
next one read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.errors import BadInput
from data.load import evidence
from data.load.check_columns import CheckedColumns
from data.load.checking import case_order, delivery_checks, missing_members
from data.load.checking.like_deliveries import Alike
from data.load.load_context import LoadContext
from data.load.mappings.deliveries import Delivery
from data.load.mappings.mapping import Part
from data.load.record import batch_ledger as ledger
from data.load.record import fact_rows, mended_rows
from data.load.stage_delivery import EMPTY
from data.load.time_settings import time_zone
from data.load.type_delivery import TypedDelivery
from data.temporary_tables import owned

FARTHEST_EAST = timedelta(hours=14)
OF_OTHERS = "file <> $3 AND as_of = $4::TIMESTAMP AND $5 IS NOT NULL"
OF_ITSELF = "file = $3 AND (as_of = $4::TIMESTAMP OR ($4 IS NULL AND $5::BOOLEAN))"


@dataclass(frozen=True, slots=True)
class CheckedDelivery:
    """A delivery that may be loaded, and what it means for what is there.

    `before` is the batch whose place it takes, `outdated` are others of its stream that it brings anew. `states` are
    the batches of earlier states of the same file; without a key it comes in the place of their rows, `replaces` in
    number. `withdrawn` counts the records that one of them named and it does not: their keys are in
    `withdrawn_records`. `copy_of` is another file of the stream that holds just the same. `notes` are to be known,
    `warnings` looked at.
    """

    typed: TypedDelivery
    columns: CheckedColumns
    as_of: datetime
    content: str
    before: ledger.EarlierBatch | None
    outdated: tuple[int, ...]
    results: tuple[delivery_checks.Result, ...]
    states: tuple[int, ...]
    replaces: int
    withdrawn: int
    withdrawn_records: str
    copy_of: str | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def delivery(self) -> Delivery:
        return self.typed.delivery

    @property
    def part(self) -> Part:
        return self.typed.part

    @property
    def is_told(self) -> bool:
        """Whether its moment is not merely that of the load."""
        return self.delivery.path is None or self.delivery.as_of is not None


@contextmanager
def check_delivery(
    context: LoadContext,
    typed: TypedDelivery,
    columns: CheckedColumns,
    before: ledger.EarlierBatch | None,
    outdated: Sequence[int],
) -> Iterator[CheckedDelivery]:
    """The delivery checked. Errors: BadInput where it is not to be loaded."""
    withdrawn_records = f"withdrawn_{typed.part.subject}"
    with owned(context.connection, withdrawn_records):
        _check_left_out(context, typed)
        noticed = _noticed(context, typed)
        typed.delivery.check_unchanged()
        as_of = typed.delivery.as_of or (before.as_of if before else context.loaded_at)
        results = _results(context, typed, as_of)
        content = typed.rows.digest or typed.delivery.content()
        states, anew = _states(context, typed.delivery), _taken_anew(context, typed.delivery, before)
        replaces = _replaced(context, typed, anew)
        stays, withdrawn, copy_of = _against_others(context, typed, content, before, withdrawn_records)
        failed = [f"{typed.delivery.name}: {each.told}" for each in results if not each.passed]
        empty = [] if typed.rows.rows + typed.rows.bad_rows else [EMPTY.format(typed.delivery.name)]
        yield CheckedDelivery(
            typed, columns, as_of, content, before, (*outdated, *anew), results, states, replaces,
            withdrawn, withdrawn_records, copy_of,
            notes=(*typed.notes, *stays, *empty), warnings=(*columns.warnings, *noticed, *failed),
        )  # fmt: skip


def _check_left_out(context: LoadContext, typed: TypedDelivery) -> None:
    if context.mends and typed.left_out:
        raise BadInput(
            f"{typed.left_out:,} of these rows would be left out by only: it does not hold for them.",
            "Fill in the columns that it asks, or dismiss them.",
        )


def _noticed(context: LoadContext, typed: TypedDelivery) -> list[str]:
    if context.mends:
        return []
    shaped = typed.shaped
    found = evidence.told(
        context.connection, typed.part, shaped.rows, shaped.look_ups, typed.table, context.source
    )
    name = typed.delivery.name
    return found + case_order.told(context.connection, typed.part, typed.table, name, context.source)


def _results(
    context: LoadContext, typed: TypedDelivery, as_of: datetime
) -> tuple[delivery_checks.Result, ...]:
    """What the checks find. Errors: BadInput where one stops the load, or much would be gone."""
    part, delivery, stream = typed.part, typed.delivery, context.stream(typed.part)
    results = delivery_checks.look(
        context.connection, part, typed.table, stream, as_of, typed.rows.bad_rows,
        of_whole=not context.mends, usual_ones=typed.rows.rows + typed.rows.bad_rows > 0,
        told=delivery.as_of is not None,
        last_day=last_day(delivery, as_of, time_zone(context.connection), typed.zone is not None),
        alike=Alike(context.source, delivery),
    )  # fmt: skip
    delivery_checks.refuse(part, results)
    if not context.mends and not context.accepted:
        missing_members.refuse(context.connection, part, typed.table, stream, as_of)
    return tuple(results)


def last_day(delivery: Delivery, as_of: datetime, zone: str, moved: bool) -> date:
    """The last day that a delivery of the moment `as_of` can tell of without telling of the future.

    A day in a file's name is the firm's own, and moments that were `moved` into its zone may lie a day later; all other
    moments are UTC, and where nobody knows the zone, it may be a day later there.
    """
    if delivery.part.as_of and delivery.as_of:
        return (as_of + timedelta(days=int(moved))).date()
    here = as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) if zone else as_of + FARTHEST_EAST
    return max(as_of.date(), here.date())


def _states(context: LoadContext, delivery: Delivery) -> tuple[int, ...]:
    """The batches of earlier states of the same file: of its name and, where anything tells it, its moment."""
    if context.mends:
        return ()
    found = context.rows(
        """SELECT batch FROM delivery JOIN batch USING (batch) WHERE source = $1 AND part = $2
        AND origin = 'load' AND file = $3 AND as_of = coalesce($4::TIMESTAMP, as_of)""",
        [context.source, delivery.part.subject, delivery.name, delivery.as_of],
    )
    return tuple(batch for (batch,) in found)


def _taken_anew(
    context: LoadContext, delivery: Delivery, before: ledger.EarlierBatch | None
) -> tuple[int, ...]:
    """The batches in whose place a file without a key comes: its earlier states, and their mended rows."""
    part = delivery.part
    stays = delivery.path is not None and (delivery.stands_beside or part.as_of is not None)
    if part.kind.table is not None or part.key or part.changes != "append" or not stays:
        return ()
    states = [each for each in _states(context, delivery) if before is None or each != before.batch]
    return tuple(
        batch for each in states for batch in (each, *mended_rows.of_batch(context.rows, each).batches)
    )


def _replaced(context: LoadContext, typed: TypedDelivery, anew: Sequence[int]) -> int:
    """How many rows it comes in the place of. Errors: BadInput where these may be others."""
    if not anew:
        return 0
    return missing_members.refuse_exchange(
        context.connection, typed.part, typed.table, anew, context.accepted
    )


def _against_others(
    context: LoadContext, typed: TypedDelivery, content: str, before: ledger.EarlierBatch | None, into: str
) -> tuple[list[str], int, str | None]:
    """Held against other files of records: what is told of one of its moment, how many records an earlier state of
    it named that it does not, and of which it is a copy."""
    part, delivery = typed.part, typed.delivery
    of_records = part.kind.table is None and part.key and part.changes == "append"
    if not of_records or delivery.path is None or context.mends or before is not None:
        return [], 0, None
    stays = _stays(context, typed, into) if delivery.as_of else []
    return stays, _withdrawn(context, typed, into), _copied(context, delivery, content)


def _withdrawn(context: LoadContext, typed: TypedDelivery, into: str) -> int:
    """How many records an earlier state of this file named that it does not. Errors: BadInput for too many."""
    corrected = _brought_by(context, typed.delivery, OF_ITSELF)
    if not corrected:
        return 0
    return missing_members.refuse_withdrawal(
        context.connection,
        typed.part,
        typed.table,
        context.stream(typed.part),
        corrected,
        context.accepted,
        into,
    )


def _stays(context: LoadContext, typed: TypedDelivery, into: str) -> list[str]:
    """What another file of the same moment brought stays, and is told: it may have been meant to be corrected."""
    others = _brought_by(context, typed.delivery, OF_OTHERS)
    if not others:
        return []
    part = typed.part
    _, missing = fact_rows.withdrawn(
        context.connection, part, typed.table, context.stream(part), others, into
    )
    told = "records that another file of the same moment brought are not in it, and stay."
    return [f"{missing:,} {told} If it takes that file's place, give it the same name."] if missing else []


def _brought_by(context: LoadContext, delivery: Delivery, which: str) -> list[int]:
    """Batches of the stream whose records are told apart as now, with the file and moment that `which` says."""
    part = delivery.part
    if fact_rows.kept_key(context.connection, context.stream(part)) != " ".join(part.key):
        return []
    found = context.rows(
        f"""SELECT batch FROM delivery JOIN batch USING (batch) WHERE source = $1 AND part = $2
        AND origin = 'load' AND {which}""",
        [context.source, part.subject, delivery.name, delivery.as_of, delivery.stands_beside],
    )
    return [batch for (batch,) in found]


def _copied(context: LoadContext, delivery: Delivery, content: str) -> str | None:
    """Another file of the stream that holds just the same."""
    found = context.rows(
        """SELECT file FROM delivery JOIN batch USING (batch) WHERE source = ? AND part = ? AND content_hash = ?
        AND file <> ? AND rows_read > 0 ORDER BY batch LIMIT 1""",
        [context.source, delivery.part.subject, content, delivery.name],
    )
    return found[0][0] if found else None
