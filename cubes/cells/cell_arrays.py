"""Cells as arrays: what every source of an answer gives, and how coarser cells are made of finer ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

DENSE = 1 << 22
OTHERS = -1
NOBODY = 0
ROLLED_UP = -2


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one grouping set: the codes of each level kept (int32), and a value array by name.

    Code -1 is Others, 0 what is not known. A value that is not known is NaN.
    """

    codes: tuple[np.ndarray, ...]
    values: Mapping[str, np.ndarray]

    @property
    def height(self) -> int:
        return len(self.codes[0]) if self.codes else len(next(iter(self.values.values())))


def grouped(
    codes: Sequence[np.ndarray], values: Mapping[str, tuple[str, np.ndarray]], rows: int
) -> tuple[tuple[np.ndarray, ...], dict[str, np.ndarray]]:
    """One cell for each combination of codes there is, by the codes; `values` name how they fold (sum, min, max).

    Without codes there is one cell, of all rows (even of none). Sums of whole numbers are exact below 2^53.
    """
    if not codes:
        key, places, size = np.zeros(rows, np.int64), np.zeros(1, np.int64), 1
        found: tuple[np.ndarray, ...] = ()
    else:
        key, places, size, found = _keyed(codes)
    folded = {name: _folded(how, array, key, size)[places] for name, (how, array) in values.items()}
    return found, folded


def _keyed(codes: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, int, tuple[np.ndarray, ...]]:
    """A number for each row that says its cell, the numbers that there are, their bound, and the cells' codes."""
    lows = [int(each.min(initial=0)) for each in codes]
    sizes = [int(each.max(initial=low)) - low + 1 for each, low in zip(codes, lows, strict=True)]
    key = np.zeros(len(codes[0]), np.int64)
    for each, low, size in zip(codes, lows, sizes, strict=True):
        key *= size
        key += each
        key -= low
    bound = 1
    for size in sizes:
        bound *= size
    if bound <= DENSE:
        there = np.zeros(bound, bool)
        there[key] = True
        places, whole = np.flatnonzero(there), np.flatnonzero(there)
    else:
        whole, key = np.unique(key, return_inverse=True)
        places, bound = np.arange(len(whole)), len(whole)
    found = []
    for low, size in zip(reversed(lows), reversed(sizes), strict=True):
        whole, own = np.divmod(whole, size)
        found.append((own + low).astype(np.int32))
    return key, places, bound, tuple(reversed(found))


def _folded(how: str, array: np.ndarray, key: np.ndarray, size: int) -> np.ndarray:
    if how == "sum":
        return np.bincount(key, weights=array, minlength=size)
    found = np.full(size, np.nan)
    if how == "max":
        np.fmax.at(found, key, array)
    else:
        np.fmin.at(found, key, array)
    return found


def coarser(cells: Cells, kept: Sequence[bool], folds: Mapping[str, str]) -> Cells:
    """The cells with only these levels kept; `folds` says how values are put together. None make what is unknown."""
    if not cells.height:
        whole = np.full(0 if any(kept) else 1, np.nan)
        return Cells(
            tuple(np.zeros(0, np.int32) for keep in kept if keep), dict.fromkeys(cells.values, whole)
        )
    codes = [each for each, keep in zip(cells.codes, kept, strict=True) if keep]
    values = {name: (folds[name], array) for name, array in cells.values.items()}
    known = {name: np.isnan(array) for name, array in cells.values.items()}
    safe = {
        name: (how, np.where(known[name], 0, array) if how == "sum" else array)
        for name, (how, array) in values.items()
    }
    lost = {f"{name} lost": ("sum", (~known[name]).astype(float)) for name in values if known[name].any()}
    found, folded = grouped(codes, {**safe, **lost}, cells.height)
    for name in lost:
        value = name.removesuffix(" lost")
        folded[value] = np.where(folded.pop(name) > 0, folded[value], np.nan)
    return Cells(found, folded)
