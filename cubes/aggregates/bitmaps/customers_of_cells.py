"""The customers of every cell of some lines: all cells side by side, each a run of sorted keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cubes.aggregates import line_chunk
from cubes.cells.packed_codes import Packing

NARROWEST: tuple[tuple[type[np.integer[Any]], int], ...] = (
    (np.int32, 1 << 31),
    (np.uint32, 1 << 32),
    (np.int64, 1 << 63),
)
MOST_CELLS = 1 << 22
BLOCK = 1 << 16
SEARCHED = 4  # from how many lines a possible cell on the cells are looked for one by one


@dataclass(frozen=True, slots=True)
class CustomersOfCells:
    """Cells that have customers: a row of codes each, the period first, and where their keys begin and end."""

    codes: np.ndarray
    bounds: np.ndarray
    keys: np.ndarray

    def __iter__(self) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        for cell, (begin, end) in zip(self.codes.tolist(), pairwise(self.bounds.tolist()), strict=True):
            yield tuple(cell), self.keys[begin:end]


def cells_of(columns: Sequence[np.ndarray], keys: np.ndarray) -> CustomersOfCells:
    """The sorted distinct keys (int32) of the lines of each combination of codes in all columns."""
    if not len(keys):
        return CustomersOfCells(
            np.zeros((0, len(columns)), np.int32), np.zeros(1, np.int64), np.zeros(0, np.int32)
        )
    packing, width = Packing.of(columns), int(keys.max()) + 1
    if len(keys) >= line_chunk.MANY_LINES and packing.bound <= MOST_CELLS:
        return _by_places(packing, _cells(packing, columns), keys)
    kind = next(kind for kind, limit in NARROWEST if packing.bound * width < limit)
    pairs = packing.packed(columns, len(keys), kind)
    pairs *= kind(width)
    pairs += keys.astype(kind, copy=False)
    pairs.sort()
    new = np.ones(len(pairs), np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=new[1:])
    pairs = pairs[new]
    cells, bounds = _bounds(pairs, width, packing.bound)
    pairs -= np.repeat((cells * width).astype(kind), np.diff(bounds))
    codes = np.stack(packing.unpacked(cells), axis=1)
    return CustomersOfCells(codes, bounds, pairs.astype(np.int32, copy=False))


def _cells(packing: Packing, columns: Sequence[np.ndarray]) -> np.ndarray:
    """The number (int32) of each line's cell; some lines at a time, so that they stay near the processor."""
    found = np.empty(len(columns[0]), np.int32)
    for begin in range(0, len(found), BLOCK):
        some = slice(begin, min(begin + BLOCK, len(found)))
        found[some] = packing.packed([each[some] for each in columns], some.stop - begin, np.int32)
    return found


def _by_places(packing: Packing, cell: np.ndarray, keys: np.ndarray) -> CustomersOfCells:
    """The same by putting each line's key beside those of its cell: lines of one customer often follow each other, and
    most keys come in their order, so that little is left to be sorted."""
    from cubes.aggregates import build_kernels

    last, counts = np.full(packing.bound, -1, np.int32), np.zeros(packing.bound, np.int64)
    build_kernels.count_changes(cell, keys, last, counts)
    there = np.flatnonzero(counts)
    ends = np.cumsum(counts)
    found = np.empty(int(ends[-1]), np.int32)
    last.fill(-1)
    build_kernels.place_changes(cell, keys, last, ends - counts, found)
    bounds = np.append(0, ends[there])
    ascends = np.empty(len(there), np.bool_)
    if not build_kernels.is_ascending(found, bounds, ascends):
        for at in np.flatnonzero(~ascends).tolist():
            found[bounds[at] : bounds[at + 1]].sort()
        closed = np.empty_like(bounds)
        build_kernels.close_up(found, bounds, closed)
        bounds = closed
    codes = np.stack(packing.unpacked(there), axis=1)
    return CustomersOfCells(codes, bounds, found[: bounds[-1]])


def _bounds(pairs: np.ndarray, width: int, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Which cells there are in sorted pairs, and where each begins and the last ends."""
    if cells * SEARCHED > len(pairs):
        each = pairs // pairs.dtype.type(width)
        begins = np.flatnonzero(np.diff(each, prepend=each.dtype.type(0)) != 0)
        begins = np.union1d(begins, [0])
        return each[begins].astype(np.int64), np.append(begins, len(pairs))
    bounds = np.append(np.searchsorted(pairs, (np.arange(cells) * width).astype(pairs.dtype)), len(pairs))
    there = np.flatnonzero(np.diff(bounds))
    return there, np.append(bounds[there], len(pairs))
