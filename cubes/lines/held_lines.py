"""Lines in memory: columns in one order, by month, customer's code and order, and where each month's begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cubes.cells.packed_codes import Packing

KINDS: tuple[type[np.integer[Any]], ...] = (
    np.uint8,
    np.uint16,
    np.int32,
    np.int64,
)  # the narrowest that holds all
DAY, BEGINS = "day", "order begins"
Column = np.ndarray | int


@dataclass(frozen=True, slots=True)
class Months:
    """The months that have lines: the code of each, and where its lines begin and the last end."""

    codes: np.ndarray
    starts: np.ndarray

    @staticmethod
    def of(codes: np.ndarray, lines: np.ndarray) -> Months:
        """Those of these months in order that have lines, by how many each has."""
        there = np.flatnonzero(lines)
        return Months(codes[there], np.concatenate([[0], np.cumsum(lines[there])]).astype(np.int64))


@dataclass(frozen=True, slots=True)
class HeldLines:
    """Columns of the lines in their order, an array each, or one number where all are the same; and their months."""

    columns: Mapping[str, Column]
    months: Months

    @property
    def bytes(self) -> int:
        """What they take in memory."""
        return sum(each.nbytes for each in self.columns.values() if isinstance(each, np.ndarray))


def ordered(columns: Sequence[np.ndarray]) -> np.ndarray:
    """How rows are put in the order of several columns, the first of which weighs most."""
    packing = Packing.of(columns)
    if packing.bound >= 1 << 63:
        found: np.ndarray = np.lexsort(columns[::-1])
    else:
        found = np.argsort(packing.packed(columns, len(columns[0])), kind="stable")
    return found.astype(np.int32) if len(found) < 1 << 31 else found


def narrowest(values: np.ndarray) -> type[np.integer[Any]]:
    """The narrowest type that holds these whole numbers."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    return next(kind for kind in KINDS if low >= np.iinfo(kind).min and high <= np.iinfo(kind).max)
