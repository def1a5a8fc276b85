"""How a read becomes a pass over lines: the runs of lines asked for, and the groups that each dimension has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cubes.cells.byte_cache import CELLS
from cubes.cells.cell_arrays import with_others
from cubes.cells.cell_query import CellQuery
from cubes.cells.packed_codes import grouped
from cubes.cells.scope import Scope
from cubes.lines.held_lines import HeldLines, Months
from cubes.lines.line_pass import LinePass
from cubes.lines.line_store import LineStore
from cubes.lines.line_tables import (
    CellTable,
    DayTable,
    Tops,
    cell_table,
    codes_of_customers,
    day_table,
    table_of,
)
from cubes.lines.stretches import Run
from cubes.model import Cube
from data.model.calendar import OF_MONTHS, Calendar
from data.model.canonical_tables import CUSTOMER
from data.store.warehouse import Warehouse

Codes = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class PlannedPass:
    """A pass, and how many groups each of its dimensions has, with their codes; what weighs most is the first."""

    line_pass: LinePass
    sizes: tuple[int, ...]
    codes: tuple[Codes, ...]

    def codes_of(self, cells: np.ndarray) -> dict[str, np.ndarray]:
        """The code of each level asked (int32) of some cells by their numbers."""
        found: dict[str, np.ndarray] = {}
        for own, codes in zip(np.unravel_index(cells, self.sizes), self.codes, strict=True):
            found |= {level: each[own] for level, each in codes.items()}
        return found


def tables_of(cube: Cube, cell_query: CellQuery) -> list[str]:
    """The dimensions' tables in which the lines of a read are looked up, time apart."""
    levels = [
        *cell_query.kept(cell_query.sets[0]),
        *(cube.level(each.level) for each in cell_query.scope.filters),
    ]
    return sorted({table_of(level) for level in levels if not level.is_time})


def planned(store: LineStore, held: HeldLines, warehouse: Warehouse, cube: Cube,
            cell_query: CellQuery) -> PlannedPass | None:  # fmt: skip
    """The pass that a read of one grouping set takes; None where days stand in several periods at once."""
    tables = {name: _table(warehouse, cube, cell_query, name) for name in tables_of(cube, cell_query)}
    customer = tables.pop(CUSTOMER.name, None)
    calendar, times = warehouse.profile.calendar, _times(cell_query)
    by_month = set(times) <= OF_MONTHS.keys() and not cell_query.scope.moved
    days = _days(store, warehouse, cell_query, () if by_month else times)
    if days is None:
        return None
    months = held.months
    asked = _asked(store, months, cell_query.scope, calendar)
    whole = months.codes[list(asked)]
    columns = [_codes(calendar, level, whole, cell_query.tops) for level in times] if by_month else []
    periods = grouped(columns, len(whole))
    others = [*tables.values()]
    cells = int(
        np.prod([1, *(each.groups for each in others), days.groups, customer.groups if customer else 1])
    )
    runs = [
        Run(int(months.starts[at]), int(months.starts[at + 1]), int(base), in_part or not by_month)
        for (at, in_part), base in zip(asked.items(), periods.of_rows * cells, strict=True)
    ]
    if customer is not None and any(each.level for each in cell_query.scope.filters):
        runs = _narrowed(held, warehouse, customer, runs)
    needs_days = not by_month or any(run.by_day for run in runs)
    line_pass = LinePass(
        store,
        held,
        tuple(runs),
        customer,
        days if needs_days else None,
        {f"{name}_key": table for name, table in tables.items()},
        len(periods.places),
    )
    sizes = (
        len(periods.places),
        customer.groups if customer else 1,
        days.groups,
        *(each.groups for each in others[::-1]),
    )
    codes = (
        dict(zip(times if by_month else (), periods.codes, strict=True)),
        customer.codes if customer else {},
        days.codes,
        *(each.codes for each in others[::-1]),
    )
    return PlannedPass(line_pass, sizes, codes)


def _times(cell_query: CellQuery) -> tuple[str, ...]:
    return tuple(level.name for level in cell_query.kept(cell_query.sets[0]) if level.is_time)


def _table(warehouse: Warehouse, cube: Cube, cell_query: CellQuery, name: str) -> CellTable:
    """What one dimension's table brings."""
    levels = [
        level
        for level in cell_query.kept(cell_query.sets[0])
        if not level.is_time and table_of(level) == name
    ]
    scope = cell_query.scope
    filters = [each for each in scope.filters if table_of(cube.level(each.level)) == name]
    return cell_table(
        warehouse, levels, filters, [cube.level(each.level) for each in filters], scope, cell_query.tops
    )


def _days(
    store: LineStore, warehouse: Warehouse, cell_query: CellQuery, times: Sequence[str]
) -> DayTable | None:
    whole = warehouse.profile.extents[store.fact.name].whole
    assert whole
    scope, calendar = cell_query.scope, warehouse.profile.calendar
    tops = {level: tuple(codes) for level, codes in cell_query.tops.items() if level in times}
    key = (calendar, whole, tuple(times), scope.days, scope.moved, tuple(tops.items()))

    def make() -> tuple[tuple[DayTable | None], int]:
        return (day_table(calendar, whole, times, scope, tops),), 8 * len(whole)

    (found,) = CELLS.keep(("day table", key), make)
    return found


def _codes(calendar: Calendar, level: str, months: np.ndarray, tops: Tops) -> np.ndarray:
    """The code of a level of whole months by the code of each month."""
    first = (calendar.days_of("month", int(month)).first for month in months)
    codes = np.array([calendar.period_at(level, day) for day in first], np.int32)
    return with_others(codes, tops.get(level))


def _asked(store: LineStore, months: Months, scope: Scope, calendar: Calendar) -> dict[int, bool]:
    """Which months are asked about, by their places, and whether only in part."""
    found = {}
    for at, month in enumerate(months.codes.tolist()):
        days = calendar.days_of("month", month).meet(store.days)
        met = (
            [days]
            if scope.days is None
            else [part for run in scope.days if days and (part := run.meet(days))]
        )
        if days and met:
            found[at] = not any(each == days for each in met)
    return found


def _narrowed(held: HeldLines, warehouse: Warehouse, customer: CellTable, runs: Sequence[Run]) -> list[Run]:
    """The runs without the lines of customers before the first and after the last that is asked for."""
    from cubes.lines.line_kernels import bounds

    code = codes_of_customers(warehouse)
    if not runs:
        return []
    ends = np.array([customer.ends[0], customer.ends[1] + 1], np.int64)
    starts, stops = (
        np.array(each, np.int64) for each in zip(*((run.start, run.stop) for run in runs), strict=True)
    )
    at = np.zeros((len(runs), 2), np.int64)
    bounds(held.columns[CUSTOMER.key], code, starts, stops, ends, at)
    return [
        Run(int(start), int(stop), run.base, run.by_day)
        for run, (start, stop) in zip(runs, at.tolist(), strict=True)
        if stop > start
    ]
