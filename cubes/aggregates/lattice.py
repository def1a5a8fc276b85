"""The lattice: the grains that cells may be counted at, what each level brings along, how many cells that makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from math import exp, prod

from cubes.cells.grain import PERIODS, Grain
from cubes.model import Cube, Dimension
from data.model.canonical_tables import DIMENSION
from data.model.warehouse_profile import Profile

FLATS = 3
EVERY: Mapping[frozenset[str], float] = {}


@dataclass(frozen=True, slots=True)
class Lattice:
    """The levels of a cube; `members` counts those of each, and `lines` those of the fact."""

    cube: Cube
    members: Mapping[str, int]
    lines: int

    @classmethod
    def of(cls, cube: Cube, profile: Profile) -> Lattice:
        return cls(cube, profile.members, profile.extents[cube.fact].lines)

    def above(self, level: str) -> tuple[str, ...]:
        """The levels that a member of `level` determines, itself the last; a leaf determines all of its dimension."""
        found: dict[str, None] = {}
        for hierarchy in self.cube.dimension(self.cube.level(level).dimension).hierarchies:
            if level in hierarchy.levels:
                found |= dict.fromkeys(hierarchy.levels[: hierarchy.levels.index(level)])
        return (*(each for each in found if each != level), level)

    def kept(self, levels: Iterable[str]) -> frozenset[str]:
        """All levels that stand in a table which keeps `levels`."""
        return frozenset(each for level in levels for each in self.above(level))

    def grains(self) -> Iterator[Grain]:
        """Every grain that may be kept: one stop of time, and one stop or none on each hierarchy.

        The other hierarchies (a customer's kind, cohorts, attributes) are flat, kept by the level next to the leaf: at
        most `FLATS` of them, those with the fewest members, are kept beside the deep one.
        """
        choices = [list(self._stops(each)) for each in self.cube.dimensions if each.name != "time"]
        for period in PERIODS:
            for picked in product(*choices):
                yield Grain(period, tuple(level for stop in picked for level in stop))

    def _stops(self, dimension: Dimension) -> Iterator[tuple[str, ...]]:
        """The ways to keep a dimension: not at all, at a level of its deep hierarchy beside flat ones or not, whole."""
        deep, flats = self.split(dimension)
        if deep and DIMENSION[dimension.name].few:
            yield from ((), (deep[-1],))
            return
        for stop in ("", *deep[:-1]):
            for some in _subsets(flats):
                yield (*((stop,) if stop else ()), *some)
        if len(deep) > 1:
            yield (deep[-1],)

    def split(self, dimension: Dimension) -> tuple[tuple[str, ...], list[str]]:
        """The deep hierarchy of a dimension, the first of several levels above the leaf, if it has one; and the flat
        levels of the others, the smallest first."""
        every = [hierarchy.levels for hierarchy in dimension.hierarchies]
        deep = max(every, key=lambda levels: min(len(levels), 3))
        deep = deep if len(deep) > 1 else ()
        flats = [levels[-2:][0] for levels in every if levels != deep]
        return deep, sorted(flats, key=lambda level: self.members.get(level, 1))[:FLATS]

    def cells(self, grain: Grain, met: Mapping[frozenset[str], float] = EVERY) -> float:
        """How many cells a grain has, about: lines thrown at random into all that there could be (Cardenas 1975).

        `met` tells the share of the members of a level that are ever met, and of the pairs of those of two levels; for
        levels that it does not name, all are. Real data are lumpier, so that the figure is on the safe side.
        """
        lines = max(self.lines, 1)
        could = float(prod(max(self.members.get(level, 1), 1) for level in grain.all))
        could *= prod(met.get(frozenset([level]), 1.0) for level in grain.levels)
        could *= prod(met.get(frozenset(pair), 1.0) for pair in combinations(grain.levels, 2))
        return could * (1 - exp(-lines / could)) if could < 1e15 else float(lines)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The pairs of levels of different dimensions, time apart, of which many may never be met."""
        deep = [self.split(each)[0] for each in self.cube.dimensions if each.name != "time"]
        for some, others in combinations(deep, 2):
            yield from product(some, others)


def _subsets(items: list[str]) -> Iterator[tuple[str, ...]]:
    for bits in range(1 << len(items)):
        yield tuple(item for at, item in enumerate(items) if bits >> at & 1)
