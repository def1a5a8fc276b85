"""Complementary cells: what has to be withheld beside small counts, so that what is shown does not tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from cubes.withholding.counted_space import CountedSpace

NOTHING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class WithheldCells:
    """`hidden` is a mask over the cells: the small ones and those beside them. `exposed` are the small ones that are
    told all the same by what cannot be withheld."""

    hidden: np.ndarray
    exposed: tuple[int, ...] = ()


def is_small(counts: np.ndarray, smallest: int) -> np.ndarray:
    """Which counts of customers are not shown: from 1 to less than `smallest`. That there is nobody may be shown."""
    found: np.ndarray = (counts > 0) & (counts < smallest)
    return found


def withhold(
    spaces: Sequence[CountedSpace],
    small: np.ndarray,
    smallest: int,
    fixed: np.ndarray | None = None,
    hidden: np.ndarray | None = None,
    costs: np.ndarray | None = None,
) -> WithheldCells:
    """The cells to withhold so that of each `small` one all from 0 to `smallest` - 1 may be true in every space.

    The spaces are different countings of the same cells. `fixed` cells are shown already and cannot be withheld;
    `hidden` ones are not shown anyway, and cost nothing. All are masks over the cells. `costs` say how much is lost
    with each cell. For each small cell in turn a linear programme finds the cheapest other world in which it is 0, and
    one in which it is `smallest` - 1; the cells that differ there are withheld. (The heuristic of Kelly, Golden and
    Assad 1992; each cell is proved as it is protected, and what is withheld for it only widens the others.)
    """
    count = len(small)
    gone = small | (np.zeros(count, bool) if hidden is None else hidden)
    stays = np.zeros(count, bool) if fixed is None else fixed & ~gone
    lost = np.log2(2 + spaces[0].totals) if costs is None else costs
    exposed: dict[int, None] = {}
    for space in spaces:
        worlds = _OtherWorlds(space, stays)
        cells = np.flatnonzero(small)
        cells = cells[np.argsort(-space.totals[cells], kind="stable")]
        for goal in (0.0, float(smallest - 1)):
            worlds.reach_many(cells, goal, gone)
            exposed |= {int(cell): None for cell in cells if not worlds.reach(cell, goal, gone, lost)}
    return WithheldCells(gone, tuple(exposed))


class _OtherWorlds:
    """Other amounts of the atoms that are alike in what is shown, and how far each cell was seen to go in them."""

    def __init__(self, space: CountedSpace, fixed: np.ndarray) -> None:
        self.space, self.fixed = space, fixed
        self.least, self.greatest = space.totals.copy(), space.totals.copy()
        cells, atoms = space.membership.shape
        eye = sparse.eye_array(cells, format="csr")
        self._equal = sparse.csr_array(sparse.hstack([space.membership, -eye, eye]))
        self._lowest = -space.amounts
        self._cells, self._atoms = cells, atoms

    def reached(self, cells: np.ndarray, goal: float) -> np.ndarray:
        """Which cells are known to be able to hold `goal`."""
        held: np.ndarray = (self.least[cells] <= goal + NOTHING) & (self.greatest[cells] >= goal - NOTHING)
        return held

    def reach_many(self, cells: np.ndarray, goal: float, gone: np.ndarray) -> None:
        """See how far the cells go together where only those `gone` may differ, until that shows nothing more."""
        while len(left := cells[~self.reached(cells, goal)]) > 1:
            shift = self._farthest_shift(left, goal, gone)
            if shift is None:
                return
            self._seen(shift)
            if len(cells[~self.reached(cells, goal)]) == len(left):
                return

    def reach(self, cell: int, goal: float, gone: np.ndarray, costs: np.ndarray) -> bool:
        """Whether the count of a cell may be `goal`; what has to differ for it is added to `gone`."""
        if self.reached(np.array([cell]), goal)[0]:
            return True
        shift = self._cheapest_shift(cell, goal - self.space.totals[cell], np.where(gone, 0, costs))
        if shift is None:
            return False
        gone |= self._seen(shift)
        return True

    def _seen(self, shift: np.ndarray) -> np.ndarray:
        """Remember the world that is so much different; which cells differ there."""
        moved = self.space.membership @ shift
        self.least = np.minimum(self.least, self.space.totals + moved)
        self.greatest = np.maximum(self.greatest, self.space.totals + moved)
        differ: np.ndarray = np.abs(moved) > NOTHING
        return differ

    def _farthest_shift(self, cells: np.ndarray, goal: float, gone: np.ndarray) -> np.ndarray | None:
        """The change of the atoms that leaves all but those `gone` alike and moves cells the most towards `goal`."""
        shown = self.space.membership[~gone]
        sought = self.space.membership[cells]
        gap = goal - self.space.totals[cells]
        towards = sparse.csr_array(sparse.diags_array(np.sign(gap)) @ sought)
        eye = sparse.eye_array(len(cells), format="csr")
        found = linprog(
            np.concatenate([np.zeros(self._atoms), -1 / np.maximum(np.abs(gap), NOTHING)]),
            A_eq=sparse.hstack([shown, sparse.csr_array((shown.shape[0], len(cells)))], format="csr"),
            b_eq=np.zeros(shown.shape[0]),
            A_ub=sparse.hstack([-towards, eye], format="csr"),
            b_ub=np.zeros(len(cells)),
            bounds=np.column_stack([
                np.concatenate([self._lowest, np.zeros(len(cells))]),
                np.concatenate([np.full(self._atoms, np.inf), np.abs(gap)]),
            ]),
            method="highs",
        )  # fmt: skip
        return found.x[: self._atoms] if found.status == 0 else None

    def _cheapest_shift(self, cell: int, by: float, costs: np.ndarray) -> np.ndarray | None:
        """The change of the atoms that moves a cell `by` so much, at the least cost of cells that change."""
        up = np.full(self._cells, np.inf)
        up[self.fixed] = 0
        down = up.copy()
        up_least, down_least = np.zeros(self._cells), np.zeros(self._cells)
        up[cell] = up_least[cell] = max(by, 0)
        down[cell] = down_least[cell] = max(-by, 0)
        bounds = np.column_stack([
            np.concatenate([self._lowest, up_least, down_least]),
            np.concatenate([np.full(self._atoms, np.inf), up, down]),
        ])  # fmt: skip
        found = linprog(
            np.concatenate([np.zeros(self._atoms), costs, costs]),
            A_eq=self._equal, b_eq=np.zeros(self._cells), bounds=bounds, method="highs",
        )  # fmt: skip
        return found.x[: self._atoms] if found.status == 0 else None
