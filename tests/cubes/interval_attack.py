"""Attack: what all that is shown leaves of counts that are not, found by linear programmes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from cubes.withholding.counted_space import CountedSpace

Interval = tuple[float, float]


def attack(space: CountedSpace, shown: np.ndarray, cells: Sequence[int]) -> list[Interval]:
    """The least and the greatest that each of some cells may count, where those `shown` are known exactly.

    Every count is 0 or more; whole numbers are not asked for. (The attacker's problem of Fischetti and
    Salazar-Gonzalez, "Solving the cell suppression problem on tabular data with linear constraints", 2001.) The
    programmes of all cells are one, a block each.
    """
    many, width = 2 * len(cells), len(space.counts)
    sums, bounds = (sparse.kron(sparse.eye_array(many), each) for each in (space.sums, space.bounds))
    limits = np.column_stack([np.where(shown, space.counts, 0), np.where(shown, space.counts, 1e6)])
    sought = np.zeros((many, width))
    for at, cell in enumerate(cells):
        sought[2 * at, cell], sought[2 * at + 1, cell] = 1, -1
    found = linprog(
        sought.ravel(), A_eq=sums, b_eq=np.zeros(sums.shape[0]), A_ub=bounds, b_ub=np.zeros(bounds.shape[0]),
        bounds=np.tile(limits, (many, 1)),
    )  # fmt: skip
    worlds = found.x.reshape(many, width)
    return [(worlds[2 * at, cell], worlds[2 * at + 1, cell]) for at, cell in enumerate(cells)]
