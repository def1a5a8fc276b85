"""Type: the rows of a delivery with their canonical types, each with the reason why it cannot be loaded, if any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from data.errors import BadInput
from data.load.load_context import LoadContext
from data.load.mappings.deliveries import Delivery
from data.load.mappings.mapping import Part
from data.load.notation.stream_habits import Habits
from data.load.record import batch_ledger as ledger
from data.load.record import mended_rows
from data.load.shape_delivery import ShapedDelivery, look_up, reshape_rows, shaped_tables
from data.load.stage_delivery import StagedDelivery, stage_as_text
from data.load.time_settings import time_zone
from data.load.typing import currency_rates
from data.load.typing.typed_rows import type_rows
from data.load.typing.typed_view import owned_rows
from data.sources.file import Staged
from data.temporary_tables import owned


@dataclass(frozen=True, slots=True)
class TypedDelivery:
    """A delivery of which `table` holds the typed rows, rows that cannot be loaded among them.

    `sound` and `faulty` count them; `habits` are how they are written, `currency` what their amounts are in, and
    `zone` is the time zone in which their days lie, None where none of them told one.
    """

    shaped: ShapedDelivery
    table: str
    sound: int
    faulty: int
    habits: Habits
    currency: str
    zone: str | None
    notes: tuple[str, ...]

    @property
    def delivery(self) -> Delivery:
        return self.shaped.delivery

    @property
    def part(self) -> Part:
        return self.delivery.part

    @property
    def rows(self) -> Staged:
        """The rows that are meant, as they were staged."""
        return self.shaped.rows

    @property
    def left_out(self) -> int:
        """How many rows the mapping leaves out."""
        return self.rows.rows - self.sound - self.faulty if self.part.shape.only else 0


@contextmanager
def type_delivery(
    context: LoadContext, staged: StagedDelivery, before: ledger.EarlierBatch | None
) -> Iterator[TypedDelivery]:
    """The delivery typed; `before` is the batch whose place it takes.

    Errors: BadInput where not one of its rows can be loaded.
    """
    table = f"typed_{staged.part.subject}"
    with owned(context.connection, *shaped_tables(staged)), owned_rows(context.connection, table):
        habits = context.habits(staged.part, before)
        typed = _typed(context, staged, table, habits)
        if typed.faulty and staged.delivery.path and typed.rows.types:
            typed = _typed(context, stage_as_text(context.connection, staged.delivery), table, habits)
        _check_sound(context, typed, before)
        zone = time_zone(context.connection) if _tells_zone(typed) else None
        yield replace(typed, zone=zone)


def _typed(context: LoadContext, staged: StagedDelivery, table: str, habits: Habits) -> TypedDelivery:
    connection, part = context.connection, staged.part
    zone = time_zone(connection)
    shaped = look_up(connection, reshape_rows(connection, staged))
    report, _ = currency_rates.of_report(connection, context.mapping)
    turned: tuple[str, ...] = ()
    converts = "currency" in part.filled and bool(part.kind.money)
    told = type_rows(
        connection, part, shaped.rows, shaped.look_ups, table, zone, habits, report,
        may_be_view=part.kind.is_lines and not converts and not context.mends,
    )  # fmt: skip
    if converts:
        report, turned = currency_rates.convert(connection, part, table, report)
    _refuse_taken(context, part, table)
    notes = (*shaped.rows.notes, *shaped.notes, *told.notes, *turned)
    return TypedDelivery(shaped, table, *_counted(context, table), told.habits, report, None, notes)


def _refuse_taken(context: LoadContext, part: Part, table: str) -> None:
    if context.mends:
        beside = mended_rows.siblings(context.rows, context.mends)
        stream = context.stream(part)
        mended_rows.refuse_taken(context.connection, part, table, stream, context.mends, beside)


def _counted(context: LoadContext, table: str) -> tuple[int, int]:
    """How many rows are sound, and how many are not."""
    sound, faulty = context.rows(f"SELECT count(*) - count(reason), count(reason) FROM {table}", [])[0]
    return sound, faulty


def _check_sound(context: LoadContext, typed: TypedDelivery, before: ledger.EarlierBatch | None) -> None:
    """Errors: BadInput where not one row can be loaded, and rows were meant to be."""
    nothing_meant = typed.rows.rows and (before is not None or context.is_first(typed.part))
    if not typed.sound and (typed.faulty + typed.rows.bad_rows or nothing_meant):
        raise BadInput(
            f"No row of {typed.rows.name} can be loaded. {_first_reasons(context, typed)}",
            "Nothing was changed.",
        )


def _first_reasons(context: LoadContext, typed: TypedDelivery) -> str:
    rows = context.rows(
        f"""SELECT row, reason FROM {typed.table} WHERE reason IS NOT NULL
        UNION ALL SELECT row, reason FROM {typed.rows.bad} ORDER BY 1 LIMIT 3""",
        [],
    )
    counted = typed.sound + typed.faulty
    left_out = (
        [f"{typed.rows.rows - counted:,} rows are left out by only."] if typed.rows.rows > counted else []
    )
    return " ".join([*(f"Row {row}: {reason}." for row, reason in rows), *left_out])


def _tells_zone(typed: TypedDelivery) -> bool:
    """Whether any of its days is that of a moment, and so one of the time zone in force."""
    part, rows = typed.part, typed.rows
    only_ordered = {part.columns[name] for name in ("modified",) if name in part.columns}
    days = {column for name, column in part.columns.items() if part.kind.field(name).kind == "date"}
    told = {column for column, zone in typed.habits.zones.items() if zone == "told"} - (only_ordered - days)
    return bool(told) or any(rows.columns[at] in days for at in rows.instants)
