"""The lines in memory as what can answer a read of one grouping set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from cubes.aggregates.rollups import partial_aggregates
from cubes.aggregates.rollups.partial_aggregates import PartialAggregate
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.count_method import adds_up_by_flag
from cubes.cells.statement import SqlStatement
from cubes.lines.line_plan import PlannedPass
from cubes.lines.line_tables import places
from cubes.model import Cube, Kind, Measure
from data.model.canonical_tables import CUSTOMER
from data.model.said import Said, said
from data.store.warehouse import Warehouse

SameBySql = Callable[[CellQuery], SqlStatement]
Parts = Mapping[str, tuple[PartialAggregate, ...]]


def added_parts(warehouse: Warehouse, cube: Cube, cell_query: CellQuery) -> Parts | None:
    """What is added up of each measure of a read; None where the different values of one are told apart."""
    found: dict[str, tuple[PartialAggregate, ...]] = {}
    for measure in cell_query.measures:
        parts = tuple(partial_aggregates.of(cube, measure))
        if measure.kind is Kind.ADDITIVE:
            found[measure.name] = parts
        elif adds_up_by_flag(warehouse, cube, cell_query, measure):
            found[measure.name] = parts[:1]
        else:
            return None
    return found


def columns_of(cube: Cube, cell_query: CellQuery, parts: Parts | None) -> dict[str, str]:
    """What is wanted of each line, SQL of whole numbers by name."""
    if parts is not None:
        return {part.name: part.line for some in parts.values() for part in some}
    (measure,) = cell_query.measures
    if not measure.condition or _only_known(cube, measure):
        return {}
    return {f"{measure.name}?": f"coalesce({measure.condition}, false)::UTINYINT"}


def _only_known(cube: Cube, measure: Measure) -> bool:
    """Whether a count of customers counts those of all lines, but for the unknown one."""
    return measure.condition == f"{cube.fact}.{CUSTOMER.code} > 0"


@dataclass(frozen=True, slots=True, eq=False)
class LineSource:
    """The lines of a fact, passed over in memory; `same_by_sql` says what tells the same of the tables.

    `parts` is what is added up of each measure, None where customers or orders are told apart.
    """

    names_every_cell: ClassVar[bool] = True

    warehouse: Warehouse
    cube: Cube
    planned: PlannedPass
    parts: Parts | None
    same_by_sql: SameBySql

    def words(self, sized: bool = True) -> Said:
        """The rows that the policy shows: of all there are it tells nothing."""
        lines = self.warehouse.profile.extents[self.cube.fact].lines
        return said("the {:,} rows of {}, in memory", lines, self.cube.fact)

    def statement(self, cell_query: CellQuery) -> SqlStatement:
        return self.same_by_sql(cell_query)

    def shape(self, cell_query: CellQuery) -> tuple[Any, ...]:
        """What tells the compiled loops that it takes from others."""
        names = columns_of(self.cube, cell_query, self.parts)
        values = [self.planned.line_pass.held.columns[name] for name in names]
        return (
            *(each.flag for each in cell_query.measures),
            self.parts is None,
            *self.planned.line_pass.shape(values, self.parts is None and not cell_query.measures[0].flag),
        )

    def rehearse(self, cell_query: CellQuery) -> None:
        """Have the loops compiled that it takes."""
        few = replace(self.planned, line_pass=self.planned.line_pass.rehearsed())
        replace(self, planned=few).cells(cell_query)

    def cells(self, cell_query: CellQuery) -> list[Cells]:
        values, there = self._values(cell_query)
        levels = cell_query.kept(cell_query.sets[0])
        if not levels:
            return [Cells((), values)]
        cells = np.flatnonzero(there)
        codes = self.planned.codes_of(cells)
        order = np.lexsort([codes[level.name] for level in levels][::-1])
        own = tuple(codes[level.name][order] for level in levels)
        return [Cells(own, {name: each[cells][order] for name, each in values.items()})]

    def _values(self, cell_query: CellQuery) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The value of each measure in all cells that there could be, and which are there."""
        if self.parts is not None:
            return self._added(cell_query, self.parts)
        (measure,) = cell_query.measures
        line_pass = self.planned.line_pass
        counts = line_pass.held.columns.get(f"{measure.name}?")
        if measure.flag:
            counted, there = line_pass.orders(counts)
        else:
            of = places(self.warehouse.whole, line_pass.customer, _only_known(self.cube, measure))
            counted, there = line_pass.customers(of, counts)
        return {measure.name: counted.astype(float)}, there

    def _added(self, cell_query: CellQuery, parts: Parts) -> tuple[dict[str, np.ndarray], np.ndarray]:
        names = [part.name for some in parts.values() for part in some]
        line_pass = self.planned.line_pass
        sums, there = line_pass.sums([line_pass.held.columns[name] for name in names])
        found = dict(zip(names, sums, strict=True))
        return {each.name: _value(each, found, there) for each in cell_query.measures}, there


def _value(measure: Measure, found: Mapping[str, np.ndarray], there: np.ndarray) -> np.ndarray:
    """A measure out of its parts; a sum over no line that knows it is not known."""
    own = found[measure.name]
    if measure.kind is Kind.DISTINCT or measure.aggregate == "count":
        return own.astype(float)
    known = there if measure.zero_when_empty else found[f"{measure.name}#"]
    return np.where(known > 0, own / partial_aggregates.SCALE, np.nan)
