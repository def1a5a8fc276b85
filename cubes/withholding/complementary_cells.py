"""Complementary cells: what has to be withheld beside small counts, so that what is shown does not tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are read when they are used first: most questions need none

from cubes.withholding.counted_space import CountedSpace

NOTHING = 1e-6
MOST_TRIED = 12


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
) -> WithheldCells:
    """The cells to withhold so that of each `small` one all from 0 to `smallest` - 1 may be true in every space.

    The spaces are different countings of the same cells, the first says how much is lost with each. `fixed` cells are
    shown already and cannot be withheld; `hidden` ones are not shown anyway, and cost nothing. All are masks over the
    cells. For each small cell in turn a linear programme finds the cheapest other world in which it is 0, and one in
    which it is `smallest` - 1; the cells that differ there are withheld. What is withheld for one only widens the
    others. Few cells beside the small ones are tried once more, the dearest first, and shown where all holds without.
    (The heuristic of Kelly, Golden and Assad, "Cell suppression: disclosure protection for sensitive tabular data",
    Networks 22, 1992, with a linear programme in place of flows.)
    """
    gone = small.copy() if hidden is None else small | hidden
    stays = np.zeros(len(small), bool) if fixed is None else fixed & ~gone
    lost = np.log2(2 + spaces[0].counts)
    exposed: dict[int, None] = {}
    for each in spaces:
        worlds = _OtherWorlds(each, stays)
        cells = np.flatnonzero(small)
        cells = cells[np.argsort(-each.counts[cells], kind="stable")]
        for goal in (0.0, float(smallest - 1)):
            worlds.reach_many(cells, goal, gone)
            exposed |= {int(cell): None for cell in cells if not worlds.reach(int(cell), goal, gone, lost)}
    beside = np.flatnonzero(gone & ~small & (True if hidden is None else ~hidden))
    if not exposed and len(beside) <= MOST_TRIED:
        for cell in beside[np.argsort(-lost[beside], kind="stable")]:
            gone[cell] = False
            gone[cell] = not _is_protected(spaces, small, smallest, gone)
    return WithheldCells(gone, tuple(exposed))


def _is_protected(spaces: Sequence[CountedSpace], small: np.ndarray, smallest: int, gone: np.ndarray) -> bool:
    """Whether all small cells may be anything where those `gone` alone are withheld."""
    cells = np.flatnonzero(small)
    for each in spaces:
        worlds = _OtherWorlds(each, ~gone)
        for goal in (0.0, float(smallest - 1)):
            worlds.reach_many(cells, goal, gone)
            if not all(worlds.reach(int(cell), goal, gone, np.zeros(len(gone))) for cell in cells):
                return False
    return True


class _OtherWorlds:
    """Other counts that are alike in what is shown, and how far each cell was seen to go in them."""

    def __init__(self, space: CountedSpace, fixed: np.ndarray) -> None:
        self.space, self.fixed = space, fixed
        self.least, self.greatest = space.counts.copy(), space.counts.copy()
        self._slack = -(space.bounds @ space.counts)

    def reached(self, cells: np.ndarray, goal: float) -> np.ndarray:
        """Which cells are known to be able to hold `goal`."""
        held: np.ndarray = (self.least[cells] <= goal + NOTHING) & (self.greatest[cells] >= goal - NOTHING)
        return held

    def reach_many(self, cells: np.ndarray, goal: float, gone: np.ndarray) -> None:
        """See how far the cells go together where only those `gone` may differ, until that shows nothing more."""
        left = cells[~self.reached(cells, goal)]
        while len(left):
            self._seen(self._farthest_shift(left, goal, gone))
            before, left = len(left), left[~self.reached(left, goal)]
            if len(left) == before:
                return

    def reach(self, cell: int, goal: float, gone: np.ndarray, lost: np.ndarray) -> bool:
        """Whether the count of a cell may be `goal`; what has to differ for it is added to `gone`."""
        if self.reached(np.array([cell]), goal)[0]:
            return True
        shift = self._cheapest_shift(cell, goal - self.space.counts[cell], np.where(gone, 0, lost))
        if shift is None:
            return False
        gone |= np.abs(shift) > NOTHING
        self._seen(shift)
        return True

    def _seen(self, shift: np.ndarray) -> None:
        """Remember the world that is so much different."""
        self.least = np.minimum(self.least, self.space.counts + shift)
        self.greatest = np.maximum(self.greatest, self.space.counts + shift)

    def _farthest_shift(self, cells: np.ndarray, goal: float, gone: np.ndarray) -> np.ndarray:
        """The change of those `gone` alone that moves cells the most towards `goal`, but none of them beyond it."""
        free = np.flatnonzero(gone)
        gap = goal - self.space.counts[cells]
        place = np.searchsorted(free, cells)
        least, greatest = -self.space.counts[free], np.full(len(free), np.inf)
        greatest[place] = np.where(gap > 0, gap, greatest[place])
        sought = np.zeros(len(free))
        sought[place] = -1 / gap
        found = self._solved(sought, free, np.column_stack([least, greatest]))
        shift = np.zeros(len(gone))
        shift[free] = found.x if found.status == 0 else 0
        return shift

    def _cheapest_shift(self, cell: int, by: float, costs: np.ndarray) -> np.ndarray | None:
        """The change that moves a cell `by` so much, at the least cost of the cells that change."""
        free = np.flatnonzero(~self.fixed)
        up, down = np.full(len(free), np.inf), self.space.counts[free]
        least = np.zeros((2, len(free)))
        at = np.searchsorted(free, cell)
        up[at] = least[0, at] = max(by, 0)
        down[at] = least[1, at] = max(-by, 0)
        bounds = np.column_stack([least.ravel(), np.concatenate([up, down])])
        found = self._solved(np.tile(costs[free], 2), free, bounds, both_ways=True)
        if found.status != 0:
            return None
        shift = np.zeros(len(costs))
        shift[free] = found.x[: len(free)] - found.x[len(free) :]
        return shift

    def _solved(
        self, sought: np.ndarray, free: np.ndarray, bounds: np.ndarray, both_ways: bool = False
    ) -> scipy.optimize.OptimizeResult:
        """The least of `sought` over changes of the cells that are `free`; `both_ways`: rises, then falls of each."""
        sums, limits = self.space.sums[:, free], self.space.bounds[:, free]
        if both_ways:
            sums, limits = (scipy.sparse.hstack([each, -each], format="csr") for each in (sums, limits))
        touched = np.diff(sums.indptr) > 0
        limited = np.diff(limits.indptr) > 0
        return scipy.optimize.linprog(
            sought,
            A_eq=sums[touched],
            b_eq=np.zeros(touched.sum()),
            A_ub=limits[limited],
            b_ub=self._slack[limited],
            bounds=bounds,
            method="highs",
        )
