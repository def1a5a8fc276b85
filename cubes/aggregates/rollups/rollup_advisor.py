"""Which roll-ups are worth their space: the greedy choice by benefit per unit of space over the lattice.

Harinarayan, Rajaraman & Ullman, Implementing Data Cubes Efficiently, SIGMOD 1996, section 4, with the cost of a
question taken as the cells read, weighed by how often questions of its shape are asked, and space in bytes. What a
roll-up brings only shrinks as others are chosen, so that it is worked out anew for the best alone (lazy greedy: Minoux,
Accelerated greedy algorithms for maximizing submodular set functions, 1978).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from cubes.aggregates.lattice import EVERY, Lattice
from cubes.aggregates.likely_questions import Shapes, likely
from cubes.aggregates.rollups import partial_aggregates
from cubes.aggregates.rollups.partial_aggregates import PartialAggregate
from cubes.cells.grain import Grain
from cubes.model import Cube
from data.model.warehouse_profile import Profile

OF_LINES, MOST = 10, 40  # roll-ups made of the fact itself, and all
GIVEN_UP, ROOMIER = 10, 2  # how many more are chosen at first, and in how much more room
CELLS_A_LINE = 1  # cells are read in the time that a line of the fact takes, in memory
A_QUESTION = 5_000  # cells that could be read in the time that any question takes
NO_HELP = 0.05  # the share of `A_QUESTION` that a roll-up must spare the mean question to be worth making
PAYS_WITHIN = 12  # one of the lines is, where it has no more cells than so many questions spare
A_TABLE = (0.1, 0.01)  # what one costs however small it is, as a share of the budget: of lines, of others
LARGEST = 3_000_000  # cells, beyond which answers take longer than people like to wait
FOR_OTHERS = 0.2  # the share of the budget left for roll-ups made of others


@dataclass(frozen=True, slots=True)
class Advised:
    """One roll-up to keep: its grain, about how many cells and bytes, and the benefit for which it was taken.

    `parent` is the grain of the smallest roll-up that it can be made of; None where that is the fact.
    """

    grain: Grain
    parent: Grain | None
    cells: float
    bytes: float
    benefit: float


def advise(cube: Cube, profile: Profile, asked: Shapes, budget: float, met: Shapes = EVERY) -> list[Advised]:
    """The roll-ups to keep within `budget` bytes; `met` is as `Lattice.cells` wants it.

    `asked` weighs the sets of levels that questions grouped or filtered by, beside what is likely. At most `OF_LINES`
    are made of the lines: more than those are chosen first, and then the least useful given, since the first choices of
    a greedy are often covered by later ones. The others are made of those, which costs next to nothing. However much
    room there is, none is chosen that hardly helps (`NO_HELP`), or that only many questions would repay
    (`PAYS_WITHIN`).
    """
    found = _Search(cube, profile, likely(cube, profile, asked), met)
    room, (overhead, of_others) = budget * (1 - FOR_OTHERS), (each * budget for each in A_TABLE)
    chosen = found.grown([], OF_LINES + GIVEN_UP, room * ROOMIER, overhead, found.space <= room)
    chosen = found.pruned(chosen, OF_LINES, room, overhead)
    if chosen:
        made = np.any([found.within(at) for at in chosen], axis=0)
        chosen = found.grown(chosen, MOST, budget, of_others, made)
    return found.advised(chosen)


class _Search:
    """The candidates of one lattice: how many cells and bytes each has, and which questions each answers."""

    def __init__(self, cube: Cube, profile: Profile, weights: Shapes, met: Shapes) -> None:
        lattice, stored = Lattice.of(cube, profile), partial_aggregates.parts(cube)
        most = min(0.5 * profile.extents[cube.fact].lines, LARGEST)
        sized = ((each, lattice.cells(each, met)) for each in lattice.grains())
        small = [(each, cells) for each, cells in sized if cells < most]
        self.candidates = [each for each, _ in small]
        self.sizes = np.array([cells for _, cells in small])
        self.space = self.sizes * np.array([width(lattice, each, stored) for each in self.candidates])
        self.rate = np.array(list(weights.values()))
        self.lines = CELLS_A_LINE * profile.extents[cube.fact].lines
        self.held = _flags(cube, (lattice.kept(each.all) for each in self.candidates))
        self.covers = _within(_flags(cube, weights), self.held)
        self.asked = [np.flatnonzero(each) for each in self.covers.T]

    def grown(
        self, chosen: Sequence[int], count: int, room: float, overhead: float, allowed: np.ndarray
    ) -> list[int]:
        """`chosen` and what is best to have beside, benefit for space, until there are so many or no room is left."""
        found = list(chosen)
        cost = self._costs(found).min(axis=1)
        room -= float(self.space[found].sum())
        least = A_QUESTION * NO_HELP * self.rate.sum()
        best = [(-np.inf, int(at)) for at in np.flatnonzero(allowed)]
        while best and len(found) < count:
            _, at = heappop(best)
            benefit = self._benefit(at, cost)
            if benefit < least or self.space[at] > room:
                continue
            worth = (-benefit / (self.space[at] + overhead), at)
            if best and worth > best[0]:
                heappush(best, worth)
                continue
            found.append(at)
            room -= float(self.space[at])
            cost = np.minimum(cost, self._costs([at]).min(axis=1))
        return found

    def _benefit(self, at: int, cost: np.ndarray) -> float:
        """What one roll-up more spares of what the questions cost."""
        asked = self.asked[at]
        return float(self.rate[asked] @ np.maximum(cost[asked] - self.sizes[at] - A_QUESTION, 0))

    def pruned(self, chosen: Sequence[int], count: int, room: float, overhead: float) -> list[int]:
        """`chosen` without those missed least for the space they take, until they fit and each is worth making."""
        found = list(chosen)
        while found:
            missed = self._missed(found)
            spared = PAYS_WITHIN * missed / self.rate.sum() / self.sizes[found]
            if len(found) > count or self.space[found].sum() > room:
                del found[int(np.argmin(missed / (self.space[found] + overhead)))]
            elif spared.min() < 1:
                del found[int(np.argmin(spared))]
            else:
                break
        return found

    def advised(self, chosen: Sequence[int]) -> list[Advised]:
        """The choice with each made of the smallest before it that can make it."""
        found = []
        for place, (at, benefit) in enumerate(zip(chosen, self._missed(chosen), strict=True)):
            able = [each for each in chosen[:place] if self.within(each)[at]]
            parent = min(able, key=lambda each: float(self.sizes[each]), default=None)
            finer = None if parent is None else self.candidates[parent]
            size, space = float(self.sizes[at]), float(self.space[at])
            found.append(Advised(self.candidates[at], finer, size, space, float(benefit)))
        return found

    def within(self, at: int) -> np.ndarray:
        """Which candidates could be made of one."""
        found: np.ndarray = _within(self.held, self.held[at : at + 1])[:, 0]
        return found

    def _costs(self, chosen: Sequence[int]) -> np.ndarray:
        """What each question costs with each of some roll-ups, and at last with the lines."""
        own = np.where(self.covers[:, chosen], self.sizes[list(chosen)] + A_QUESTION, np.inf)
        return np.hstack([own, np.full((len(self.rate), 1), self.lines)])

    def _missed(self, chosen: Sequence[int]) -> np.ndarray:
        """What would be lost without each of those chosen, all others being there."""
        costs = self._costs(chosen)
        order = np.argsort(costs, axis=1)
        rows = np.arange(len(costs))
        least, next_ = costs[rows, order[:, 0]], costs[rows, order[:, min(1, len(chosen))]]
        lost = np.where(np.isfinite(next_), next_ - least, 0) * self.rate
        found: np.ndarray = np.bincount(order[:, 0], lost, len(chosen) + 1)[:-1]
        return found


def _flags(cube: Cube, sets: Iterable[Collection[str]]) -> np.ndarray:
    """Which levels of the cube (columns) lie in each set of them (rows)."""
    return np.array([[level.name in each for level in cube.levels] for each in sets], dtype=bool)


def _within(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether all levels of each set (rows) lie in each of the others (columns)."""
    found: np.ndarray = some.astype(np.float32) @ (~others).astype(np.float32).T == 0
    return found


def width(lattice: Lattice, grain: Grain, stored: Sequence[PartialAggregate]) -> float:
    """Bytes of a cell, about: packed codes of what it keeps, and three bytes a stored number."""
    held = lattice.kept(grain.all)
    codes = sum(np.log2(lattice.members.get(level, 1) + 1) for level in held) / 8
    return float(codes + 2.5 * sum(not part.level or part.level in held for part in stored))
