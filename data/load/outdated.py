"""Deliveries that are to be read again: what they said is not in the warehouse as it stands in their files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data.load.mapping import Part
from data.schema import LINE

Rows = Callable[[str, list[Any]], list[tuple[Any, ...]]]
LOST = """SELECT batch, file, origin, lines FROM delivery JOIN batch USING (batch) JOIN (
    SELECT batch, count(*) AS lines FROM sale GROUP BY batch HAVING max(line_key) = 0) USING (batch)
WHERE source = ? AND part = ? AND batch NOT IN (SELECT batch FROM described WHERE dimension = 'line')
ORDER BY batch"""


@dataclass(frozen=True, slots=True)
class Outdated:
    """A batch to be read again, how many rows it holds, and why."""

    batch: int
    file: str
    lines: int
    origin: str
    why: str

    def __str__(self) -> str:
        return f"{self.file} (batch {self.batch}, {self.lines:,} rows) {self.why}: load it again."


def outdated(rows: Rows, source: str, part: Part) -> tuple[Outdated, ...]:
    """The deliveries of a stream that are to be read again, oldest first."""
    return tuple(lost(rows, source, part))


def lost(rows: Rows, source: str, part: Part) -> list[Outdated]:
    """Lines loaded by an earlier release, which kept no attributes of lines that had a number."""
    own = [each.label for each in part.attributes if each.of == LINE.name]
    if not part.kind.is_lines or "line" not in part.filled or not own:
        return []
    why = f"lost its {', '.join(own)} in an earlier release"
    found = rows(LOST, [source, part.subject])
    return [Outdated(batch, file, lines, origin, why) for batch, file, origin, lines in found]
