"""Attack: what all that is shown leaves of a count that is not, found by a linear programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from cubes.withholding.counted_space import CountedSpace


@dataclass(frozen=True, slots=True)
class Interval:
    """The least and the greatest that a count may be; no greatest is infinite."""

    least: float
    greatest: float

    def holds(self, least: float, greatest: float, within: float = 1e-6) -> bool:
        """Whether all from `least` to `greatest` may be the count."""
        return self.least <= least + within and self.greatest >= greatest - within


def interval(space: CountedSpace, shown: np.ndarray, cells: Sequence[int]) -> Interval:
    """What may be the sum of some cells, where those that are `shown` (a mask over the cells) are known exactly.

    Every atom is 0 or more; whole numbers are not asked for, so a true interval may only be narrower by less than one
    at each end. The attack of Fischetti and Salazar-Gonzalez (2001), eq. 1 to 6.
    """
    sought = np.asarray(space.membership[list(cells)].sum(axis=0)).ravel()
    known = {"A_eq": space.membership[shown], "b_eq": space.totals[shown]} if shown.any() else {}
    ends = []
    for sign in (1, -1):
        found = linprog(sign * sought, bounds=(0, None), method="highs", **known)
        ends.append(sign * found.fun if found.status == 0 else sign * -np.inf)
    return Interval(*ends)
