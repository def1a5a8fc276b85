"""The measures that a question may take: those of its own cube, of others, and ratios between cubes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cubes import catalogue
from cubes.catalogue.measure_words import formula
from cubes.catalogue.ratios import RATIO, cubes_of_ratio
from cubes.model import Cube, Level, Measure
from cubes.query import split_measure
from data.store.warehouse import Profile

BETWEEN_CUBES = "Between cubes"


@dataclass(frozen=True, slots=True)
class MeasureOfCubes:
    """A measure as a question writes it (`text`), with the cubes that it is counted in."""

    text: str
    measure: Measure
    cubes: tuple[Cube, ...]

    @property
    def group(self) -> str:
        return self.cubes[0].label if len(self.cubes) == 1 else BETWEEN_CUBES

    @property
    def name(self) -> str:
        """What it is called whatever cube is asked."""
        return self.measure.name if len(self.cubes) > 1 else f"{self.cubes[0].name}.{self.measure.name}"

    @property
    def formula(self) -> str:
        return formula(self.measure, self.cubes[0].name if len(self.cubes) == 1 else "")

    def refusal(self, levels: Iterable[Level]) -> str:
        """Why it cannot stand beside these levels, in a few words; empty where it can."""
        for cube in self.cubes:
            known = {each.name for each in cube.levels}
            lacking = [level.label.lower() for level in levels if level.name not in known]
            if lacking:
                return f"{cube.label} have no {' and no '.join(lacking)}"
        return ""


def offered_measures(cube: Cube, profile: Profile) -> tuple[MeasureOfCubes, ...]:
    """All that may be asked: of other cubes, and between cubes, only where their facts have rows."""
    others = (catalogue.load(name, profile) for name in catalogue.CUBES if name != cube.name)
    there = [each for each in others if profile.extents[each.fact].lines]
    return (
        *_of_cube(cube, ""),
        *(found for other in there for found in _of_cube(other, f"{other.name}.")),
        *_between([cube, *there], profile),
    )


def measure_of_cubes(text: str, cube: Cube, profile: Profile) -> MeasureOfCubes:
    """A measure as a question to `cube` writes it, without what is derived from it. Raises BadRequest."""
    plain = split_measure(text)[0]
    if plain in RATIO:
        return _ratio(RATIO[plain], profile)
    name, _, measure = plain.rpartition(".")
    own = catalogue.load(name, profile) if name else cube
    return MeasureOfCubes(plain, own.measure(measure), (own,))


def _of_cube(cube: Cube, before: str) -> Iterator[MeasureOfCubes]:
    for each in cube.measures:
        if not each.hidden and each.unit != "date":
            yield MeasureOfCubes(f"{before}{each.name}", each, (cube,))


def _between(there: list[Cube], profile: Profile) -> Iterator[MeasureOfCubes]:
    for each in (_ratio(measure, profile) for measure in RATIO.values()):
        if all(cube in there and profile.extents[cube.fact].lines for cube in each.cubes):
            yield each


def _ratio(measure: Measure, profile: Profile) -> MeasureOfCubes:
    cubes = tuple(catalogue.load(name, profile) for name in cubes_of_ratio(measure))
    return MeasureOfCubes(measure.name, measure, cubes)
