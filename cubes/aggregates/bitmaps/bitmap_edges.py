"""The lines read beside stored sets of customers: of days that no stored period makes up, and those that came since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cubes.aggregates.bitmaps.bitmap_grains import may_be_kept, names_every_cell
from cubes.aggregates.bitmaps.bitmap_roads import Customers, levels_of_cells
from cubes.aggregates.bitmaps.customers_of_cells import cells_of
from cubes.aggregates.bitmaps.period_cover import Cover
from cubes.aggregates.tail import Tail
from cubes.cells.fact_sql import where
from cubes.cells.packed_codes import grouped
from cubes.cells.scope import Scope
from cubes.lines.customers_of_days import CustomersOfDays, customers_of_days
from cubes.model import Cube, Measure
from data.store.warehouse import Warehouse


class EdgeLines:
    """The lines of a cube's fact that no stored set of a measure holds."""

    def __init__(self, warehouse: Warehouse, cube: Cube, measure: Measure, tail: Tail | None) -> None:
        self.warehouse, self.cube, self.tail = warehouse, cube, tail
        self._names_every_cell = names_every_cell(cube, measure)
        self._counts = "true" if self._names_every_cell else measure.condition

    def customers(
        self, covered: Cover, kept: tuple[str, ...], scope: Scope, held: CustomersOfDays | None
    ) -> list[Customers]:
        """The cells that these lines lie in, and the customers of each; `held` tells those of days in memory."""
        found = [] if held is None else [held.sets()]
        if lines := self._read(covered, kept, scope, held is not None):
            found.append(self._customers_of(lines, covered, kept))
        return found

    def held_days(
        self, covered: Cover, kept: tuple[str, ...], scope: Scope, words: int
    ) -> CustomersOfDays | None:
        """The customers of the days that no stored period makes up, if lines in memory tell them; a set of everybody
        takes `words`."""
        days = covered.gaps[0]
        if not len(days) or not self._names_every_cell or scope.moved:
            return None
        levels = [self.cube.level(name) for name in levels_of_cells(self.cube, kept)]
        filters = [each for each in scope.filters if may_be_kept(self.cube.level(each.level))]
        return customers_of_days(self.warehouse, self.cube, levels, filters, days.tolist(), words)

    def _read(
        self, covered: Cover, kept: tuple[str, ...], scope: Scope, are_days_told: bool
    ) -> dict[str, np.ndarray]:
        """Customer, day and the kept levels of the lines of the days that no stored period makes up, unless these are
        told by others, and of those that came since; empty where there are none to read."""
        fact, days, parts = self.cube.fact, covered.gaps[0], list[dict[str, np.ndarray]]()
        if len(days) and not are_days_told:
            run = f"{fact}.day_key BETWEEN {int(days[0])} AND {int(days[-1])}"
            within = f"{run} AND {fact}.day_key IN (SELECT unnest(?::INTEGER[]))"
            parts.append(self._lines(within, [days.tolist()], kept, scope))
        if self.tail:
            parameters: list[Any] = []
            others = Scope(scope.days, (), (), after_batch=self.tail.through_batch)
            within = where(self.cube, others, parameters).removeprefix("\n  WHERE ")
            apart = f"{within} AND {fact}.day_key NOT IN (SELECT unnest(?::INTEGER[]))"
            parts.append(self._lines(apart, [*parameters, days.tolist()], kept, scope))
        return {name: np.concatenate([part[name] for part in parts]) for part in parts[:1] for name in part}

    def _lines(
        self, within: str, parameters: Sequence[Any], kept: tuple[str, ...], scope: Scope
    ) -> dict[str, np.ndarray]:
        """Customer, day and the kept levels of the lines that meet a condition, and are counted in the scope."""
        fact = self.cube.fact
        filters = [each for each in scope.filters if may_be_kept(self.cube.level(each.level))]
        levels = [self.cube.level(name) for name in kept if may_be_kept(self.cube.level(name))]
        tables = [each.table for each in (*levels, *(self.cube.level(each.level) for each in filters))]
        joins = "".join(f" JOIN {table} USING ({table}_key)" for table in dict.fromkeys(tables) if table)
        columns = "".join(f', {level.column}::INTEGER AS "{level.name}"' for level in levels)
        conditions = [within, self._counts]
        conditions += [
            f"{self.cube.level(each.level).column} {'NOT ' * each.exclude}IN (SELECT unnest(?::INTEGER[]))"
            for each in filters
        ]
        return self.warehouse.arrays(
            f"SELECT {fact}.customer_key, {fact}.day_key{columns} FROM {fact}{joins}"
            f" WHERE ({') AND ('.join(conditions)})",
            [*parameters, *(list(each.codes) for each in filters)],
        )

    def _customers_of(
        self, lines: Mapping[str, np.ndarray], covered: Cover, kept: Sequence[str]
    ) -> Customers:
        """The cells that lines lie in, and the customers of each."""
        names = levels_of_cells(self.cube, kept)
        group = covered.group_of_day[lines["day_key"] - covered.first_day]
        times = iter(covered.codes)
        columns = [next(times)[group] if self.cube.level(name).is_time else lines[name] for name in names]
        cells = grouped(columns, len(group))
        keys = {int(cell): keys for (cell,), keys in cells_of([cells.of_rows], lines["customer_key"])}
        there = np.array(sorted(keys), np.int64)
        codes = {name: own[there] for name, own in zip(names, cells.codes, strict=True)}
        return codes, [keys[cell] for cell in there.tolist()]

    def about(self, covered: Cover) -> int:
        """About how many lines the days hold that no stored period makes up."""
        extent = self.warehouse.profile.extents[self.cube.fact]
        if extent.first_day is None or extent.last_day is None:
            return 0
        return len(covered.gaps[0]) * extent.lines // ((extent.last_day - extent.first_day).days + 1)
