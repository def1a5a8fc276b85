"""The stored cells that make up those of a question, side by side by group, and lines beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cubes.aggregates.bitmaps import customer_sets
from cubes.aggregates.bitmaps.bitmap_cells import BitmapCells, Held
from cubes.aggregates.bitmaps.bitmap_grains import may_be_kept
from cubes.aggregates.bitmaps.period_cover import Cover
from cubes.cells.cell_arrays import with_others
from cubes.cells.grain import Grain
from cubes.cells.packed_codes import grouped
from cubes.cells.scope import Scope
from cubes.model import Cube

Tops = Mapping[str, Sequence[int]]
Customers = tuple[Mapping[str, np.ndarray], list[np.ndarray]]
Read = dict[int, np.ndarray]


@dataclass(frozen=True, slots=True)
class Road:
    """The stored cells that answer a question: the rows of each group side by side, and the codes of the groups.

    Negative rows are of days that no stored period makes up, and of lines that came since: `read` has their customers,
    once they are read.
    """

    rows: np.ndarray
    first: np.ndarray
    counted: np.ndarray
    begins: np.ndarray
    codes: Mapping[str, np.ndarray]
    read: Mapping[int, np.ndarray]

    @property
    def alone(self) -> np.ndarray:
        """Whether a group is one stored cell, of which it is known how many customers it has."""
        return (
            np.add.reduceat(self.first, self.begins, dtype=np.int64) == 1 if len(self.begins) else self.first
        )

    @property
    def nbytes(self) -> int:
        """Its own size in memory."""
        return sum(
            each.nbytes for each in (self.rows, self.first, self.counted, self.begins, *self.codes.values())
        )

    def sizes(self, words: int) -> int:
        """How many words the sets take in memory."""
        return int(np.minimum(self.counted // 2 + 1, words).sum())


def levels_of_cells(cube: Cube, kept: Sequence[str]) -> tuple[str, ...]:
    """The levels by which stored cells are put together: those of no customers, then time's."""
    return (
        *(name for name in kept if may_be_kept(cube.level(name))),
        *(name for name in kept if cube.level(name).is_time),
    )


def road_of(
    stored: BitmapCells,
    family: tuple[str, ...],
    covered: Cover,
    kept: tuple[str, ...],
    scope: Scope,
    tops: Tops,
    edges: Sequence[Customers],
) -> Road:
    """The stored cells of a way, and the customers of cells that were read beside them."""
    names = levels_of_cells(stored.cube, kept)
    own = [name for name in names if not stored.cube.level(name).is_time]
    beside, read = _beside(names, edges)
    parts = [_none(len(names)), *_in_store(stored, family, covered, own, scope), *beside]
    row, first, counted, *columns = (np.concatenate(each) for each in zip(*parts, strict=True))
    folded = [with_others(each, tops.get(name)) for name, each in zip(names, columns, strict=True)]
    return _sorted(row, first, counted, dict(zip(names, folded, strict=True)), read)


def _none(columns: int) -> list[np.ndarray]:
    """No cell: its row, whether it is the first, how many customers, and its codes."""
    return [np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0, np.int64)] + [
        np.zeros(0, np.int32)
    ] * columns


def _in_store(
    stored: BitmapCells, family: tuple[str, ...], covered: Cover, levels: Sequence[str], scope: Scope
) -> Iterator[list[np.ndarray]]:
    """The cells stored of each period that lie in the scope, as in `_none`."""
    filters = [each for each in scope.filters if may_be_kept(stored.cube.level(each.level))]
    for time, (periods, groups) in covered.periods.items():
        held = stored.stored(Grain(time, family))
        chosen, group = _chosen(held, periods, groups)
        for each in filters:
            chosen &= np.isin(stored.codes(held, family, each.level), each.codes, invert=each.exclude)
        own = [stored.codes(held, family, name)[chosen] for name in levels]
        in_time = [code[group[chosen]] for code in covered.codes]
        yield [held.row[chosen], held.first[chosen], held.counted[chosen], *own, *in_time]


def _beside(names: Sequence[str], edges: Sequence[Customers]) -> tuple[list[list[np.ndarray]], Read]:
    """The cells that were read, as in `_none`, numbered below 0, and the customers of each."""
    parts, read = list[list[np.ndarray]](), dict[int, np.ndarray]()
    for codes, sets in edges:
        number = -1 - np.arange(len(read), len(read) + len(sets))
        read |= zip(number.tolist(), sets, strict=True)
        size = np.array([customer_sets.size(each) for each in sets], np.int64)
        parts.append([number, np.ones(len(number), np.bool_), size, *(codes[name] for name in names)])
    return parts, read


def _chosen(held: Held, periods: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which stored cells lie in these periods (ascending), and in which group of time each of all cells."""
    if not len(periods):
        return np.zeros(len(held.period), np.bool_), np.zeros(len(held.period), np.int64)
    at = np.minimum(np.searchsorted(periods, held.period), len(periods) - 1)
    return periods[at] == held.period, groups[at]


def _sorted(
    row: np.ndarray,
    first: np.ndarray,
    counted: np.ndarray,
    columns: Mapping[str, np.ndarray],
    read: Mapping[int, np.ndarray],
) -> Road:
    """The rows with those of one group side by side."""
    groups = grouped(list(columns.values()), len(row))
    order = np.argsort(groups.of_rows, kind="stable")
    group = groups.of_rows[order]
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    return Road(
        row[order], first[order], counted[order], begins, dict(zip(columns, groups.codes, strict=True)), read
    )
