"""Resolve: a question in the model's terms, every name looked up, before anything is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cubes import catalogue
from cubes.ask.derived_measures import Needs, check, needs
from cubes.ask.met_condition import MetCondition
from cubes.ask.resolve_cuts import NONE_MET, scope
from cubes.cells.cell_query import GroupingSet
from cubes.cells.scope import Scope
from cubes.model import Cube, Kind, Level, Measure
from cubes.query import Against, Cut, Derivation, Query, split_measure
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class ResolvedQuery:
    """A question to one cube: `query` names its cuts by ids, `scope` by codes.

    `measures` are those to read, `ratios` those that follow from them; `derived` says of each measure asked which it
    is and what is derived from it, `needs` what that takes. `gapless`: periods without a line have cells as well.
    """

    query: Query
    cube: Cube
    scope: Scope
    levels: tuple[Level, ...]
    sets: tuple[GroupingSet, ...]
    measures: tuple[Measure, ...]
    ratios: tuple[Measure, ...]
    derived: tuple[tuple[str, Derivation | None], ...]
    needs: tuple[Needs, ...]
    gapless: bool

    @property
    def is_plain(self) -> bool:
        """Whether the answer is what is read: without comparison, derivation and added periods."""
        return not (self.needs or self.gapless or self.query.compare)

    @property
    def zeros(self) -> frozenset[str]:
        """The measures of which an empty cell says zero."""
        return frozenset(each.name for each in self.measures if each.zero_when_empty)

    @property
    def comparisons(self) -> list[Against]:
        """Every period that something is compared with."""
        asked = [self.query.compare, *(each.comparison for each in self.needs)]
        return sorted({each for each in asked if each}, key=str)

    @property
    def values(self) -> list[str]:
        """The columns of values before anything is derived."""
        return [each.name for each in (*self.measures, *self.ratios)]

    @property
    def columns(self) -> list[str]:
        """The columns of the cells before anything is derived."""
        names = [name for level in self.levels for name in (level.name, f"{level.name}.id")]
        return [*names, *(f"{level.name}.code" for level in self.levels), "grouping", *self.values]

    def bit(self, at: int) -> int:
        """The bit of the level at a place, set in `grouping` where it is rolled up."""
        return 1 << (len(self.levels) - 1 - at)


def resolve(
    warehouse: Warehouse,
    query: Query,
    gapless: bool = False,
    met: Mapping[Cut, MetCondition] = NONE_MET,
) -> ResolvedQuery:
    """The question with all that it names looked up; `met` says who meets each of its conditions.

    Raises BadRequest, in words, for what cannot be answered.
    """
    cube = catalogue.load(query.cube, warehouse.profile)
    found = scope(warehouse, cube, query, met)
    derived = tuple(split_measure(name) for name in query.measures)
    needed = tuple(needs(derivation) for _, derivation in derived if derivation)
    levels = tuple(cube.level(name) for name in query.by)
    totals = query.totals or any(each.parents or each.total for each in needed)
    measures, ratios = plain(cube, [name for name, _ in derived])
    for name, derivation in derived:
        if derivation:
            check(cube.measure(name), derivation, levels)
    return ResolvedQuery(
        query=query.with_cuts(found.cuts),
        cube=cube,
        scope=found,
        levels=levels,
        sets=sets(len(query.rows), len(query.columns)) if totals else ((True,) * len(levels),),
        measures=measures,
        ratios=ratios,
        derived=derived,
        needs=needed,
        gapless=gapless or any(each.periods for each in needed),
    )


def sets(rows: int, columns: int) -> tuple[GroupingSet, ...]:
    """Every prefix of the rows with every prefix of the columns: which levels each grouping set keeps."""
    return tuple(
        tuple(at < row for at in range(rows)) + tuple(at < column for at in range(columns))
        for row in range(rows, -1, -1)
        for column in range(columns, -1, -1)
    )


def plain(cube: Cube, names: Collection[str]) -> tuple[tuple[Measure, ...], tuple[Measure, ...]]:
    """The measures to read, and the ratios that follow from them."""
    asked = [cube.measure(name) for name in dict.fromkeys(names)]
    ratios = tuple(each for each in asked if each.kind is Kind.RATIO)
    read = [each.name for each in asked if each.kind is not Kind.RATIO]
    read += [part for ratio in ratios for part in (ratio.numerator, ratio.denominator)]
    return tuple(cube.measure(name) for name in dict.fromkeys(read)), ratios


def times(levels: Sequence[Level], kept: Sequence[bool]) -> tuple[str, ...]:
    """The time levels that a grouping set keeps."""
    pairs = zip(levels, kept, strict=True)
    return tuple(level.name for level, here in pairs if here and level.is_time)
