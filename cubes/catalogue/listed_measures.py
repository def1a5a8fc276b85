"""Every measure that people may ask for, of all cubes, as questions write it, and whether anything is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cubes import catalogue
from cubes.catalogue.ratios import BETWEEN, cubes_of_ratio
from cubes.catalogue.telling_level import telling_level
from cubes.model import Cube, Measure
from cubes.query import MAIN_CUBE, Query
from data.store.warehouse import Profile

BETWEEN_CUBES = "Between cubes"


@dataclass(frozen=True, slots=True)
class ListedMeasure:
    """A measure of a cube, or between cubes: then `cube` is the main one, and it is counted in `parts`."""

    measure: Measure
    cube: Cube
    parts: tuple[Cube, ...] = ()

    @property
    def group(self) -> str:
        """What its cube is called."""
        return BETWEEN_CUBES if self.parts else self.cube.label

    @property
    def written(self) -> str:
        """Its name as questions write it."""
        name = self.measure.name
        return name if self.parts or self.cube.name == MAIN_CUBE else f"{self.cube.name}.{name}"

    def is_loaded(self, profile: Profile) -> bool:
        """Whether the facts that it is counted from have rows."""
        return all(profile.extents[each.fact].lines for each in self.parts or (self.cube,))

    def question(self, profile: Profile) -> Query:
        """The measure by the first level that tells anything apart."""
        level = telling_level(self.cube, profile, self.parts)
        return Query((self.measure.name,), (level,), cube=self.cube.name)


def listed_measures(profile: Profile) -> Iterator[ListedMeasure]:
    """The shown measures of all cubes in their order, those between cubes last."""
    cubes = {name: catalogue.load(name, profile) for name in catalogue.CUBES}
    for cube in cubes.values():
        yield from (ListedMeasure(each, cube) for each in cube.measures if not each.hidden)
    for measure in BETWEEN:
        yield ListedMeasure(measure, cubes[MAIN_CUBE], tuple(cubes[name] for name in cubes_of_ratio(measure)))
