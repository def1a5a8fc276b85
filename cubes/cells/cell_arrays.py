"""Cells as arrays: what every source of an answer gives, and how coarser cells are made of finer ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cubes.cells.packed_codes import grouped

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


def with_others(codes: np.ndarray, top: Collection[int] | None) -> np.ndarray:
    """Codes with those beyond the top as OTHERS.

    >>> with_others(np.array([0, 5, 2, 9], np.int32), [2, 5]).tolist()
    [-1, 5, 2, -1]
    """
    if top is None:
        return codes
    shown = np.full(max(int(codes.max(initial=0)), *top, 0) + 1, OTHERS, np.int32)
    shown[list(top)] = list(top)
    found: np.ndarray = shown[codes]
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
    groups = grouped(codes, cells.height)
    folded = groups.folded({**safe, **lost})
    for name in lost:
        value = name.removesuffix(" lost")
        folded[value] = np.where(folded.pop(name) > 0, folded[value], np.nan)
    return Cells(groups.codes, folded)
