"""Attack: what all that is shown leaves of a count that is not, found by a linear programme."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from cubes.withholding.counted_space import CountedSpace


@dataclass(frozen=True, slots=True)
class CountInterval:
    """The least and the greatest that a count may be; no greatest is infinite."""

    least: float
    greatest: float

    def holds(self, least: float, greatest: float, within: float = 1e-6) -> bool:
        """Whether all from `least` to `greatest` may be the count."""
        return self.least <= least + within and self.greatest >= greatest - within


def attack(space: CountedSpace, shown: np.ndarray, cell: int) -> CountInterval:
    """What the count of a cell may be, where the counts of those `shown` (a mask over the cells) are known exactly.

    Every count is 0 or more; whole numbers are not asked for. (The attacker's problem of Fischetti and
    Salazar-Gonzalez, "Solving the cell suppression problem on tabular data with linear constraints", 2001.)
    """
    bounds = np.column_stack([np.where(shown, space.counts, 0), np.where(shown, space.counts, np.inf)])
    ends = []
    for sign in (1.0, -1.0):
        sought = np.zeros(len(space.counts))
        sought[cell] = sign
        found = linprog(
            sought, A_eq=space.sums, b_eq=np.zeros(space.sums.shape[0]),
            A_ub=space.bounds, b_ub=np.zeros(space.bounds.shape[0]), bounds=bounds, method="highs",
        )  # fmt: skip
        ends.append(sign * found.fun if found.status == 0 else -sign * np.inf)
    return CountInterval(*ends)
