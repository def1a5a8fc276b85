"""The stored sets of customers of one measure: how a question is answered by them, and the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from cubes.aggregates.bitmaps.bitmap_cells import BitmapCells
from cubes.aggregates.bitmaps.bitmap_counts import BitmapCounts
from cubes.aggregates.bitmaps.bitmap_edges import EdgeLines
from cubes.aggregates.bitmaps.bitmap_grains import names_every_cell
from cubes.aggregates.bitmaps.bitmap_plan import BitmapPlan, BitmapPlanner
from cubes.aggregates.bitmaps.bitmap_roads import Tops
from cubes.aggregates.bitmaps.customer_filters import Clientele
from cubes.aggregates.tail import Tail
from cubes.cells.grain import Grain
from cubes.cells.reason import Because
from cubes.cells.scope import Scope
from cubes.model import Cube, Measure
from data.store.warehouse import Warehouse


class Bitmaps:
    """The stored sets of one measure of a cube in one snapshot. Safe to use from many threads."""

    def __init__(self, warehouse: Warehouse, cube: Cube, measure: Measure, tail: Tail | None = None) -> None:
        self.warehouse, self.cube, self.measure, self.tail = warehouse, cube, measure, tail
        self.names_every_cell = names_every_cell(cube, measure)
        self._cells, clientele = BitmapCells(warehouse, cube, measure), Clientele(warehouse)
        edges = EdgeLines(warehouse, cube, measure, tail)
        self._planner = BitmapPlanner(self._cells, edges, clientele)
        self._counts = BitmapCounts(self._cells, edges, clientele)

    @property
    def grains(self) -> tuple[Grain, ...]:
        """What is stored."""
        return self._cells.grains

    def way(self, levels: Collection[str], scope: Scope, tops: Tops) -> BitmapPlan | Because:
        """How to count the distinct customers by these levels within the scope, or why they cannot be counted."""
        return self._planner.way(levels, scope, tops)

    def cost(self, way: BitmapPlan) -> int:
        """About how many words are touched, at a nanosecond each or less."""
        return self._planner.cost(way)

    def counts(self, way: BitmapPlan) -> tuple[list[np.ndarray], np.ndarray]:
        """The codes of each kept level (int32; -1 beyond its top), and the exact number of customers (int64).

        Of one grouping set: those cells in which there is anybody, and where the sets tell of them, those that have
        lines of nobody known, with 0.
        """
        return self._counts.counts(way)

    def customers(self, way: BitmapPlan) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        """The codes of each cell of a way by levels that describe no customer, and the customers in it by their codes
        (int32, ascending, each once)."""
        return self._counts.customers(way)
