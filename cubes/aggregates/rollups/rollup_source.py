"""Cells out of a roll-up: in memory where they are few, else read from its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cubes.aggregates.rollups import partial_aggregates
from cubes.aggregates.rollups.rollup_columns import RollUpColumns
from cubes.aggregates.rollups.rollup_sql import RollUpRelation
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.cells import cell_sql
from cubes.cells.cell_arrays import Cells, with_others
from cubes.cells.cell_query import CellQuery, GroupingSet
from cubes.cells.packed_codes import Groups, grouped, positions
from cubes.cells.read_cells import cells_of, read_cells
from cubes.cells.scope import Scope
from cubes.cells.statement import SqlStatement
from cubes.model import Cube, Kind, Level, Measure
from data.model.said import Said, said
from data.store.warehouse import Warehouse

Tops = Mapping[str, Sequence[int]]
GROUPED_A_READ = 8  # cells that are grouped once and kept, for each that a question reads


class RollUpSource:
    """Cells counted beforehand: in memory where they are few, else read from their table."""

    MOST_IN_MEMORY = 4_000_000
    MOST_GROUPED = 100_000
    names_every_cell = True

    def __init__(self, warehouse: Warehouse, cube: Cube, kept: StoredRollUp, at: Mapping[str, str]) -> None:
        self.warehouse, self.cube, self.kept, self.at = warehouse, cube, kept, at

    def words(self, sized: bool = True) -> Said:
        grain = str(self.kept.grain)
        return (
            said("the roll-up {} ({:,} cells)", grain, self.kept.cells)
            if sized
            else said("the roll-up {}", grain)
        )

    def statement(self, cell_query: CellQuery) -> SqlStatement:
        return cell_sql.cells(
            RollUpRelation(self.cube, self.kept, self.at, self.warehouse.profile.calendar), cell_query
        )

    def cells(self, cell_query: CellQuery) -> list[Cells]:
        if self.kept.cells > self.MOST_IN_MEMORY:
            return self._read(cell_query)
        try:
            return [self._in_memory(cell_query, each) for each in cell_query.sets]
        except OverflowError:
            return self._read(cell_query)

    def _read(self, cell_query: CellQuery) -> list[Cells]:
        """The cells out of the roll-up's table, which lies at the cluster where one is set up."""
        statement, cluster = self.statement(cell_query), self.warehouse.cluster
        if cluster:
            return cells_of(cluster.arrays(statement.text, statement.parameters), cell_query)
        return read_cells(self.warehouse, statement, cell_query)

    def _in_memory(self, cell_query: CellQuery, kept: GroupingSet) -> Cells:
        stored = RollUpColumns(self.warehouse, self.kept)
        rows = self._rows(stored, cell_query.scope)
        levels, tops = cell_query.kept(kept), cell_query.tops
        height = self.kept.cells if isinstance(rows, slice) and rows == slice(None) else _height(rows)
        counted = [each for each in cell_query.measures if each.kind is Kind.DISTINCT and not each.flag]
        summed = [each for each in cell_query.measures if each not in counted]
        wanted = {"@cells": ("sum", np.ones(height))} if not summed else {}
        for measure in summed:
            wanted |= {name: (fold, stored.values(name, fold)[rows]) for name, fold in self._parts(measure)}
        groups = self._groups(stored, rows, levels, tops, height)
        values = groups.folded(wanted)
        result = {measure.name: self._value(measure, values, height) for measure in summed}
        for measure in counted:
            codes = _codes(stored, rows, levels, tops)
            result[measure.name] = self._distinct(stored, rows, measure, codes, groups.codes)
        return Cells(groups.codes, result)

    def _groups(
        self,
        stored: RollUpColumns,
        rows: slice | np.ndarray,
        levels: Sequence[Level],
        tops: Tops,
        height: int,
    ) -> Groups:
        """The groups of the cells read: out of those kept of all cells, where these are few and most are read."""
        told = tuple(level.name for level in levels)
        few = self.kept.cells <= min(self.MOST_GROUPED, height * GROUPED_A_READ)
        if not few or not told or any(name in tops for name in told):
            return grouped(_codes(stored, rows, levels, tops), height)
        every = stored.groups(told)
        return every if height == self.kept.cells else every.within(rows)

    def _parts(self, measure: Measure) -> list[tuple[str, str]]:
        if measure.flag:
            return [(self.at[measure.name], "sum")]
        return [(part.name, part.fold) for part in partial_aggregates.of(self.cube, measure)]

    def _value(self, measure: Measure, values: Mapping[str, np.ndarray], height: int) -> np.ndarray:
        """The measure out of its parts; a sum over no cell at all is not known."""
        own = values[self.at.get(measure.name, measure.name)]
        if measure.kind is not Kind.ADDITIVE or measure.aggregate != "sum":
            return own
        amounts = own / partial_aggregates.SCALE
        if measure.zero_when_empty:
            return amounts if height else np.full(len(own), np.nan)
        return np.where(values[f"{measure.name}#"] > 0, amounts, np.nan)

    def _rows(self, stored: RollUpColumns, scope: Scope) -> slice | np.ndarray:
        """The cells within the scope: a run of periods where nothing else is filtered."""
        calendar, period = self.warehouse.profile.calendar, self.kept.grain.period
        runs: list[slice] = [slice(None)]
        if scope.days is not None:
            periods = stored.codes(period)
            edges = [
                (calendar.period_at(period, run.first), calendar.period_at(period, run.last) + 1)
                for run in scope.days
            ]
            runs = [slice(*np.searchsorted(periods, edge)) for edge in edges]
        if len(runs) == 1 and not scope.filters:
            return runs[0]
        within = [self._mask(stored, scope, run) for run in runs]
        return np.concatenate(within) if within else np.zeros(0, np.int64)

    def _mask(self, stored: RollUpColumns, scope: Scope, run: slice) -> np.ndarray:
        first = run.start or 0
        kept: np.ndarray | None = None
        for each in scope.filters:
            codes = stored.codes(each.level)[run]
            if len(each.codes) == 1:
                meets = codes == each.codes[0]
            else:
                allowed = np.zeros(max(int(codes.max(initial=0)), *each.codes, 0) + 1, bool)
                allowed[list(each.codes)] = True
                meets = allowed[codes]
            meets = ~meets if each.exclude else meets
            kept = meets if kept is None else kept & meets
        if kept is None:
            return np.arange(first, first + len(stored.codes(self.kept.grain.period)[run]))
        return np.flatnonzero(kept) + first

    def _distinct(
        self,
        stored: RollUpColumns,
        rows: slice | np.ndarray,
        measure: Measure,
        codes: Sequence[np.ndarray],
        found: Sequence[np.ndarray],
    ) -> np.ndarray:
        """How many members of the measure's level each cell found has."""
        there = stored.values(f"{measure.name}#")[rows] > 0
        level = partial_aggregates.counted_level(self.cube, measure) or ""
        own = [each[there] for each in codes]
        members = grouped([*own, stored.codes(level)[rows][there]], int(there.sum())).codes
        counted = grouped(members[:-1], len(members[-1]))
        number = np.bincount(counted.of_rows, minlength=len(counted.places)).astype(float)
        if not codes:
            return number
        values = np.append(number, 0)  # its last stands for the cells that have none
        each: np.ndarray = values[positions(found, counted.codes)]
        return each


def _codes(
    stored: RollUpColumns, rows: slice | np.ndarray, levels: Sequence[Level], tops: Tops
) -> list[np.ndarray]:
    """The codes of the cells read, by level."""
    return [with_others(stored.codes(level.name)[rows], tops.get(level.name)) for level in levels]


def _height(rows: slice | np.ndarray) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)
