"""Shape: the rows that a mapping means by those of a file, and the look-ups that stand beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from data.connection import Connection
from data.load.mappings.deliveries import Delivery
from data.load.mappings.mapping import Part
from data.load.stage_delivery import StagedDelivery
from data.load.typing.look_ups import look_up_tables, look_ups
from data.load.typing.reshape import reshape, reshaped_tables
from data.load.typing.typed_rows import LookUp
from data.sources.file import Staged, staged_tables
from data.temporary_tables import drop


@dataclass(frozen=True, slots=True)
class ShapedDelivery:
    """A delivery, the `rows` that are meant by it with the `look_ups` beside them, and what is told of their making."""

    delivery: Delivery
    rows: Staged
    look_ups: tuple[LookUp, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def part(self) -> Part:
        return self.delivery.part

    def let_go(self, connection: Connection) -> None:
        """Free the space of the rows before the end of the stage; what cannot be read of them stays."""
        drop(connection, self.rows.table, *(side.staged.table for side in self.look_ups))


def reshape_rows(connection: Connection, staged: StagedDelivery) -> ShapedDelivery:
    """Cells into rows of their own, order fields onto every line. Errors: BadInput."""
    rows, notes = reshape(connection, staged.part, staged.rows)
    return ShapedDelivery(staged.delivery, rows, notes=notes)


def look_up(connection: Connection, shaped: ShapedDelivery) -> ShapedDelivery:
    """The same with its look-ups staged. Errors: BadInput for a column that is not there."""
    found = look_ups(connection, shaped.part.padded_joins, shaped.delivery.joins, shaped.rows)
    return replace(shaped, look_ups=tuple(found))


def shaped_tables(staged: StagedDelivery) -> tuple[str, ...]:
    """The temporary tables that shaping makes."""
    made = reshaped_tables(staged.part, staged.rows.table)
    sides = look_up_tables((staged.rows.table, *made)[-1], staged.delivery.joins)
    return (*made, *(name for each in sides for name in staged_tables(each)))
