"""The cells of which sets of customers are stored: which there are, and what their levels tell of those above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cubes.aggregates.bitmaps import stored_bitmaps
from cubes.aggregates.codes_above import codes_above
from cubes.cells.grain import Grain, parsed
from cubes.model import Cube, Level, Measure
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Held:
    """The rows stored of one grain: row in the table, whether it is the first of its cell, period, a code a level.

    `counted` is how many customers come with each row; those of a cell add up. A row of which that is not known stands
    as the first of a cell of its own, to be united with the others.
    """

    row: np.ndarray
    first: np.ndarray
    period: np.ndarray
    codes: Mapping[str, np.ndarray]
    counted: np.ndarray

    def words(self, words: int) -> np.ndarray:
        """How many words the sets of each period take in memory, by the period's code from the first on."""
        sizes = np.minimum(self.counted // 2 + 1, words)
        return np.bincount(self.period - self.since, sizes)

    @property
    def since(self) -> int:
        """The first period."""
        return int(self.period.min(initial=np.iinfo(np.int32).max))


class BitmapCells:
    """The cells of one measure of a cube in one snapshot. Safe to use from many threads."""

    def __init__(self, warehouse: Warehouse, cube: Cube, measure: Measure) -> None:
        self.warehouse, self.cube, self.measure = warehouse, cube, measure
        self._held: dict[Grain, Held] = {}
        self._words: dict[Grain, tuple[int, np.ndarray]] = {}
        self._told: dict[frozenset[str], list[tuple[str, ...]]] = {}
        self._parts: dict[int, list[int]] = {}
        self._above: dict[tuple[str, str], np.ndarray | None] = {}

    @cached_property
    def grains(self) -> tuple[Grain, ...]:
        """What is stored."""
        if not stored_bitmaps.is_there(self.warehouse.rows):
            return ()
        rows = self.warehouse.rows(
            f"SELECT grain FROM rollup.{stored_bitmaps.KEPT} WHERE cube = ? AND measure = ? AND condition = ?"
            " ORDER BY rowid",
            [self.cube.name, self.measure.name, self.measure.condition],
        )
        return tuple(parsed(grain) for (grain,) in rows)

    @cached_property
    def times(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """The times of which sets are stored, by the levels beside them."""
        found: dict[tuple[str, ...], tuple[str, ...]] = {}
        for grain in self.grains:
            found[grain.levels] = (*found.get(grain.levels, ()), grain.period)
        return found

    @cached_property
    def _without_sets(self) -> frozenset[str]:
        """The grains whose cells are only counted."""
        rows = self.warehouse.rows(
            "SELECT DISTINCT grain FROM rollup.bitmap WHERE cube = ? AND measure = ? AND bits IS NULL",
            [self.cube.name, self.measure.name],
        )
        return frozenset(grain for (grain,) in rows)

    def families(self, needed: Sequence[str]) -> list[tuple[str, ...]]:
        """The sets of levels stored that tell all needed levels apart."""
        key = frozenset(needed)
        if key not in self._told:
            self._told[key] = [
                family
                for family in self.times
                if all(any(self._tells(name, level) for name in family) for level in key)
            ]
        return self._told[key]

    def _tells(self, below: str, level: str) -> bool:
        return below == level or self._upwards(below, level) is not None

    def _upwards(self, below: str, level: str) -> np.ndarray | None:
        """The code of `level` for each code of `below`; None where that is not one."""
        if (below, level) not in self._above:
            self._above[below, level] = self._map(self.cube.level(below), self.cube.level(level))
        return self._above[below, level]

    def _map(self, below: Level, level: Level) -> np.ndarray | None:
        if below.dimension != level.dimension:
            return None
        found = self.warehouse.arrays(
            f"SELECT DISTINCT {below.name}_code AS below, {level.name}_code AS above FROM {level.dimension}"
        )
        return codes_above(found["below"], found["above"])

    def codes(self, held: Held, family: tuple[str, ...], level: str) -> np.ndarray:
        """The code of a level of each stored cell, from that of a level below where need be."""
        if level in held.codes:
            return held.codes[level]
        maps = ((name, self._upwards(name, level)) for name in family)
        below, codes = next((name, found) for name, found in maps if found is not None)
        above: np.ndarray = codes[held.codes[below]]
        return above

    def stored(self, grain: Grain) -> Held:
        """The rows stored of a grain."""
        if grain not in self._held:
            codes = "".join(f", cell[{at}] AS code{at}" for at in range(1, len(grain.levels) + 1))
            found = self.warehouse.arrays(
                "SELECT rowid AS number, row_number() OVER (PARTITION BY period, cell ORDER BY rowid) = 1 AS first,"
                f" period, counted{codes}"
                " FROM rollup.bitmap WHERE cube = ? AND measure = ? AND grain = ? ORDER BY ALL",
                [self.cube.name, self.measure.name, grain.written],
            )
            own = {name: np.asarray(found[f"code{at}"]) for at, name in enumerate(grain.levels, 1)}
            alone = found["first"] | (found["counted"] < 0)
            held = Held(found["number"], alone, found["period"], own, np.abs(found["counted"]))
            if grain.written in self._without_sets:
                self._note_parts(held, self.stored(Grain("year", grain.levels)))
            self._held[grain] = held
        return self._held[grain]

    def _note_parts(self, ever: Held, years: Held) -> None:
        """Note the rows of the years of each row of all time."""
        of_cell: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for row, *cell in zip(
            years.row.tolist(), *(each.tolist() for each in years.codes.values()), strict=True
        ):
            of_cell[tuple(cell)].append(row)
        for row, *cell in zip(
            ever.row.tolist(), *(each.tolist() for each in ever.codes.values()), strict=True
        ):
            self._parts[row] = of_cell[tuple(cell)]

    def with_sets(self, rows: np.ndarray) -> np.ndarray:
        """The rows, with the years in the place of those of all time whose customers are only counted."""
        if not self._parts:
            return rows
        parts = dict.fromkeys(part for row in rows.tolist() for part in self._parts.get(row, (row,)))
        return np.array(list(parts), np.int64)

    def words_within(self, grain: Grain, periods: np.ndarray, words: int) -> float:
        """How many words the sets of these periods take, of which one of everybody takes `words`."""
        if grain not in self._words:
            held = self.stored(grain)
            self._words[grain] = held.since, held.words(words)
        since, taken = self._words[grain]
        at = periods - since
        return float(taken[at[(at >= 0) & (at < len(taken))]].sum())
