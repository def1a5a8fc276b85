"""Which customers some days have in each cell, told by the lines in memory: what no stored period makes up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from cubes.cells.cell_query import CellQuery
from cubes.cells.scope import Filter, Scope
from cubes.lines.line_plan import PlannedPass, planned, tables_of
from cubes.lines.line_store import is_held, rehearsed, store_of
from cubes.model import Cube, Level
from data.model.calendar import Days
from data.store.warehouse import Warehouse

A_MARK = 1.5  # words that are touched in the time that a line takes
MOST_BYTES = 1 << 26  # of the bits of all customers, cell by cell


@dataclass(frozen=True, slots=True)
class CustomersOfDays:
    """A pass over the lines of some days that marks the customers of each cell, a bit for each of their keys."""

    planned: PlannedPass
    words: int

    @property
    def cost(self) -> int:
        """About how many words are touched."""
        line_pass = self.planned.line_pass
        return int(A_MARK * line_pass.lines) + line_pass.cells * self.words

    def sets(self) -> tuple[Mapping[str, np.ndarray], list[np.ndarray]]:
        """The codes of the cells by level, and the customers of each (words of a bit a key)."""
        marks = self.planned.line_pass.marks(self.words)
        cells = np.flatnonzero(marks.any(axis=1))
        return self.planned.codes_of(cells), [marks[cell] for cell in cells]


def customers_of_days(warehouse: Warehouse, cube: Cube, levels: Sequence[Level], filters: Sequence[Filter],
                      days: Sequence[int], words: int) -> CustomersOfDays | None:  # fmt: skip
    """The customers of some days (keys, ascending) by levels and within filters of members, neither of them of
    customers; None where the lines are not in memory."""
    if not is_held(warehouse, cube):
        return None
    cell_query = CellQuery(
        tuple(levels), ((True,) * len(levels),), (), Scope(_runs(days), tuple(filters), ()), {}
    )
    store = store_of(warehouse, cube)
    held = store.held({f"{name}_key": f"{cube.fact}.{name}_key" for name in tables_of(cube, cell_query)})
    found = held and planned(store, held, warehouse, cube, cell_query)
    if not found or found.line_pass.cells * words * 8 > MOST_BYTES:
        return None
    marked = CustomersOfDays(found, words)
    few = CustomersOfDays(replace(found, line_pass=found.line_pass.rehearsed()), words)
    return marked if rehearsed(store, ("marks", *found.line_pass.shape((), True)), few.sets) else None


def _runs(days: Sequence[int]) -> tuple[Days, ...]:
    """Days as runs of them."""
    found = []
    for _, run in groupby(enumerate(days), lambda each: each[1] - each[0]):
        own = [day for _, day in run]
        found.append(Days(own[0], own[-1]))
    return tuple(found)
