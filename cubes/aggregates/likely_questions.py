"""How often people are likely to touch each set of levels, until the log of their questions says enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cubes.aggregates.lattice import Lattice
from cubes.model import Cube, Dimension
from data.model.canonical_tables import DIMENSION
from data.model.warehouse_profile import Profile

PRIOR = {"": 0.25, "year": 0.2, "quarter": 0.1, "month": 0.2, "week": 0.05, "day": 0.2}
UNTOUCHED, FLAT, FALLING = 0.45, 0.04, 0.75
FEW_TOUCHED = 0.1  # how often a dimension of few members is touched, such as who supplied or sold a line
Shapes = Mapping[frozenset[str], float]


def likely(cube: Cube, profile: Profile, asked: Shapes) -> dict[frozenset[str], float]:
    """How often questions touch each set of levels: as people do (`prior`), which counts as a hundred questions, and as
    they did."""
    prior_ = prior(cube, profile)
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
    lattice = Lattice.of(cube, profile)
    shares: list[Sequence[tuple[tuple[str, ...], float]]] = []
    for dimension in cube.dimensions:
        if dimension.name == "time":
            names = {level.name for level in dimension.levels}
            shares.append(
                [((name,) if name else (), w) for name, w in PRIOR.items() if not name or name in names]
            )
        else:
            shares += list(_shares(lattice, dimension))
    found: dict[frozenset[str], float] = {frozenset(): 1.0}
    for each in shares:
        found = _touched(found, each)
    return found


def _touched(sets: Shapes, shares: Sequence[tuple[tuple[str, ...], float]]) -> dict[frozenset[str], float]:
    """The sets with a level of one more hierarchy, or none; those of more than five are let go of at once."""
    found: dict[frozenset[str], float] = {}
    for levels, weight in sets.items():
        for some, share in shares:
            if len(touched := levels.union(some)) <= 5:
                found[touched] = found.get(touched, 0) + weight * share
    return found


def _shares(lattice: Lattice, dimension: Dimension) -> Iterable[Sequence[tuple[tuple[str, ...], float]]]:
    """For each deep and each flat hierarchy of a dimension: its levels and how likely a question touches them."""
    deep, flats = lattice.split(dimension)
    if deep:
        share = FEW_TOUCHED if DIMENSION[dimension.name].few else 1 - UNTOUCHED
        yield [
            ((), 1 - share),
            *(((level,), share * part) for level, part in _falling(deep, lattice.members)),
        ]
    for level in flats:
        yield [((), 1 - FLAT), ((level,), FLAT)]


def _falling(levels: Sequence[str], members: Mapping[str, int]) -> list[tuple[str, float]]:
    """Each level somewhat less likely than that above; a leaf of over 100,000 members is hardly ever asked whole."""
    weights = [
        FALLING**at * (0.2 if members.get(level, 1) > 100_000 else 1) for at, level in enumerate(levels)
    ]
    return [(level, weight / sum(weights)) for level, weight in zip(levels, weights, strict=True)]
