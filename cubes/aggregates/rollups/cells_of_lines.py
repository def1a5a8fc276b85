"""The cells of many lines by arrays: each line's words are put into the row of its cell, not into a table of hashes.

Roll-ups of months and days are told chunk by chunk. One of years keeps its last year until lines of a later one come.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cubes.aggregates.line_chunk import Arrays
from cubes.aggregates.rollups import partial_aggregates
from cubes.aggregates.rollups.added_words import Word
from cubes.cells.packed_codes import Packing
from data.errors import WarehouseError

MOST_BYTES = 1 << 28  # what all cells that there could be of one roll-up at a time may take
BLOCK = 1 << 15  # lines whose words lie side by side at a time, near the processor
FOLDS = ("sum", "min", "max")


@dataclass(frozen=True, slots=True)
class WordRows:
    """The words of lines as rows: what is added up first, then least values, then greatest."""

    words: tuple[Word, ...]

    @classmethod
    def of(cls, words: Collection[Word]) -> WordRows:
        return cls(tuple(sorted(words, key=lambda word: FOLDS.index(word.parts[0].fold))))

    def count(self, fold: str) -> int:
        """How many are put together so."""
        return sum(word.parts[0].fold == fold for word in self.words)

    def empty(self, cells: int) -> np.ndarray:
        """The rows (int64) of cells without lines."""
        found = np.zeros((cells, len(self.words)), np.int64)
        for at, word in enumerate(self.words):
            if nothing := partial_aggregates.NONE.get(word.parts[0].fold):
                found[:, at] = nothing
        return found

    def fill(self, columns: Arrays, lines: slice, rows: np.ndarray) -> None:
        """Write the rows of some lines."""
        from cubes.aggregates import build_kernels

        for at, word in enumerate(self.words):
            build_kernels.place_words(columns[word.name][lines], at, rows)


@dataclass(frozen=True, slots=True)
class CellRows:
    """A row of words for each cell that there could be of some `periods`, and which of them have lines."""

    packing: Packing
    rows: np.ndarray
    there: np.ndarray

    def put(self, cell: np.ndarray, words: np.ndarray, rows: WordRows) -> None:
        """Put lines together, each in its cell."""
        from cubes.aggregates import build_kernels

        build_kernels.fold_lines(cell, words, rows.count("sum"), rows.count("min"), self.rows, self.there)

    def of_periods(self, first: int, last: int) -> slice:
        """Where the rows of some periods stand."""
        each = self.packing.bound // self.packing.sizes[0]
        return slice((first - self.packing.lows[0]) * each, (last + 1 - self.packing.lows[0]) * each)


class CellsOfLines:
    """The cells of one roll-up by `levels`, its period first; a code of another level lies below its size."""

    def __init__(self, levels: Sequence[str], sizes: Mapping[str, int], words: WordRows) -> None:
        self._levels, self._words = tuple(levels), words
        self._sizes = tuple(sizes[name] for name in self._levels[1:])
        self._open: CellRows | None = None

    def fits(self, periods: int) -> bool:
        """Whether as many rows may be held as there could be cells in so many periods."""
        bound = Packing((), (periods, *self._sizes)).bound
        return bound * (8 * len(self._words.words) + 1) <= MOST_BYTES

    def open(self, spans: Mapping[str, tuple[int, int]]) -> None:
        """Make room for some lines (the least and greatest code of each level), beside the cells that are kept.

        Raises WarehouseError where a code is not among those of its level.
        """
        for name, size in zip(self._levels[1:], self._sizes, strict=True):
            if spans[name][0] < 0 or spans[name][1] >= size:
                raise WarehouseError(
                    f"Lines name a member that {name} does not have.",
                    "Load the members again, then make roll-ups anew with 'python -m cubes rollups build'.",
                )
        self._open = self._opened(*spans[self._levels[0]])

    def put(self, codes: Arrays, lines: slice, words: np.ndarray) -> None:
        """Put the words of some lines (int64, a row a line) into their cells."""
        if self._open:
            columns = [codes[name][lines] for name in self._levels]
            self._open.put(self._open.packing.packed(columns, len(words), np.int32), words, self._words)

    def taken(self, kept_from: int | None = None) -> Arrays:
        """The codes and words of all cells with lines, in the order of their codes; those of periods from `kept_from`
        on are kept for lines to come."""
        table, self._open = self._open, None
        if table is None:
            return {}
        last = table.packing.lows[0] + table.packing.sizes[0] - 1
        if kept_from is not None and kept_from <= last:
            self._open = self._copied(table, kept_from, last)
            table.there[table.of_periods(kept_from, last)] = 0
        places = np.flatnonzero(table.there)
        found = table.rows[places]
        codes = dict(zip(self._levels, table.packing.unpacked(places), strict=True))
        return {
            **codes,
            **{word.name: np.ascontiguousarray(found[:, at]) for at, word in enumerate(self._words.words)},
        }

    def _opened(self, first: int, last: int) -> CellRows:
        """Rows for these periods and those kept."""
        kept = self._open
        if kept:
            first = min(first, kept.packing.lows[0])
            last = max(last, kept.packing.lows[0] + kept.packing.sizes[0] - 1)
            if (first, last - first + 1) == (kept.packing.lows[0], kept.packing.sizes[0]):
                return kept
        packing = Packing((first, *(0 for _ in self._sizes)), (last - first + 1, *self._sizes))
        found = CellRows(packing, self._words.empty(packing.bound), np.zeros(packing.bound, np.uint8))
        if kept:
            own = found.of_periods(kept.packing.lows[0], kept.packing.lows[0] + kept.packing.sizes[0] - 1)
            found.rows[own], found.there[own] = kept.rows, kept.there
        return found

    def _copied(self, table: CellRows, first: int, last: int) -> CellRows:
        packing = Packing((first, *table.packing.lows[1:]), (last - first + 1, *self._sizes))
        own = table.of_periods(first, last)
        return CellRows(packing, table.rows[own].copy(), table.there[own].copy())


def put(cells: Collection[CellsOfLines], words: WordRows, codes: Arrays, columns: Arrays) -> None:
    """Put some lines (codes and words by name, an entry a line) into the cells of several roll-ups.

    Raises WarehouseError where a code is not among those of its level.
    """
    spans = {name: (int(own.min()), int(own.max())) for name, own in codes.items()} if cells else {}
    for each in cells:
        each.open(spans)
    count = len(columns[words.words[0].name])
    rows = np.empty((min(BLOCK, count), len(words.words)), np.int64)
    for begin in range(0, count, BLOCK) if cells else ():
        lines = slice(begin, min(begin + BLOCK, count))
        own = rows[: lines.stop - begin]
        words.fill(columns, lines, own)
        for each in cells:
            each.put(codes, lines, own)
