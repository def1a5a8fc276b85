"""What the deliveries of one load have in common: where they go, and what somebody said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.connection import Connection, Row
from data.load.mappings.mapping import Mapping, Part
from data.load.notation.stream_habits import Habits
from data.load.record import batch_ledger as ledger
from data.load.record.mended_rows import Mends

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class LoadContext:
    """One load: the warehouse that is written, by which mapping and when.

    `mends` says which rejected rows are loaded again; `accepted`, that exports may lack much of what was there.
    """

    connection: Connection
    mapping: Mapping
    loaded_at: datetime
    mends: Mends | None = None
    accepted: bool = False

    @property
    def source(self) -> str:
        return self.mapping.source

    def rows(self, sql: str, values: list[Any]) -> list[Row]:
        return list(self.connection.execute(sql, values).fetchall())

    def stream(self, part: Part) -> str:
        return f"{self.source}/{part.subject}"

    def is_first(self, part: Part) -> bool:
        """Whether nothing of its stream was ever loaded."""
        known = "SELECT 1 FROM delivery JOIN batch USING (batch) WHERE source = ? AND part = ? LIMIT 1"
        return not self.rows(known, [self.source, part.subject])

    def habits(self, part: Part, before: ledger.EarlierBatch | None = None) -> Habits:
        """How its stream is written, as its deliveries told, but for the one whose place this takes."""
        if self.mends:
            return self.mends.habits
        return ledger.habits(self.rows, self.source, part.subject, but=before.batch if before else None)
