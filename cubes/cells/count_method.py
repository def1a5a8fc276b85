"""How different values are counted in the lines: by flags where they add up, else by bitmaps or a hash table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from cubes.cells.cell_query import CellQuery
from cubes.cells.code_domains import code_domain
from cubes.cells.customer_spans import spans
from cubes.cells.reason import Because, Reason
from cubes.model import Cube, Measure
from data.model.calendar import Days
from data.store.warehouse import Warehouse

BITMAP_BYTES = 128 * 1024 * 1024
# Of bitmaps, that are cleared and put together in the time that a line is read and hashed in.
BYTES_A_LINE = 256


class CountReason(Reason):
    """Why different values are counted as they are, and no cheaper way."""

    ADD_UP = ("{} add up along {}", ", ")
    TOUCHED = ("the question touches {}", ", ")
    NEVER_ADD_UP = ("different values never add up",)
    TOUCHED_AND_LARGE = ("the question touches {}; bitmaps of {:,} groups would take {:,.0f} MB", ", ")
    NEVER_ADD_UP_AND_LARGE = ("different values never add up; bitmaps of {:,} groups would take {:,.0f} MB",)


@dataclass(frozen=True, slots=True)
class CountMethod:
    """How the different values of one measure are counted, and why; a bitmap reaches from `low` to `high`."""

    by: Literal["flag", "bitmap", "hash"]
    reason: Because
    low: int = 0
    high: int = 0

    @property
    def exact_anywhere(self) -> CountMethod:
        """The same without bitmaps, which only DuckDB has."""
        return CountMethod("hash", self.reason) if self.by == "bitmap" else self


def count_method(
    warehouse: Warehouse, cube: Cube, cell_query: CellQuery, measure: Measure, sets: int = 1
) -> CountMethod:
    """The cheapest way to count in the lines, where so many grouping sets are counted at once."""
    profile, outside = warehouse.profile, _outside(warehouse, cube, cell_query, measure)
    if adds_up_by_flag(warehouse, cube, cell_query, measure):
        return CountMethod("flag", Because(CountReason.ADD_UP, (measure.label, measure.additive_along)))
    lines = max(profile.extents[cube.fact].lines, 1)
    groups = sets * min(prod(profile.members.get(level.name, 1) for level in cell_query.levels), lines)
    low, high = code_domain(warehouse, measure.column)
    need = groups * (high - low + 8) // 8
    touches = bool(measure.flag and outside)
    about = (outside,) if touches else ()
    if high and need <= min(BITMAP_BYTES, BYTES_A_LINE * _lines_read(warehouse, cube, cell_query)):
        why = CountReason.TOUCHED if touches else CountReason.NEVER_ADD_UP
        return CountMethod("bitmap", Because(why, about), low, high)
    why = CountReason.TOUCHED_AND_LARGE if touches else CountReason.NEVER_ADD_UP_AND_LARGE
    return CountMethod("hash", Because(why, (*about, groups, need / 1e6)))


def adds_up_by_flag(warehouse: Warehouse, cube: Cube, cell_query: CellQuery, measure: Measure) -> bool:
    """Whether the lines that are flagged may be counted instead of the different values of a measure."""
    return bool(
        measure.flag
        and warehouse.profile.orders_are_whole
        and not _outside(warehouse, cube, cell_query, measure)
    )


def _outside(warehouse: Warehouse, cube: Cube, cell_query: CellQuery, measure: Measure) -> tuple[str, ...]:
    """The dimensions of a read along which a measure does not add up."""
    touched = {level.dimension for level in cell_query.levels}
    touched |= {cube.level(each.level).dimension for each in cell_query.scope.filters}
    touched |= {each.dimension for each in cube.levels if each.name in warehouse.levels_cut}
    return tuple(sorted(touched - {*measure.additive_along, "time"}))


def _lines_read(warehouse: Warehouse, cube: Cube, cell_query: CellQuery) -> float:
    """About how many lines a scan cannot skip: by the days asked about, and by customers who lie close together."""
    extent = warehouse.profile.extents[cube.fact]
    share = 1.0 if cell_query.scope.days is None else _share(cell_query.scope.days, extent.ordinary)
    for span in spans(warehouse, cube, cell_query)[:1]:
        customers = max(warehouse.profile.members.get("customer", 1), 1)
        share *= min((span.last - span.first + 1) / customers, 1.0)
    return share * extent.lines


def _share(runs: Sequence[Days], ordinary: Days | None) -> float:
    """Which share of the days of ordinary traffic some runs are."""
    if ordinary is None:
        return 0.0
    return sum(len(met) for run in runs if (met := run.meet(ordinary))) / len(ordinary)
