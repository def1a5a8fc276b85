"""The lines in memory as what can answer a read of one grouping set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cubes.aggregates.rollups import partial_aggregates
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.statement import SqlStatement
from cubes.lines.line_pass import LinePass, Value
from cubes.lines.line_plan import PlannedPass
from cubes.lines.line_tables import places
from cubes.model import Cube, Kind, Measure
from data.model.canonical_tables import CUSTOMER
from data.model.said import Said, said
from data.store.warehouse import Warehouse


def columns_of(cube: Cube, measures: Sequence[Measure]) -> dict[str, str]:
    """What is wanted of each line for these measures, SQL by name."""
    found: dict[str, str] = {}
    for measure in measures:
        if measure.kind is Kind.ADDITIVE:
            found |= {part.name: part.line for part in partial_aggregates.of(cube, measure)}
        elif measure.condition and not only_known(cube, measure):
            found[f"{measure.name}?"] = f"coalesce({measure.condition}, false)::UTINYINT"
    return found


def only_known(cube: Cube, measure: Measure) -> bool:
    """Whether a count of customers counts those of all lines, but for the unknown one."""
    return measure.condition == f"{cube.fact}.{CUSTOMER.code} > 0"


@dataclass(frozen=True, slots=True, eq=False)
class LineSource:
    """The lines of a fact, passed over in memory; `lines` says in SQL what they come to."""

    names_every_cell: ClassVar[bool] = True

    warehouse: Warehouse
    cube: Cube
    planned: PlannedPass
    lines: int
    same_by_sql: Callable[[CellQuery], SqlStatement]

    def words(self, sized: bool = True) -> Said:
        """The rows that the policy shows: of all there are it tells nothing."""
        return said("the {:,} rows of {}, in memory", self.lines, self.cube.fact)

    def statement(self, cell_query: CellQuery) -> SqlStatement:
        return self.same_by_sql(cell_query)

    def cells(self, cell_query: CellQuery) -> list[Cells]:
        values, there = self._values(cell_query.measures)
        levels = cell_query.kept(cell_query.sets[0])
        if not levels:
            return [Cells((), values)]
        cells = np.flatnonzero(there)
        codes = self.planned.codes_of(cells)
        order = np.lexsort([codes[level.name] for level in levels][::-1])
        own = tuple(codes[level.name][order] for level in levels)
        return [Cells(own, {name: each[cells][order] for name, each in values.items()})]

    def _values(self, measures: Sequence[Measure]) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The value of each measure in all cells that there could be, and which are there."""
        if all(each.kind is Kind.ADDITIVE for each in measures):
            return self._added(measures)
        (measure,) = measures
        line_pass, counts = self.planned.line_pass, self._column(f"{measure.name}?")
        if measure.flag:
            counted, there = line_pass.orders(counts)
        else:
            customer = line_pass.customer
            known = only_known(self.cube, measure)
            counted, there = line_pass.customers(
                places(self.warehouse, customer, known), None if known else counts
            )
        return {measure.name: counted.astype(float)}, there

    def _added(self, measures: Sequence[Measure]) -> tuple[dict[str, np.ndarray], np.ndarray]:
        parts = [part.name for measure in measures for part in partial_aggregates.of(self.cube, measure)]
        sums, lines = self.planned.line_pass.sums([self._column(name) for name in parts])
        found = dict(zip(parts, sums, strict=True))
        return {measure.name: self._value(measure, found, lines) for measure in measures}, lines

    def _value(self, measure: Measure, found: dict[str, np.ndarray], lines: np.ndarray) -> np.ndarray:
        """A measure out of its parts; a sum over no line that knows it is not known."""
        own = found[measure.name]
        if measure.aggregate == "count":
            return own.astype(float)
        known = lines if measure.zero_when_empty else found[f"{measure.name}#"]
        return np.where(known > 0, own / partial_aggregates.SCALE, np.nan)

    def _column(self, name: str) -> Value:
        return self.planned.line_pass.store.column(name)
