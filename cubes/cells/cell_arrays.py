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
    groups = grouped([each for each, keep in zip(cells.codes, kept, strict=True) if keep], cells.height)
    unknown = {name: lost for name, array in cells.values.items() if (lost := np.isnan(array)).any()}
    values = {name: (folds[name], array) for name, array in cells.values.items()}
    values |= {
        name: ("sum", np.where(lost, 0, cells.values[name]))
        for name, lost in unknown.items()
        if folds[name] == "sum"
    }
    folded = groups.folded(values)
    for name, known in groups.folded({name: ("sum", ~lost) for name, lost in unknown.items()}).items():
        folded[name] = np.where(known > 0, folded[name], np.nan)
    return Cells(groups.codes, folded)
