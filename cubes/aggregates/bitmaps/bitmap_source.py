"""Distinct customers out of the stored sets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cubes.aggregates.bitmaps.bitmap_plan import BitmapPlan
from cubes.aggregates.bitmaps.bitmap_reading import Bitmaps
from cubes.cells import cell_sql
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.count_method import count_method
from cubes.cells.fact_sql import FactRelation
from cubes.cells.statement import SqlStatement


class BitmapSource:
    """The stored sets of customers, and how they answer one question of one grouping set: whoever is in a cell."""

    def __init__(self, bitmaps: Bitmaps, way: BitmapPlan) -> None:
        self.bitmaps, self.names_every_cell = bitmaps, bitmaps.names_every_cell
        self._way: BitmapPlan | None = way

    def words(self, sized: bool = True) -> str:
        words = "the stored sets of customers, a bit each"
        return self.bitmaps.tail.beside(words, sized) if self.bitmaps.tail else words

    def statement(self, cell_query: CellQuery) -> SqlStatement:
        """The SQL that gives the same from the lines: sets are united and counted in memory."""
        warehouse, cube = self.bitmaps.warehouse, self.bitmaps.cube
        counts = {each.name: count_method(warehouse, cube, cell_query, each) for each in cell_query.measures}
        return cell_sql.cells(FactRelation(cube, counts), cell_query)

    def customers(self) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        """The codes of each cell, none of them a customer's, and the codes of the customers in it, each once."""
        way, self._way = self._way, None
        assert way, "it is read once"
        return self.bitmaps.customers(way)

    def cells(self, cell_query: CellQuery) -> list[Cells]:
        # An answer and its sources are kept longer than what they were made of.
        way, self._way = self._way, None
        assert way, "it is read once"
        codes, counted = self.bitmaps.counts(way)
        values = counted.astype(float) if codes or len(counted) else np.zeros(1)
        return [Cells(tuple(codes), {cell_query.measures[0].name: values})]
