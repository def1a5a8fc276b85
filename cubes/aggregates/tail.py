"""The lines that came after those which are counted beforehand: answers are both together until they are followed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cubes.aggregates import behind
from cubes.cells import cell_sql
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.count_method import CountMethod, count_method
from cubes.cells.fact_sql import FactRelation
from cubes.cells.read_cells import read_cells
from cubes.cells.scope import Scope
from cubes.cells.statement import SqlStatement
from cubes.model import Cube, Kind, Measure
from data.model.said import Said, said
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The lines of a cube of batches after `through_batch`: as many as `lines`."""

    warehouse: Warehouse
    cube: Cube
    through_batch: int
    lines: int

    def beside(self, words: str, sized: bool = True) -> Said:
        """What is read where these lines are read beside what `words` name."""
        if sized:
            return said("{} and the {:,} lines that came since", words, self.lines)
        return said("{} and the lines that came since", words)

    def within(self, scope: Scope) -> Scope:
        """A scope of these lines alone."""
        return replace(scope, after_batch=self.through_batch)

    def statement(self, cell_query: CellQuery) -> SqlStatement:
        """SQL for the cells of these lines."""
        counts = {
            each.name: self._count(cell_query, each)
            for each in cell_query.measures
            if each.kind is Kind.DISTINCT
        }
        own = replace(cell_query, scope=self.within(cell_query.scope))
        return cell_sql.cells(FactRelation(self.cube, counts), own)

    def cells(self, cell_query: CellQuery) -> list[Cells]:
        """The cells of these lines."""
        return read_cells(self.warehouse, self.statement(cell_query), cell_query)

    def _count(self, cell_query: CellQuery, measure: Measure) -> CountMethod:
        """By flags where they add up; bitmaps would take longer to clear than so few lines to hash."""
        found = count_method(self.warehouse, self.cube, cell_query, measure)
        return found if found.by == "flag" else CountMethod("hash", found.reason)


def tail_of(warehouse: Warehouse, cube: Cube) -> Tail | None:
    """The lines of a cube that are not counted beforehand yet in a snapshot; None where all are."""
    through = behind.through_batches(warehouse.rows).get(cube.fact)
    if through is None:
        return None
    lines = warehouse.rows(f"SELECT count(*) FROM {cube.fact} WHERE batch > ?", [through])[0][0]
    return Tail(warehouse, cube, through, int(lines))
