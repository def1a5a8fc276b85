"""Distinct customers out of the stored sets."""

from __future__ import annotations

import numpy as np

from cubes.aggregates.bitmaps.bitmap_reading import BitmapPlan, Bitmaps
from cubes.cells import cell_sql
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.fact_sql import CountMethod, FactRelation
from cubes.cells.statement import Statement
from cubes.model import Cube


class BitmapSource:
    """The stored sets of customers, and how they answer one question of one grouping set."""

    def __init__(self, cube: Cube, bitmaps: Bitmaps, way: BitmapPlan, count: CountMethod) -> None:
        self.cube, self.bitmaps, self.count = cube, bitmaps, count
        self._way: BitmapPlan | None = way

    def words(self) -> str:
        return "the stored sets of customers, a bit each"

    def statement(self, asked: CellQuery) -> Statement:
        """The SQL that gives the same from the lines: sets are united and counted in memory."""
        counts = {measure.name: self.count for measure in asked.measures}
        return cell_sql.cells(FactRelation(self.cube, counts), asked)

    def cells(self, asked: CellQuery) -> list[Cells]:
        way, self._way = (
            self._way,
            None,
        )  # an answer and its sources are kept longer than what they were made of
        assert way, "it is read once"
        codes, counted = self.bitmaps.counts(way)
        values = counted.astype(float) if codes or len(counted) else np.zeros(1)
        return [Cells(tuple(codes), {asked.measures[0].name: values})]
