"""Whether the stored sets of customers of a cube answer a read, and at which cost."""

from __future__ import annotations

from cubes.aggregates.aggregate import NOTHING, Offer, Refused
from cubes.aggregates.bitmaps.bitmap_grains import counted
from cubes.aggregates.bitmaps.bitmap_plan import BitmapReason
from cubes.aggregates.bitmaps.bitmap_reading import Bitmaps
from cubes.aggregates.bitmaps.bitmap_source import BitmapSource
from cubes.aggregates.tail import tail_of
from cubes.cells.cell_query import CellQuery
from cubes.cells.reason import Because
from cubes.model import Cube, Kind, Measure
from data.store.warehouse import Warehouse


class CustomerSets:
    """The stored sets of customers of one cube in one snapshot."""

    name = "the stored sets of customers"

    def __init__(self, warehouse: Warehouse, cube: Cube) -> None:
        self.cube = cube
        tail = tail_of(warehouse, cube)
        read = {measure.name: Bitmaps(warehouse, cube, measure, tail) for measure in counted(cube)}
        self.stored = {name: each for name, each in read.items() if each.grains}

    def offer(self, cell_query: CellQuery) -> Offer:
        """The sets of the one measure that is counted, united; nothing where different values are not counted."""
        if len(cell_query.measures) != 1 or cell_query.measures[0].kind is not Kind.DISTINCT:
            return NOTHING
        found = self._counted(cell_query, cell_query.measures[0])
        if isinstance(found, Offer):
            return found
        return Offer(None, refusals=lambda: (Refused(self.name, found),))

    def _counted(self, cell_query: CellQuery, measure: Measure) -> Offer | Because:
        bitmaps = self.stored.get(measure.name)
        if bitmaps is None:
            return Because(BitmapReason.NOT_BY_SETS, (measure.label.lower(),))
        levels = [level.name for level in cell_query.kept(cell_query.sets[0])]
        way = bitmaps.way(levels, cell_query.scope, cell_query.tops)
        if isinstance(way, Because):
            return way
        return Offer(BitmapSource(bitmaps, way), bitmaps.cost(way))
