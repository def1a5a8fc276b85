"""Declarations: what a cube is made of. No data, no SQL of its own beyond the columns that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import FACT

Named = TypeVar("Named", "Level", "Measure", "Dimension")


class Kind(StrEnum):
    """How a measure behaves when cells are put together; planner and subtotals read only this."""

    ADDITIVE = "additive"
    DISTINCT = "distinct"
    RATIO = "ratio"
    SEMI_ADDITIVE = "semi_additive"
    HOLISTIC = "holistic"


AGGREGATES = ("sum", "count", "min", "max")
SUBJECTS = {
    "money": "Money",
    "count": "Counts",
    "units": "Quantities",
    "percent": "Rates",
    "days": "Time",
    "seconds": "Time",
    "points": "Scores",
    "date": "Days",
}
UNITS = tuple(SUBJECTS)
EMPTY = ("zero", "null")
OVER_TIME = ("last", "first", "average")


@dataclass(frozen=True, slots=True)
class Level:
    """One grain of a dimension. `column` holds its code; `table` is the dimension joined for it, if any.

    `is_mined` says that its members were found in the facts themselves, `is_derived` that they follow from these by a
    rule, at every load anew; `formed` tells when and how, in a sentence.
    """

    name: str
    label: str
    dimension: str
    column: str
    table: str | None = None
    is_time: bool = False
    is_mined: bool = False
    is_derived: bool = False
    formed: str = ""

    @property
    def is_customer(self) -> bool:
        """Whether its members are customers: (unknown) is none, and takes no place in a ranking of them."""
        return self.name == self.dimension == "customer"


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
    ratio: measure `numerator` / measure `denominator`, divided after aggregation at every grain; of what stands in
        `series`, what stands of both at that time.
    semi_additive: adds up along all but time. Either `column` of each `series` (the columns that tell what was
        counted), at its `last` or `first` day in the cell's period, and where it has none there, on the last day
        before, if that is at most `carried_days` before the period's end; or on `average` over the days that the
        series has in the period. Or measure `of` over the `window_days` that end with the cell's period.
    holistic: the `quantile` (0 to 1, interpolated) of `column`, over the lines that meet `condition`.

    `empty` is the null policy: what a cell says none of whose lines knows a value, "zero" or "null" (not known).
    `is_whole` says that what is added up are whole numbers; what is counted always is.
    `unit` is one of money, count, units, percent, days, seconds, points, date. `rising` says whether more is good
    news (1), bad news (-1) or neither (0). `hidden` measures serve others and are not offered to people.
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
    over_time: str = "last"
    series: tuple[str, ...] = ()
    carried_days: int = 0
    of: str = ""
    window_days: int = 0
    quantile: float = 0.5
    empty: str = "zero"
    rising: int = 1
    hidden: bool = False
    is_whole: bool = False

    @property
    def subject(self) -> str:
        """What kind of number it is, by which lists of measures are grouped."""
        return SUBJECTS[self.unit]

    @property
    def zero_when_empty(self) -> bool:
        """What a cell says none of whose lines knows a value: zero, or that it is not known."""
        return self.empty == "zero" and self.kind is not Kind.RATIO

    @property
    def adds_over_time(self) -> bool:
        """Whether the months of a year add up to the year."""
        if self.kind is Kind.DISTINCT:
            return "time" in self.additive_along
        return self.kind is Kind.ADDITIVE and self.aggregate in ("sum", "count")

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return self.kind is Kind.DISTINCT or self.aggregate == "count" or self.is_whole

    def faults(self, known: Mapping[str, Measure]) -> Iterator[str]:
        """What is wrong with the declaration, beside the measures `known` by name."""
        if self.unit not in UNITS:
            yield f"{self.unit!r} is no known unit"
        if self.empty not in EMPTY:
            yield f"an empty cell is 'zero' or 'null', not {self.empty!r}"
        if not self.doc:
            yield "it has no sentence that says what it is"
        if self.kind is Kind.RATIO:
            yield from self._faults_of_parts(known)
        elif self.of or self.window_days:
            yield from self._faults_of_window(known)
        elif not self.column and self.aggregate != "count":
            yield "it names no column"
        if self.kind is Kind.ADDITIVE and self.aggregate not in AGGREGATES:
            yield f"{self.aggregate!r} is no additive aggregate"
        if self.kind is Kind.SEMI_ADDITIVE and not self.of and not self.series:
            yield "it does not say what each `series` is"
        if self.kind is Kind.SEMI_ADDITIVE and self.over_time not in OVER_TIME:
            yield f"over time it is 'last', 'first' or 'average', not {self.over_time!r}"
        if self.is_whole and (self.kind in (Kind.RATIO, Kind.HOLISTIC) or self.over_time == "average"):
            yield "a quotient, a quantile and an average are no whole numbers"
        if self.kind is Kind.HOLISTIC and not 0 <= self.quantile <= 1:
            yield f"{self.quantile} is no quantile between 0 and 1"

    def _faults_of_parts(self, known: Mapping[str, Measure]) -> Iterator[str]:
        for part in (self.numerator, self.denominator):
            if part not in known:
                yield f"there is no measure {part!r} to divide"
            elif known[part].kind not in (Kind.ADDITIVE, Kind.DISTINCT, Kind.SEMI_ADDITIVE) or known[part].of:
                yield f"{part!r} is {known[part].kind.replace('_', '-')}, and only what is counted or summed is divided"

    def _faults_of_window(self, known: Mapping[str, Measure]) -> Iterator[str]:
        if self.kind is not Kind.SEMI_ADDITIVE:
            yield "only semi-additive measures have a window"
        if self.of not in known:
            yield f"there is no measure {self.of!r} to take over a window"
        elif known[self.of].kind is Kind.SEMI_ADDITIVE:
            yield f"{self.of!r} is itself semi-additive"
        if self.window_days < 1:
            yield f"a window of {self.window_days} days holds nothing"


@dataclass(frozen=True, slots=True)
class Cube:
    """A fact table, the dimensions around it and the measures on it, checked when made.

    Errors: ValueError that names the entry and what is wrong with it.
    """

    name: str
    label: str
    fact: str
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    levels: tuple[Level, ...] = field(init=False, repr=False, compare=False)
    _levels: Mapping[str, Level] = field(init=False, repr=False, compare=False)
    _measures: Mapping[str, Measure] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        levels = tuple(level for dimension in self.dimensions for level in dimension.levels)
        object.__setattr__(self, "levels", levels)
        object.__setattr__(self, "_levels", {each.name: each for each in levels})
        object.__setattr__(self, "_measures", {each.name: each for each in self.measures})
        names = [level.name for level in self.levels] + [measure.name for measure in self.measures]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"cube {self.name}: {name!r} is declared twice")
        known = {each.name: each for each in self.measures}
        dimensions = {each.name for each in self.dimensions}
        for measure in self.measures:
            strange = sorted(set(measure.additive_along) - dimensions)
            faults = [*measure.faults(known), *(f"there is no dimension {each!r}" for each in strange)]
            if faults:
                raise ValueError(f"cube {self.name}, measure {measure.name}: {'; '.join(faults)}")

    @property
    def has_orders(self) -> bool:
        """Whether its rows are lines of orders."""
        return bool(FACT[self.fact].orders)

    def level(self, name: str) -> Level:
        """The level of that name. Raises BadRequest with the nearest names."""
        return self._levels.get(name) or _named(name, self.levels, "level", self.label)

    def measure(self, name: str) -> Measure:
        """The measure of that name. Raises BadRequest with the nearest names."""
        return self._measures.get(name) or _named(name, self.measures, "measure", self.label)

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
