"""Whether the lines of a cube in memory answer a read, and at which cost."""

from __future__ import annotations

from cubes.aggregates.aggregate import NOTHING, Offer
from cubes.ask.line_source import LineSource, SameBySql, added_parts, columns_of
from cubes.cells.cell_query import CellQuery
from cubes.lines.line_pass import SLOTS, LinePass
from cubes.lines.line_plan import planned, tables_of
from cubes.lines.line_store import is_held, rehearsed, store_of
from cubes.lines.line_tables import places
from cubes.model import Cube, Kind, Measure
from data.model.canonical_tables import CUSTOMER
from data.store.warehouse import Warehouse

MOST_CELLS = 4_000_000
MOST_BITS = 1 << 35  # of customers by groups: four gigabytes are cleared meanwhile
A_PASS = 60_000  # what any costs, in words
A_SUM, A_COUNT = 0.25, 2  # words that are touched in the time that a line takes


class LineCoverage:
    """The lines of one cube in one snapshot, or those `after` a batch: a source of whatever they tell in one pass."""

    def __init__(self, warehouse: Warehouse, cube: Cube, after: int | None = None) -> None:
        self.warehouse, self.cube, self.after = warehouse, cube, after

    def offer(self, cell_query: CellQuery, same_by_sql: SameBySql) -> Offer:
        """A pass for a read of one grouping set; nothing where it does not tell it, or the lines are not there yet."""
        if not self._tells(cell_query):
            return NOTHING
        store = store_of(self.warehouse.whole, self.cube, self.after)
        parts = added_parts(self.warehouse, self.cube, cell_query)
        keys = {f"{name}_key": f"{self.cube.fact}.{name}_key" for name in tables_of(self.cube, cell_query)}
        held = store.held({**columns_of(self.cube, cell_query, parts), **keys})
        found = held and planned(store, held, self.warehouse.whole, self.cube, cell_query)
        if not found or not self._has_room(found.line_pass, parts is None):
            return NOTHING
        cost = A_PASS + found.line_pass.cells + int(self._price(cell_query) * found.line_pass.lines)
        source = LineSource(self.warehouse, self.cube, found, parts, same_by_sql)
        is_ready = rehearsed(store, source.shape(cell_query), lambda: source.rehearse(cell_query))
        return Offer(source, cost) if is_ready else NOTHING

    def about(self, cell_query: CellQuery) -> int:
        """About what a pass costs over all customers, without a look at the lines."""
        extent = self.warehouse.whole.profile.extents[self.cube.fact]
        whole, days = extent.whole, cell_query.scope.days
        if days is None or whole is None:
            return int(self._price(cell_query) * extent.lines)
        asked = sum(len(met) for run in days if (met := run.meet(whole)))
        return int(self._price(cell_query) * extent.lines * asked / len(whole))

    def _price(self, cell_query: CellQuery) -> float:
        """What a line costs, in words."""
        customers = (each.kind is Kind.DISTINCT and not each.flag for each in cell_query.measures)
        return A_COUNT if any(customers) else A_SUM

    def _tells(self, cell_query: CellQuery) -> bool:
        """Whether a pass may tell this read at all."""
        return (
            is_held(self.warehouse, self.cube)
            and len(cell_query.sets) == 1
            and not cell_query.scope.left_out
            and all(map(self._is_told, cell_query.measures))
            and len({*tables_of(self.cube, cell_query)} - {CUSTOMER.name}) <= SLOTS - 2
        )

    def _is_told(self, measure: Measure) -> bool:
        if measure.joins or measure.series or measure.of:
            return False
        if measure.kind is Kind.ADDITIVE:
            return measure.aggregate in ("sum", "count")
        if measure.kind is not Kind.DISTINCT:
            return False
        if measure.flag:
            return self.warehouse.profile.orders_are_whole
        return measure.column == f"{self.cube.fact}.{CUSTOMER.code}"

    def _has_room(self, line_pass: LinePass, is_counted: bool) -> bool:
        """Whether its cells, and the bits of customers that are counted, are not too many."""
        if not 0 < line_pass.cells <= MOST_CELLS:
            return False
        each = places(self.warehouse.whole, line_pass.customer, True).each if is_counted else 0
        return len(line_pass.store.code_of_key) * each * line_pass.groups * line_pass.periods <= MOST_BITS
