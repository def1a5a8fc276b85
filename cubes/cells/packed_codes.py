"""Several columns of codes as one number a row: the group of each row, the codes of each group, and where both meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

DENSE = 1 << 22  # how many groups there could be that are told by a flag each, whatever the number of rows
LARGEST = (1 << 63) - 1

Columns = Sequence[np.ndarray]


@dataclass(frozen=True, slots=True)
class Packing:
    """From which code on each column goes, and how many codes that makes; the first column weighs most."""

    lows: tuple[int, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, *tables: Columns) -> Packing:
        """As wide as the rows of these tables of the same columns need it."""
        filled = [each for each in tables if len(each) and len(each[0])]
        if not filled:
            columns = len(tables[0])
            return cls((0,) * columns, (1,) * columns)
        lows = [min(int(each.min()) for each in some) for some in zip(*filled, strict=True)]
        highs = [max(int(each.max()) for each in some) for some in zip(*filled, strict=True)]
        return cls(tuple(lows), tuple(high - low + 1 for low, high in zip(lows, highs, strict=True)))

    @property
    def bound(self) -> int:
        """How many different rows there could be."""
        return prod(self.sizes)

    def packed(self, columns: Columns, rows: int, kind: type[np.integer[Any]] = np.int64) -> np.ndarray:
        """A number below `bound` for each row, of a type that holds it; it orders the rows as their codes do."""
        found: np.ndarray | None = None
        for column, low, size in zip(columns, self.lows, self.sizes, strict=True):
            if size > 1:
                own = (column - column.dtype.type(low)).astype(kind, copy=False)
                if found is not None:
                    found *= kind(size)
                    own += found
                found = own
        return np.zeros(rows, kind) if found is None else found

    def unpacked(self, numbers: np.ndarray) -> tuple[np.ndarray, ...]:
        """The codes of each column (int32) that were packed to these numbers."""
        if not self.sizes:
            return ()
        found = []
        for low, size in zip(self.lows[:0:-1], self.sizes[:0:-1], strict=True):
            numbers, own = np.divmod(numbers, size)
            found.append((own + low).astype(np.int32))
        found.append((numbers + self.lows[0]).astype(np.int32))
        return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of some rows in the order of their `codes` (int32, a column each).

    `key` is a number for each row below `bound`, `places` which of those numbers each group has.
    """

    key: np.ndarray
    places: np.ndarray
    bound: int
    codes: tuple[np.ndarray, ...]

    @property
    def of_rows(self) -> np.ndarray:
        """The group of each row, from 0 on."""
        if self.bound == len(self.places):
            return self.key
        number = np.zeros(self.bound, np.int64)
        number[self.places] = np.arange(len(self.places))
        found: np.ndarray = number[self.key]
        return found

    @property
    def closed_up(self) -> Groups:
        """The same without numbers that no group has."""
        return Groups(self.of_rows, np.arange(len(self.places)), len(self.places), self.codes)

    def within(self, rows: slice | np.ndarray) -> Groups:
        """The groups that some of the rows have: those of all rows, each tried, so that it suits most of them."""
        key, bound = self.of_rows[rows], len(self.places)
        places = np.flatnonzero(np.bincount(key, minlength=bound))
        return Groups(key, places, bound, tuple(codes[places] for codes in self.codes))

    @property
    def nbytes(self) -> int:
        """Its size in memory."""
        return self.key.nbytes + self.places.nbytes + sum(codes.nbytes for codes in self.codes)

    def folded(self, values: Mapping[str, tuple[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Values of the rows put together by group, each by sum (exact below 2^53), min or max of what is known."""
        found = {name: self._folded(how, array) for name, (how, array) in values.items()}
        return (
            found
            if self.bound == len(self.places)
            else {name: own[self.places] for name, own in found.items()}
        )

    def _folded(self, how: str, array: np.ndarray) -> np.ndarray:
        if how == "sum":
            return np.bincount(self.key, weights=array, minlength=self.bound)
        found = np.full(self.bound, np.nan)
        fold = np.fmax if how == "max" else np.fmin
        fold.at(found, self.key, array)
        return found


def grouped(columns: Columns, rows: int) -> Groups:
    """One group for each combination of codes that there is; without columns one, of all rows (even of none)."""
    if not columns:
        return Groups(np.zeros(rows, np.int64), np.zeros(1, np.int64), 1, ())
    packing = Packing.of(columns)
    key = packing.packed(columns, rows)
    if packing.bound <= DENSE + 2 * rows:
        there = np.zeros(packing.bound, bool)
        there[key] = True
        places = np.flatnonzero(there)
        return Groups(key, places, packing.bound, packing.unpacked(places))
    whole, key = np.unique(key, return_inverse=True)
    return Groups(key, np.arange(len(whole)), len(whole), packing.unpacked(whole))


def positions(columns: Columns, groups: Columns) -> np.ndarray:
    """Where among groups of these codes each row stands; -1 where it does among none."""
    packing = Packing.of(columns, groups)
    if packing.bound > LARGEST:
        keys, theirs = _packed_in_turn(columns, groups)
    else:
        keys, theirs = (packing.packed(each, len(each[0])) for each in (columns, groups))
    if not len(theirs):
        return np.full(len(keys), -1)
    order = np.argsort(theirs)
    found = order[np.minimum(np.searchsorted(theirs, keys, sorter=order), len(order) - 1)]
    return np.where(theirs[found] == keys, found, -1)


def _packed_in_turn(columns: Columns, groups: Columns) -> tuple[np.ndarray, np.ndarray]:
    """A number for each row of both that no other codes share, where all the numbers there could be are too many."""
    count = len(columns[0])
    found = np.zeros(count + len(groups[0]), np.int64)
    for mine, other in zip(columns, groups, strict=True):
        codes = np.unique(np.concatenate([mine, other]), return_inverse=True)[1]
        found = np.unique(found, return_inverse=True)[1] * (codes.max(initial=0) + 1) + codes
    return found[:count], found[count:]
