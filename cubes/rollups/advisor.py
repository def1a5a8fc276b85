"""Which roll-ups are worth their space: the greedy choice by benefit per unit of space over the lattice.

Harinarayan, Rajaraman & Ullman, Implementing Data Cubes Efficiently, SIGMOD 1996, section 4, with the cost of a
question taken as the cells read, weighed by how often questions of its shape are asked, and space in bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from cubes.model import Cube
from cubes.rollups import lattice, parts
from cubes.rollups.lattice import Grain
from data.profile import Profile

OF_LINES, MOST = 10, 40  # roll-ups made of the fact itself, and all
GIVEN_UP, ROOMIER = 10, 2  # how many more are chosen at first, and in how much more room
A_QUESTION = 20_000  # cells that could be read in the time that any question takes
A_TABLE = (0.1, 0.01)  # what one costs however small it is, as a share of the budget: of lines, of others
LARGEST = 3_000_000  # cells, beyond which answers take longer than people like to wait
FOR_OTHERS = 0.2  # the share of the budget left for roll-ups made of others
SCAN = 4.0  # what a line of the fact costs, joined to its dimensions, in cells of a roll-up
PRIOR = {"": 0.25, "year": 0.2, "quarter": 0.1, "month": 0.2, "week": 0.05, "day": 0.2}
UNTOUCHED, FLAT, FALLING = 0.45, 0.04, 0.75


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


Shapes = Mapping[frozenset[str], float]


def advise(
    cube: Cube, profile: Profile, asked: Shapes, budget: float, met: Shapes = lattice.EVERY
) -> list[Advised]:
    """The roll-ups to keep within `budget` bytes; `met` is as `lattice.cells` wants it.

    `asked` weighs the sets of levels that questions grouped or filtered by; what is not known yet is taken to be
    asked as people do (`prior`), which counts as a hundred questions. At most `OF_LINES` are made of the lines: more
    than those are chosen first, and then the least useful given, since the first choices of a greedy are often
    covered by later ones. The others are made of those, which costs next to nothing.
    """
    found = _Search(cube, profile, _weights(prior(cube, profile), asked), met)
    room, overhead = budget * (1 - FOR_OTHERS), budget * A_TABLE[0]
    fitting = (found.space <= room) & (found.sizes < min(0.5 * profile.extents[cube.fact].lines, LARGEST))
    chosen = found.grown([], OF_LINES + GIVEN_UP, room * ROOMIER, overhead, fitting)
    chosen = found.pruned(chosen, OF_LINES, room, overhead)
    if chosen:
        made = np.any([found.within(at) for at in chosen], axis=0)
        chosen = found.grown(chosen, MOST, budget, budget * A_TABLE[1], made)
    return found.advised(chosen)


class _Search:
    """The candidates of one lattice: how many cells and bytes each has, and which questions each answers."""

    def __init__(self, cube: Cube, profile: Profile, weights: Shapes, met: Shapes) -> None:
        self.candidates = list(lattice.grains(cube, profile))
        self.sizes = np.array([lattice.cells(cube, profile, each, met) for each in self.candidates])
        self.space = self.sizes * np.array([width(cube, profile, each) for each in self.candidates])
        self.rate = np.array(list(weights.values()))
        self.lines = SCAN * profile.extents[cube.fact].lines
        bits = {level.name: 1 << at for at, level in enumerate(cube.levels)}
        self.held = np.array([_bits(cube, each, bits) for each in self.candidates], dtype=object)
        wanted = [sum(bits[level] for level in shape) for shape in weights]
        self.covers = np.array([[not w & ~h for h in self.held] for w in wanted], dtype=bool)

    def grown(
        self, chosen: Sequence[int], count: int, room: float, overhead: float, allowed: np.ndarray
    ) -> list[int]:
        """`chosen` and what is best to have beside, benefit for space, until there are so many or no room is left."""
        found = list(chosen)
        cost = self._costs(found).min(axis=1)
        room -= float(self.space[found].sum())
        while len(found) < count:
            gain = np.maximum(cost[:, None] - self.sizes[None, :] - A_QUESTION, 0) * self.covers
            benefit = np.where(allowed & (self.space <= room), self.rate @ gain, 0)
            at = int(np.argmax(benefit / (self.space + overhead)))
            if benefit[at] < A_QUESTION * self.rate.sum() * 1e-3:
                break
            found.append(at)
            room -= float(self.space[at])
            cost = np.minimum(cost, self._costs([at]).min(axis=1))
        return found

    def pruned(self, chosen: Sequence[int], count: int, room: float, overhead: float) -> list[int]:
        """`chosen` without those that are missed least for the space they take, until they fit."""
        found = list(chosen)
        while len(found) > count or self.space[found].sum() > room:
            missed = self._missed(found) / (self.space[found] + overhead)
            del found[int(np.argmin(missed))]
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
        return np.array([not each & ~self.held[at] for each in self.held], dtype=bool)

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


def _bits(cube: Cube, grain: Grain, bits: Mapping[str, int]) -> int:
    return sum(bits[level] for level in lattice.kept(cube, grain.all))


def width(cube: Cube, profile: Profile, grain: Grain) -> float:
    """Bytes of a cell, about: packed codes of what it keeps, and three bytes a stored number."""
    held = lattice.kept(cube, grain.all)
    codes = sum(np.log2(profile.members.get(level, 1) + 1) for level in held) / 8
    return float(codes + 2.5 * len(parts.stored(cube, held)))


def _weights(prior_: Shapes, asked: Shapes) -> dict[frozenset[str], float]:
    total = sum(prior_.values())
    found = {shape: 100 * weight / total for shape, weight in prior_.items()}
    for shape, weight in asked.items():
        found[shape] = found.get(shape, 0) + weight
    return found


def prior(cube: Cube, profile: Profile) -> dict[frozenset[str], float]:
    """How often people touch each set of levels, before any of their questions is known.

    A question touches each dimension on its own; the coarser a level and the longer its hierarchy known to people,
    the likelier. Sets that touch more than four levels besides time are left out.
    """
    shares: list[Sequence[tuple[tuple[str, ...], float]]] = []
    for dimension in cube.dimensions:
        if dimension.name == "time":
            names = {level.name for level in dimension.levels}
            shares.append(
                [((name,) if name else (), w) for name, w in PRIOR.items() if not name or name in names]
            )
        else:
            shares += list(_shares(cube, profile, dimension.name))
    found: dict[frozenset[str], float] = {}
    for combination in product(*shares):
        levels = frozenset(level for some, _ in combination for level in some)
        if len(levels) <= 5:
            found[levels] = found.get(levels, 0) + prod(weight for _, weight in combination)
    return found


def _shares(cube: Cube, profile: Profile, name: str) -> Iterable[Sequence[tuple[tuple[str, ...], float]]]:
    """For each deep and each flat hierarchy of a dimension: its levels and how likely a question touches them."""
    deep, flats = lattice.split(cube.dimension(name), profile)
    if deep:
        share = 1 - UNTOUCHED
        yield [((), UNTOUCHED), *(((level,), share * part) for level, part in _falling(deep, profile))]
    for level in flats:
        yield [((), 1 - FLAT), ((level,), FLAT)]


def _falling(levels: Sequence[str], profile: Profile) -> list[tuple[str, float]]:
    """Each level somewhat less likely than that above; a leaf of over 100,000 members is hardly ever asked whole."""
    weights = [
        FALLING**at * (0.2 if profile.members.get(level, 1) > 100_000 else 1)
        for at, level in enumerate(levels)
    ]
    return [(level, weight / sum(weights)) for level, weight in zip(levels, weights, strict=True)]
