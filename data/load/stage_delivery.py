"""Stage: the rows of a delivery in temporary tables, each cell as it stands in the file or table that they are from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from data.connection import Connection
from data.errors import BadInput
from data.load.load_context import LoadContext
from data.load.mappings.deliveries import Delivery
from data.load.mappings.mapping import Part
from data.load.notation.stream_habits import Habits
from data.model.canonical_tables import RATE
from data.sources import database
from data.sources.file import Staged, stage, staged_tables
from data.temporary_tables import drop, owned

LATE_COMMIT = timedelta(hours=1)
EMPTY = "{} holds a header and no rows."


@dataclass(frozen=True, slots=True)
class StagedDelivery:
    """A delivery and its `rows` as they lie in it, in tables that are gone with this stage."""

    delivery: Delivery
    rows: Staged

    @property
    def part(self) -> Part:
        return self.delivery.part

    @property
    def is_empty(self) -> bool:
        return not self.rows.rows + self.rows.bad_rows

    def let_go(self, connection: Connection) -> None:
        """Free the space of the rows before the end of the stage; what cannot be read of them stays."""
        drop(connection, self.rows.table)


@contextmanager
def stage_delivery(
    context: LoadContext, delivery: Delivery, since: datetime | None = None
) -> Iterator[StagedDelivery]:
    """The delivery staged; of a database what changed `since`.

    Errors: BadInput for what cannot be read, and for a file without rows where there never were any.
    """
    part, table = delivery.part, _table(delivery)
    with owned(context.connection, *staged_tables(table)):
        if delivery.path is None:
            rows = database.stage_typed(context.connection, part, table, since)
        else:
            wanted = {} if context.mends else wanted_kinds(part, context.habits(part))
            rows = stage(context.connection, delivery.path, table, part.options, wanted=wanted)
        staged = StagedDelivery(delivery, rows)
        if delivery.path is not None and staged.is_empty:
            _check_empty(context, delivery)
        yield staged


@contextmanager
def stage_first_rows(connection: Connection, delivery: Delivery, limit: int) -> Iterator[StagedDelivery]:
    """The first rows of a file staged as text, for those who look at them. Errors: BadInput."""
    assert delivery.path is not None
    table = _table(delivery)
    with owned(connection, *staged_tables(table)):
        yield StagedDelivery(delivery, stage(connection, delivery.path, table, delivery.part.options, limit))


def stage_as_text(connection: Connection, delivery: Delivery) -> StagedDelivery:
    """A file staged again, in the place of its typed columns: rejected rows are kept as they stand in the file."""
    assert delivery.path is not None
    rows = stage(connection, delivery.path, _table(delivery), delivery.part.options)
    return StagedDelivery(delivery, rows)


def watermark(context: LoadContext, delivery: Delivery) -> datetime | None:
    """Up to when the changes of a database are known, less what a transaction may take to be seen."""
    part = delivery.part
    if delivery.path is not None or part.changes != "modified":
        return None
    found = context.rows(
        "SELECT max(watermark) FROM delivery JOIN batch USING (batch) WHERE source = ? AND part = ?",
        [context.source, part.subject],
    )
    known: datetime | None = found[0][0]
    return known - LATE_COMMIT if known else None


def wanted_kinds(part: Part, habits: Habits) -> dict[str, str]:
    """The columns that are numbers or dates, where nobody said how they are written, nor earlier deliveries told."""
    if part.kind.fact is RATE:  # their decimals are more than are staged
        return {}
    comma = {name for name, mark in habits.decimals.items() if mark == ","}
    kinds = {column: str(part.kind.field(field).kind) for field, column in part.columns.items()}
    return {
        column: kind
        for column, kind in kinds.items()
        if (kind == "number" and part.decimal in (None, ".") and not comma & {column, ""})
        or (kind == "date" and part.date_format is None)
    }


def _table(delivery: Delivery) -> str:
    return f"raw_{delivery.part.subject}"


def _check_empty(context: LoadContext, delivery: Delivery) -> None:
    """A day without sales is no fault; a list that is everybody, or a first file that is alone, is never empty."""
    part = delivery.part
    if context.is_first(part) and not _has_fuller_beside(delivery):
        raise BadInput(
            EMPTY.format(delivery.name),
            "There is nothing to begin with: load a file that has rows first.",
        )
    if part.changes == "full" and not context.accepted:
        raise BadInput(
            EMPTY.format(delivery.name), "Export it again, or load it with --accept if nothing is left."
        )


def _has_fuller_beside(delivery: Delivery) -> bool:
    """Whether another file of a stream of daily ones, which have no part in each other, holds more than this one."""
    if delivery.path is None or not delivery.stands_beside or delivery.part.changes == "full":
        return False
    own, called = delivery.path.stat().st_size, Path(delivery.part.file or "").name
    others = (each for each in delivery.path.parent.iterdir() if fnmatchcase(each.name, called))
    return any(each.is_file() and each.stat().st_size > own for each in others)
