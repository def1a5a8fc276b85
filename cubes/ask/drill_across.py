"""Drill across: measures of several cubes side by side, each counted at its own grain before they meet.

A measure of another cube is written `<cube>.<measure>`, such as `interactions.interactions`. Facts are never joined
with facts, so nothing is counted twice; what meets are finished cells, by the ids of conformed members.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce

import polars as pl

from cubes import catalogue
from cubes.ask.derived_measures import along, check
from cubes.ask.finish_cells import values_shown
from cubes.ask.measure_cells import MeasuredCells
from cubes.ask.withheld_values import mark, without_marked
from cubes.catalogue.ratios import RATIO, counted_parts
from cubes.model import Cube, Level, Measure
from cubes.query import TIME_LEVELS, Derivation, Query
from data.errors import BadRequest
from data.model.said import said
from data.store.warehouse import Profile

COMPARED = (":base", ":growth")


@dataclass(frozen=True, slots=True)
class WantedMeasure:
    """A measure of one cube as a part of the question asks it: `customers`, or `customers:growth_year`."""

    cube: str
    measure: str

    @property
    def column(self) -> str:
        """What it is called where the parts meet."""
        return f"{self.cube}.{self.measure}"


def crosses(query: Query) -> bool:
    """Whether the question takes more than its own cube."""
    return any("." in _plain(text) or _plain(text) in RATIO for text in query.measures)


def cube_of(query: Query) -> str:
    """The cube whose measure the question asks first."""
    first = _plain(query.measures[0])
    return query.cube if first in RATIO else _wanted(query.measures[0], query.cube)[0].cube


def measure_of(text: str, cube: str, profile: Profile) -> Measure:
    """The declaration of a measure as a question to `cube` writes it. Raises BadRequest for one that is not."""
    if _plain(text) in RATIO:
        return RATIO[_plain(text)]
    wanted = _wanted(text, cube)[0]
    return catalogue.load(wanted.cube, profile).measure(_plain(wanted.measure))


def parts(query: Query, profile: Profile) -> tuple[Query, ...]:
    """One question a cube, its measures unqualified; first that of the first measure, which ranks and orders.

    Only the first holds the question's `top`: the others are to show the same members. Raises BadRequest, in words,
    for a level that one of the cubes lacks.
    """
    asked: dict[str, dict[str, None]] = {}
    for text in query.measures:
        for each in _wanted(text, query.cube):
            asked.setdefault(each.cube, {})[each.measure] = None
    _check_levels(query, [catalogue.load(name, profile) for name in asked])
    levels = tuple(catalogue.load(next(iter(asked)), profile).level(name) for name in query.by)
    for text in running_totals(query):
        check(measure_of(text, query.cube, profile), Derivation.RUNNING_TOTAL, levels)
    if query.top and _plain(query.measures[0]) in RATIO:
        raise BadRequest(
            f"Members cannot be ranked by {RATIO[query.measures[0]].label.lower()}, which takes two cubes.",
            "Name a measure of one cube first, or leave the top away.",
        )
    tops = [query.top, *[()] * len(asked)]
    return tuple(
        replace(query, cube=name, measures=tuple(measures), top=top)
        for (name, measures), top in zip(asked.items(), tops, strict=False)
    )


def joined(query: Query, cells: Sequence[MeasuredCells]) -> pl.DataFrame:
    """The cells of `parts` as one frame: each cell that any of them has, its values as the question writes them.

    A sum or count of a cube that has nothing in a cell is 0 there where its measure says so, else null. What a
    running total runs on bears its measure's name.
    """
    met = reduce(partial(_beside, query), (_side(query, each) for each in cells))
    met = met.with_columns(expression for each in cells for expression in _filled(query, each))
    columns = {each.meta.output_name(): each for text in query.measures for each in _values(text, query)}
    marks = {name: found for name in columns if (found := _marked(name, query, met.columns)) is not None}
    return without_marked(met.select(*_places(query), *columns.values(), *marks.values()), marks)


def _marked(column: str, query: Query, known: Collection[str]) -> pl.Expr | None:
    """Where a value is withheld: where one is that it is made of. None where nothing is."""
    end = next((each for each in COMPARED if column.endswith(each)), "")
    text, ends = column.removesuffix(end), ("", ":base") if end == ":growth" else (end,)
    parts = (f"{each.column}{end}" for each in _wanted(text, query.cube) for end in ends)
    found = [pl.col(mark(each)).fill_null(False) for each in parts if mark(each) in known]
    return pl.any_horizontal(found).alias(mark(column)) if found else None


def notes(query: Query, cells: Sequence[MeasuredCells], levels: tuple[Level, ...]) -> Iterator[str]:
    """What is noted of each cube; what only another one says bears its name."""
    if running_totals(query):
        yield along(levels)
    yield from cells[0].notes
    for each in cells[1:]:
        label = each.resolved.cube.label
        yield from (said("{}: {}", label, note) for note in each.notes if note not in cells[0].notes)


def running_totals(query: Query) -> tuple[str, ...]:
    """The measures that run along the rows, which are in order only where the cubes have met."""
    return tuple(text for text in query.measures if text.partition(":")[2] == str(Derivation.RUNNING_TOTAL))


def _plain(text: str) -> str:
    return text.partition(":")[0]


def _wanted(text: str, cube: str) -> tuple[WantedMeasure, ...]:
    """What a measure of the question takes from which cube: one, or the parts of a ratio between cubes."""
    name, colon, how = text.partition(":")
    if name in RATIO:
        if colon:
            raise BadRequest(
                f"{RATIO[name].label} takes two cubes, so nothing is derived from it.",
                f"Ask for {name}, or for {RATIO[name].numerator}:{how}.",
            )
        return tuple(each for part in counted_parts(RATIO[name]) for each in _wanted(part, cube))
    named, dot, measure = name.rpartition(".")
    derivation = "" if how == str(Derivation.RUNNING_TOTAL) else f"{colon}{how}"
    return (WantedMeasure(named if dot else cube, f"{measure}{derivation}"),)


def _check_levels(query: Query, cubes: Sequence[Cube]) -> None:
    for name in (*query.by, *(cut.level for cut in query.cuts)):
        lacking = [cube for cube in cubes if all(level.name != name for level in cube.levels)]
        if len(lacking) == len(cubes):
            cubes[0].level(name)
        if lacking:
            raise _lacks(lacking[0], name, cubes)


def _lacks(cube: Cube, level: str, cubes: Sequence[Cube]) -> BadRequest:
    label = next(each.label for other in cubes for each in other.levels if each.name == level)
    shared = [
        each.label.lower()
        for each in cubes[0].dimensions
        if all(each.name in {own.name for own in other.dimensions} for other in cubes)
    ]
    others = " and ".join(each.label.lower() for each in cubes if each is not cube)
    return BadRequest(
        f"{cube.label} have no {label.lower()}, so they do not stand beside {others} by it.",
        f"Ask them by {_listed(shared)}, or leave out what is of {cube.label.lower()}.",
    )


def _listed(words: Sequence[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} or {last}" if before else last


def _places(query: Query) -> list[str]:
    names = (name for level in query.by for name in (level, f"{level}.id", f"{level}.code"))
    return [*names, "grouping"]


def _beside(query: Query, met: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    keys = [*(f"{level}.code" for level in query.by), "grouping"]
    met = met.join(own, on=keys, how="full", nulls_equal=True, coalesce=True, suffix="@", validate="1:1")
    told = [name for level in query.by for name in (level, f"{level}.id")]
    return met.with_columns(pl.coalesce(name, f"{name}@") for name in told).drop(f"{name}@" for name in told)


def _side(query: Query, cells: MeasuredCells) -> pl.DataFrame:
    """The cells of one cube, their values as `<cube>.<measure>`."""
    places, own = _places(query), cells.resolved.query
    values = {name: f"{own.cube}.{name}" for name in values_shown(own)}
    values |= {mark(name): mark(new) for name, new in values.items() if mark(name) in cells.frame.columns}
    return cells.frame.select(*places, *values).rename(values)


def _filled(query: Query, cells: MeasuredCells) -> Iterator[pl.Expr]:
    """Zeros where a cube has no line at all, if its measures say so."""
    cube = cells.resolved.cube
    for name in cells.resolved.query.measures:
        if ":" not in name and cube.measure(name).zero_when_empty:
            value, base = pl.col(f"{cube.name}.{name}"), f"{cube.name}.{name}:base"
            yield value.fill_null(0)
            if query.compare:
                times = [f"{level}.id" for level in query.by if level in TIME_LEVELS]
                compared = pl.col(base).is_not_null().any().over("grouping", *times)
                yield pl.when(compared).then(pl.col(base).fill_null(0)).alias(base)


def _values(text: str, query: Query) -> list[pl.Expr]:
    """The columns of one measure as written, from those of the parts; of a running total what it runs on."""
    if text in running_totals(query):
        return [pl.col(_wanted(text, query.cube)[0].column).alias(_plain(text))]
    whats = ("", *COMPARED) if query.compare and ":" not in text else ("",)
    if text not in RATIO:
        own = _wanted(text, query.cube)[0].column
        return [pl.col(own + what).alias(text + what) for what in whats]
    now = _ratio(text)
    if len(whats) == 1:
        return [now.alias(text)]
    base = _ratio(text, ":base")
    growth = pl.when(base != 0).then((now - base) / base.abs())
    return [each.alias(text + what) for each, what in zip((now, base, growth), whats, strict=True)]


def _ratio(part: str, what: str = "") -> pl.Expr:
    """A ratio between cubes, or what it is made of: `part` as it is now, or as `what` says."""
    if part not in RATIO:
        return pl.col(part + what).cast(pl.Float64)
    above, below = (_ratio(each, what) for each in (RATIO[part].numerator, RATIO[part].denominator))
    return pl.when(below != 0).then(above / below)
