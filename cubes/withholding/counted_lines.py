"""The lines behind cells: whose they are and in which cell of each grouping set they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from cubes.cells import cell_sql
from cubes.cells.cell_query import CellQuery, GroupingSet
from cubes.cells.fact_sql import FactRelation
from cubes.cells.packed_codes import Groups, grouped
from cubes.cells.statement import SqlStatement
from cubes.model import Cube
from cubes.withholding.counted_space import CountedSpace, Family, spaces
from data.store.warehouse import Warehouse

MOST_MARGINS = 4


def lines_behind(cube: Cube, cell_query: CellQuery, conditions: Sequence[str]) -> SqlStatement:
    """The lines of a read: what tells each (`line`), its `customer` (code) and `order_key` (0 where the fact has none),
    `level_<place>` of each level (code, -1 beyond the top), and `meets_<place>`, whether it meets each condition. Pure.
    """
    relation, customer = FactRelation(cube, {}), cube.level("customer")
    joined: list[Any] = []
    kept: list[Any] = []
    levels = cell_query.levels
    facts = relation.source(replace(cell_query, levels=(*levels, customer)), joined)
    within = relation.within(cell_query.scope, kept)
    folds, keys, shown = cell_sql.fold([relation.column(level) for level in levels], levels, cell_query.tops)
    order = f"{cube.fact}.order_key" if cube.has_orders else "0"
    columns = [
        f"hash({cube.fact}) AS line",
        f"{relation.column(customer)} AS customer",
        f"{order} AS order_key",
    ]
    columns += [f"{key} AS level_{at}" for at, key in enumerate(keys)]
    columns += [f"({each or 'true'}) AS meets_{at}" for at, each in enumerate(conditions)]
    return SqlStatement(f"SELECT {', '.join(columns)}\n  {facts}{folds}{within}", (*joined, *shown, *kept))


@dataclass(frozen=True, eq=False)
class CountedLines:
    """Some lines, an entry each: what tells it, its customer (0 is nobody known), its order (0 where orders are not
    told), and the codes of the levels."""

    lines: np.ndarray
    customers: np.ndarray
    orders: np.ndarray
    codes: tuple[np.ndarray, ...]
    sets: tuple[GroupingSet, ...]

    @cached_property
    def finest(self) -> Groups:
        """The lines by all levels."""
        return grouped(self.codes, len(self.lines))

    @cached_property
    def cells(self) -> tuple[Groups, ...]:
        """Of each grouping set its cells; their rows are the groups of `finest`."""
        codes = self.finest.codes
        kept = [tuple(each for each, keep in zip(codes, own, strict=True) if keep) for own in self.sets]
        return tuple(grouped(own, len(self.finest.places)) for own in kept)

    @cached_property
    def first_of_set(self) -> list[int]:
        """The place of the first cell of each grouping set among the cells of all, then how many cells all have."""
        return [0, *np.cumsum([len(each.places) for each in self.cells]).tolist()]

    @cached_property
    def cells_of_finest(self) -> np.ndarray:
        """The cell of each grouping set (column) that each group of `finest` (row) stands in."""
        found = [start + each.of_rows for start, each in zip(self.first_of_set, self.cells, strict=False)]
        return np.column_stack(found)

    @cached_property
    def regions(self) -> np.ndarray:
        """What tells the lines of each cell from those of others, whatever the question: the sum of their hashes."""
        finest = np.zeros(len(self.finest.places), np.uint64)
        np.add.at(finest, self.finest.of_rows, self.lines)
        found = np.zeros(self.first_of_set[-1], np.uint64)
        for cells in self.cells_of_finest.T:
            np.add.at(found, cells, finest)
        return found

    @cached_property
    def people(self) -> np.ndarray:
        """How many different customers each cell has, one grouping set after the other."""
        return self._different(self.customers)

    @cached_property
    def order_counts(self) -> np.ndarray:
        """How many different orders each cell has, one grouping set after the other; 0 where they are not told."""
        return self._different(self.orders)

    def _different(self, numbers: np.ndarray) -> np.ndarray:
        """How many different numbers above 0 the lines of each cell have."""
        known = numbers > 0
        which, at = unique_pairs(numbers[known], self.finest.of_rows[known])
        found = [unique_pairs(which, cells[at])[1] for cells in self.cells_of_finest.T]
        return np.bincount(np.concatenate(found), minlength=self.first_of_set[-1]).astype(float)

    def spaces(self) -> list[CountedSpace]:
        """The cells of all grouping sets, one set after the other, counting customers, lines, and orders if told."""
        families = list(self.families())
        return spaces((self.people, self._amounts(), self.order_counts), families)

    def _amounts(self) -> np.ndarray:
        """How many lines each cell has."""
        lines = np.bincount(self.finest.of_rows, minlength=len(self.finest.places)).astype(float)
        sizes = [
            np.bincount(cells, weights=lines, minlength=self.first_of_set[-1])
            for cells in self.cells_of_finest.T
        ]
        found: np.ndarray = np.sum(sizes, axis=0)
        return found

    def families(self) -> Iterator[Family]:
        """The cells of each grouping set within those of the sets that keep one level fewer."""
        for (child, own), (parent, above) in product(enumerate(self.sets), repeat=2):
            if sum(own) == sum(above) + 1 and all(own[at] for at, keep in enumerate(above) if keep):
                parents, children = unique_pairs(
                    self.cells_of_finest[:, parent], self.cells_of_finest[:, child]
                )
                yield Family(parents, children)


def unique_pairs(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different pairs of two columns of numbers from 0 to 2^31, sorted.

    >>> [each.tolist() for each in unique_pairs(np.array([2, 1, 2]), np.array([5, 7, 5]))]
    [[1, 2], [7, 5]]
    """
    keys = different((one.astype(np.int64) << 32) | other.astype(np.int64))
    return keys >> 32, keys & 0xFFFFFFFF


def different(values: np.ndarray) -> np.ndarray:
    """The different values, sorted: `np.unique` hashes them, which takes many times as long for many."""
    ordered = np.sort(values)
    found: np.ndarray = ordered[
        np.concatenate([np.ones(min(len(ordered), 1), bool), ordered[1:] != ordered[:-1]])
    ]
    return found


def read_lines(
    warehouse: Warehouse, cube: Cube, cell_query: CellQuery, conditions: Sequence[str]
) -> list[CountedLines]:
    """The lines behind a read that meet each condition, by the grouping sets of `every_set`."""
    statement = lines_behind(cube, cell_query, conditions)
    found = {
        name: np.ma.getdata(each)
        for name, each in warehouse.arrays(statement.text, statement.parameters).items()
    }
    codes = tuple(found[f"level_{at}"].astype(np.int32) for at in range(len(cell_query.levels)))
    sets = every_set(cell_query)
    return [
        CountedLines(
            found["line"][own],
            found["customer"][own],
            found["order_key"][own],
            tuple(each[own] for each in codes),
            sets,
        )
        for own in (found[f"meets_{at}"].astype(bool) for at in range(len(conditions)))
    ]


def every_set(cell_query: CellQuery) -> tuple[GroupingSet, ...]:
    """The grouping sets of a read, then all others of its levels, which may be asked next; of many levels its own."""
    levels = len(cell_query.levels)
    others = product((True, False), repeat=levels) if levels <= MOST_MARGINS else ()
    return tuple(dict.fromkeys((*cell_query.sets, *others)))
