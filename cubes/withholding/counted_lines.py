"""The lines behind cells: whose they are and in which cell of each grouping set they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from cubes.withholding.different_numbers import different_of, unique_pairs
from cubes.withholding.fact_lines import FactLines, fact_lines, line_of
from data.store.warehouse import Warehouse

MOST_MARGINS = 4


def lines_behind(cube: Cube, cell_query: CellQuery, conditions: Sequence[str]) -> SqlStatement:
    """The lines of a read: what tells each (`line`), `level_<place>` of each level (code, -1 beyond the top), and
    `meets_<place>`, whether it meets each condition. Pure.
    """
    relation = FactRelation(cube, {})
    joined: list[Any] = []
    kept: list[Any] = []
    levels = cell_query.levels
    facts = relation.source(cell_query, joined)
    within = relation.within(cell_query.scope, kept)
    folds, keys, shown = cell_sql.fold([relation.column(level) for level in levels], levels, cell_query.tops)
    columns = [f"{line_of(cube.fact)} AS line"]
    columns += [f"{key} AS level_{at}" for at, key in enumerate(keys)]
    columns += [f"({each or 'true'}) AS meets_{at}" for at, each in enumerate(conditions)]
    return SqlStatement(f"SELECT {', '.join(columns)}\n  {facts}{folds}{within}", (*joined, *shown, *kept))


@dataclass(frozen=True, eq=False)
class CountedLines:
    """Some lines, an entry each: its place among those of its fact, and the codes of the levels."""

    fact: FactLines
    lines: np.ndarray
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
        np.add.at(finest, self.finest.of_rows, self.fact.hashes[self.lines])
        found = np.zeros(self.first_of_set[-1], np.uint64)
        for cells in self.cells_of_finest.T:
            np.add.at(found, cells, finest)
        return found

    @cached_property
    def people(self) -> np.ndarray:
        """How many different customers each cell has, one grouping set after the other."""
        return self._different(self.fact.customers)

    @cached_property
    def order_counts(self) -> np.ndarray:
        """How many different orders each cell has, one grouping set after the other; 0 where they are not told."""
        return self._different(self.fact.orders)

    def _different(self, numbers: np.ndarray) -> np.ndarray:
        """How many different numbers above 0 the lines of each cell have."""
        which = numbers[self.lines]
        which, at = unique_pairs(which[which > 0], self.finest.of_rows[which > 0])
        found = [different_of(which, cells[at], self.first_of_set[-1]) for cells in self.cells_of_finest.T]
        total: np.ndarray = np.sum(found, axis=0)
        return total

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


def read_lines(
    warehouse: Warehouse, cube: Cube, cell_query: CellQuery, conditions: Sequence[str]
) -> list[CountedLines]:
    """The lines behind a read that meet each condition, by the grouping sets of `every_set`."""
    statement = lines_behind(cube, cell_query, conditions)
    found = {
        name: np.ma.getdata(each)
        for name, each in warehouse.arrays(statement.text, statement.parameters).items()
    }
    fact = fact_lines(warehouse, cube)
    lines = fact.places_of(found["line"])
    codes = tuple(found[f"level_{at}"].astype(np.int32) for at in range(len(cell_query.levels)))
    sets = every_set(cell_query)
    return [
        CountedLines(fact, lines[own], tuple(each[own] for each in codes), sets)
        for own in (found[f"meets_{at}"].astype(bool) for at in range(len(conditions)))
    ]


def every_set(cell_query: CellQuery) -> tuple[GroupingSet, ...]:
    """The grouping sets of a read, then all others of its levels, which may be asked next; of many levels its own."""
    levels = len(cell_query.levels)
    others = product((True, False), repeat=levels) if levels <= MOST_MARGINS else ()
    return tuple(dict.fromkeys((*cell_query.sets, *others)))
