"""Declarations: what a cube is made of. No data, no SQL of its own beyond the columns that it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from data.errors import BadRequest, did_you_mean

Named = TypeVar("Named", "Level", "Measure", "Dimension")


class Kind(StrEnum):
    """How a measure behaves when cells are put together; planner and subtotals read only this."""

    ADDITIVE = "additive"
    DISTINCT = "distinct"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Level:
    """One grain of a dimension. `column` holds its code; `table` is the dimension joined for it, if any."""

    name: str
    label: str
    dimension: str
    column: str
    table: str | None = None
    is_time: bool = False


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Levels from coarse to fine."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way of looking at the facts: its levels and the hierarchies that order them."""

    name: str
    label: str
    levels: tuple[Level, ...]
    hierarchies: tuple[Hierarchy, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of the cube.

    additive: `aggregate` (sum, count, min, max) of `column`, over the lines that meet `condition`.
    distinct: how many values of `column`; where the question touches only dimensions of `additive_along`,
        the lines marked by `flag` may be counted instead.
    ratio: measure `numerator` / measure `denominator`, divided after aggregation at every grain.

    `unit` is one of money, count, units, percent, days, date. `rising` says whether more is good news (1),
    bad news (-1) or neither (0). `hidden` measures serve others and are not offered to people.
    """

    name: str
    label: str
    kind: Kind
    unit: str
    doc: str
    aggregate: str = "sum"
    column: str = ""
    condition: str = ""
    additive_along: tuple[str, ...] = ()
    flag: str = ""
    joins: tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""
    rising: int = 1
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Cube:
    """A fact table, the dimensions around it and the measures on it, checked when made."""

    name: str
    label: str
    fact: str
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]

    def __post_init__(self) -> None:
        names = [level.name for level in self.levels] + [measure.name for measure in self.measures]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"cube {self.name}: {name!r} is declared twice")
        for measure in self.measures:
            self._check(measure)

    def _check(self, measure: Measure) -> None:
        def refuse(what: str) -> None:
            raise ValueError(f"cube {self.name}, measure {measure.name}: {what}")

        known = {each.name: each for each in self.measures}
        if measure.kind is Kind.RATIO:
            for part in (measure.numerator, measure.denominator):
                if part not in known:
                    refuse(f"there is no measure {part!r} to divide")
                if known[part].kind is Kind.RATIO:
                    refuse(f"{part!r} is itself a ratio")
        elif not measure.column and measure.aggregate != "count":
            refuse("it names no column")
        if measure.kind is Kind.ADDITIVE and measure.aggregate not in {"sum", "count", "min", "max"}:
            refuse(f"{measure.aggregate!r} is no additive aggregate")
        if measure.unit not in {"money", "count", "units", "percent", "days", "date"}:
            refuse(f"{measure.unit!r} is no known unit")

    @property
    def levels(self) -> tuple[Level, ...]:
        return tuple(level for dimension in self.dimensions for level in dimension.levels)

    def level(self, name: str) -> Level:
        """The level of that name. Raises BadRequest with the nearest names."""
        return _named(name, self.levels, "level", self.label)

    def measure(self, name: str) -> Measure:
        """The measure of that name. Raises BadRequest with the nearest names."""
        return _named(name, self.measures, "measure", self.label)

    def dimension(self, name: str) -> Dimension:
        return _named(name, self.dimensions, "dimension", self.label)

    def finer(self, level: str) -> str | None:
        """The next level down, in the first hierarchy that has one."""
        return self._neighbour(level, 1)

    def coarser(self, level: str) -> str | None:
        """The next level up, in the first hierarchy that has one."""
        return self._neighbour(level, -1)

    def _neighbour(self, level: str, step: int) -> str | None:
        for hierarchy in self.dimension(self.level(level).dimension).hierarchies:
            if level in hierarchy.levels:
                at = hierarchy.levels.index(level) + step
                if 0 <= at < len(hierarchy.levels):
                    return hierarchy.levels[at]
        return None


def _named(name: str, known: Iterable[Named], what: str, cube: str) -> Named:
    for each in known:
        if each.name == name:
            return each
    offered = [each.name for each in known if not getattr(each, "hidden", False)]
    raise BadRequest(f"{cube} has no {what} {name!r}.", did_you_mean(name, offered))
