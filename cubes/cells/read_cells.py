"""Cells read from the warehouse by one statement that gives all grouping sets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cubes.cells.cell_arrays import ROLLED_UP, Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.statement import SqlStatement
from data.store.warehouse import Warehouse


def read_cells(warehouse: Warehouse, statement: SqlStatement, cell_query: CellQuery) -> list[Cells]:
    """The cells of each grouping set out of one statement that gives them all."""
    return cells_of(warehouse.arrays(statement.text, statement.parameters), cell_query)


def cells_of(found: Mapping[str, np.ndarray], cell_query: CellQuery) -> list[Cells]:
    """The cells of each grouping set out of the columns of such a statement."""
    codes = [
        np.ma.filled(np.ma.asarray(found[f"{level.name}.code"]), ROLLED_UP) for level in cell_query.levels
    ]
    values = {
        measure.name: np.ma.filled(np.ma.asarray(found[measure.name]).astype(float), np.nan)
        for measure in cell_query.measures
    }
    if len(cell_query.sets) == 1:
        return [Cells(tuple(code.astype(np.int32) for code in codes), values)]
    result = []
    for each in cell_query.sets:
        mask = sum(0 if keep else 1 << (len(each) - 1 - at) for at, keep in enumerate(each))
        rows = np.flatnonzero(found["grouping"] == mask)
        own = tuple(code[rows].astype(np.int32) for code, keep in zip(codes, each, strict=True) if keep)
        result.append(Cells(own, {name: array[rows] for name, array in values.items()}))
    return result
