"""The lines themselves as what can answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from cubes.ask import semi_additive_sql
from cubes.cells import cell_sql
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.count_method import CountMethod
from cubes.cells.customer_spans import spans
from cubes.cells.fact_sql import FactRelation
from cubes.cells.read_cells import cells_of, read_cells
from cubes.cells.statement import SqlStatement
from cubes.model import Cube
from data.model.said import Said, said
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True, eq=False)
class FactSource:
    """The fact itself, joined to its dimensions; `counts` says how different values are counted.

    `by_cluster` says that the cluster counts them, if one is set up: of what a policy hides it knows nothing.
    """

    names_every_cell: ClassVar[bool] = True

    warehouse: Warehouse
    cube: Cube
    counts: Mapping[str, CountMethod]
    limit: int | None = None
    by_cluster: bool = False

    def words(self, sized: bool = True) -> Said:
        """The rows that the policy shows: of all there are it tells nothing."""
        return said(
            "the {:,} rows of {}", self.warehouse.profile.extents[self.cube.fact].lines, self.cube.fact
        )

    def statement(self, cell_query: CellQuery) -> SqlStatement:
        if any(measure.series for measure in cell_query.measures):
            return semi_additive_sql.cells(
                self.cube, cell_query, self.warehouse.profile.extents[self.cube.fact], not self.by_cluster
            )
        cell_query = replace(
            cell_query, scope=replace(cell_query.scope, spans=spans(self.warehouse, self.cube, cell_query))
        )
        return cell_sql.cells(FactRelation(self.cube, self.counts), cell_query, self.limit)

    def cells(self, cell_query: CellQuery) -> list[Cells]:
        cluster = self.warehouse.cluster if self.by_cluster else None
        statement = self.statement(cell_query)
        if cluster:
            return cells_of(cluster.arrays(statement.text, statement.parameters), cell_query)
        return read_cells(self.warehouse, statement, cell_query)
