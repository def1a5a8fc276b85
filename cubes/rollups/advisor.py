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
A_QUESTION = 20_000  # cells that could be read in the time that any question takes
A_TABLE = (
    0.15,
    0.01,
)  # what a roll-up costs however small it is, as a share of the budget: of lines, of others
FOR_OTHERS = 0.3  # the share of the budget left for roll-ups made of others
SCAN = 4.0  # what a line of the fact costs, joined to its dimensions, in cells of a roll-up
PRIOR = {"": 0.3, "year": 0.25, "quarter": 0.1, "month": 0.25, "week": 0.03, "day": 0.07}
UNTOUCHED = 0.45


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


def advise(cube: Cube, profile: Profile, asked: Shapes, budget: float) -> list[Advised]:
    """The roll-ups to keep within `budget` bytes, the most useful first.

    `asked` weighs the sets of levels that questions grouped or filtered by; what is not known yet is taken to be
    asked as people do (`prior`), which counts as a hundred questions. The first `OF_LINES` are made of the lines; the
    others are made of those, which costs next to nothing.
    """
    candidates = list(lattice.grains(cube, profile))
    sizes = np.array([lattice.cells(cube, profile, each) for each in candidates])
    space = sizes * np.array([width(cube, profile, each) for each in candidates])
    small = (space <= budget) & (sizes < 0.5 * profile.extents[cube.fact].lines)
    weights = _weights(prior(cube, profile), asked)
    bits = {level.name: 1 << at for at, level in enumerate(cube.levels)}
    wanted = np.array([sum(bits[level] for level in shape) for shape in weights], dtype=object)
    held = np.array([_bits(cube, each, bits) for each in candidates], dtype=object)
    covers = np.array([[not w & ~h for h in held] for w in wanted], dtype=bool)
    rate = np.array(list(weights.values()))
    cost = np.full(len(wanted), SCAN * profile.extents[cube.fact].lines)
    spared = budget * FOR_OTHERS
    overheads = [budget * share for share in A_TABLE]
    found: list[Advised] = []
    of_lines = OF_LINES
    made = np.zeros(len(candidates), dtype=bool)
    while len(found) < MOST:
        ready = made if len(found) >= of_lines else small
        gain = np.maximum(cost[:, None] - sizes[None, :] - A_QUESTION, 0) * covers
        room = budget - (spared if len(found) < of_lines else 0)
        benefit = np.where(ready & small & (space <= room), rate @ gain, 0)
        at = int(np.argmax(benefit / (space + overheads[len(found) >= of_lines])))
        if benefit[at] < A_QUESTION * rate.sum() * 1e-3:
            if len(found) >= of_lines or not found:
                break
            of_lines = len(found)
            continue
        parent = _parent(held[at], sizes, held, [candidates.index(each.grain) for each in found])
        found.append(
            Advised(
                candidates[at],
                None if parent is None else candidates[parent],
                float(sizes[at]),
                float(space[at]),
                float(benefit[at]),
            )
        )
        budget -= float(space[at])
        made |= np.array([not each & ~held[at] for each in held], dtype=bool)
        cost = np.where(covers[:, at], np.minimum(cost, sizes[at] + A_QUESTION), cost)
    return found


def _parent(bits: int, sizes: np.ndarray, held: np.ndarray, found: Sequence[int]) -> int | None:
    """The smallest of the chosen roll-ups that holds all of these levels."""
    able = [at for at in found if not bits & ~held[at]]
    return min(able, key=lambda at: float(sizes[at]), default=None)


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
        yield [((), 0.9), ((level,), 0.1)]


def _falling(levels: Sequence[str], profile: Profile) -> list[tuple[str, float]]:
    """Each level half as likely as the one above; a leaf of over 100,000 members is hardly ever asked whole."""
    weights = [
        0.5**at * (0.2 if profile.members.get(level, 1) > 100_000 else 1) for at, level in enumerate(levels)
    ]
    return [(level, weight / sum(weights)) for level, weight in zip(levels, weights, strict=True)]
