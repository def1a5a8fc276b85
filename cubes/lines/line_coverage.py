"""Whether the lines of a cube in memory answer a read, and at which cost."""

from __future__ import annotations

from collections.abc import Callable

from cubes.aggregates.aggregate import NOTHING, Offer
from cubes.cells.cell_query import CellQuery
from cubes.cells.statement import SqlStatement
from cubes.lines.line_pass import SLOTS, LinePass
from cubes.lines.line_plan import planned, tables_of
from cubes.lines.line_source import LineSource, columns_of
from cubes.lines.line_store import store_of
from cubes.lines.line_tables import places
from cubes.model import Cube, Kind, Measure
from data.model.canonical_tables import CUSTOMER
from data.store.warehouse import Warehouse

LEAST_LINES = 20_000  # of fewer, the engine's own scan takes no longer
MOST_CELLS = 4_000_000
MOST_BITS = 1 << 35  # of customers by groups: four gigabytes are cleared meanwhile
A_PASS = 20_000  # what any costs, in words
WORDS = {Kind.ADDITIVE: 1, Kind.DISTINCT: 3}  # that are touched in the time that a line takes
SameBySql = Callable[[CellQuery], SqlStatement]


class LineCoverage:
    """The lines of one cube in one snapshot, as a source of whatever they tell in one pass."""

    def __init__(self, warehouse: Warehouse, cube: Cube) -> None:
        self.warehouse, self.cube = warehouse, cube

    def offer(self, cell_query: CellQuery, same_by_sql: SameBySql) -> Offer:
        """A pass for a read of one grouping set; nothing where it does not tell it, or the lines are not there yet."""
        if not self._tells(cell_query):
            return NOTHING
        whole = self.warehouse.whole
        store = store_of(whole, self.cube)
        keys = {f"{name}_key": f"{self.cube.fact}.{name}_key" for name in tables_of(self.cube, cell_query)}
        wanted = {**columns_of(self.cube, cell_query.measures), **keys}
        if not store.fits(wanted) or not store.ready(wanted):
            return NOTHING
        found = planned(store, whole, self.cube, cell_query)
        (kind,) = {each.kind for each in cell_query.measures}
        if found is None or not 0 < found.line_pass.cells <= MOST_CELLS:
            return NOTHING
        if self._counts_customers(cell_query) and self._bits(found.line_pass) > MOST_BITS:
            return NOTHING
        lines = self.warehouse.profile.extents[self.cube.fact].lines
        source = LineSource(whole, self.cube, found, lines, same_by_sql)
        return Offer(source, A_PASS + found.line_pass.cells + WORDS[kind] * found.line_pass.lines)

    def _tells(self, cell_query: CellQuery) -> bool:
        """Whether a pass may tell this read at all."""
        lines = self.warehouse.whole.profile.extents[self.cube.fact].lines
        return (
            self.warehouse.is_published
            and lines >= LEAST_LINES
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

    def _counts_customers(self, cell_query: CellQuery) -> bool:
        return any(each.kind is Kind.DISTINCT and not each.flag for each in cell_query.measures)

    def _bits(self, line_pass: LinePass) -> int:
        """How many bits are set or not while customers are counted."""
        each = places(self.warehouse.whole, line_pass.customer, True).each
        return len(line_pass.store.code_of_key) * each * line_pass.groups * line_pass.periods
