"""The lines that came since what is counted beforehand, passed over in memory where they are read beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cubes.aggregates.tail import Tail
from cubes.aggregates.with_tail import WithTail
from cubes.ask.line_coverage import LineCoverage
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.cell_source import CellSource


@dataclass(frozen=True, slots=True, eq=False)
class HeldTail(Tail):
    """The same lines, told by a pass as soon as they are in memory."""

    def cells(self, cell_query: CellQuery) -> list[Cells]:
        """The cells of these lines."""
        held = LineCoverage(self.warehouse, self.cube, self.through_batch)
        sets = [replace(cell_query, sets=(each,)) for each in cell_query.sets]
        passes = [held.offer(each, self.statement).source for each in sets]
        if not all(passes):
            return Tail.cells(self, cell_query)
        return [cells for own, each in zip(sets, passes, strict=True) if each for cells in each.cells(own)]


def in_memory(source: CellSource | None) -> CellSource | None:
    """A source, its tail passed over in memory where it has one."""
    if not isinstance(source, WithTail):
        return source
    tail = source.tail
    return replace(source, tail=HeldTail(tail.warehouse, tail.cube, tail.through_batch, tail.lines))
