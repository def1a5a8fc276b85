"""Resolve: who meets each condition of a question or stands in its sets, found before it is planned.

What is kept are codes of members, as if they had been named one by one: roll-ups, comparisons, totals, Others and the
rows behind a cell see nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from cubes import catalogue
from cubes.ask import drill_across, relative_dates
from cubes.ask.derived_measures import needs
from cubes.ask.measure_question import measure_question
from cubes.ask.met_condition import MetCondition, who_meets
from cubes.ask.read_sets import who_stands_in, with_sets
from cubes.ask.resolve_cuts import scope
from cubes.ask.withheld_values import marks_of
from cubes.catalogue.ratios import RATIO, cubes_of_ratio
from cubes.cells.byte_cache import CELLS
from cubes.cells.scope import Scope
from cubes.condition import Condition
from cubes.model import Cube, Level, Measure
from cubes.query import TIME_LEVELS, Cut, Query, split_measure
from data.errors import BadRequest, did_you_mean
from data.model.said import said
from data.store.warehouse import Profile, Warehouse

BYTES_A_CODE = 40
SAME_MEMBERS = "Compared are the same members: who meets a condition is found in the question's own period."


@dataclass(frozen=True, slots=True)
class Conditioned:
    """A question in dates, who meets each of its conditions or stands in its sets, and what is said of all."""

    query: Query
    met: Mapping[Cut, MetCondition]
    notes: tuple[str, ...]


def conditioned(warehouse: Warehouse, query: Query) -> Conditioned:
    """The question with its relative periods, sets and conditions resolved. Raises BadRequest."""
    if not any(map(_is_told, query.cuts)):
        return Conditioned(query, {}, ())
    query = with_sets(warehouse, query)
    profile, fact = warehouse.profile, _fact(query, warehouse.profile)
    told = tuple(relative_dates.notes(query, profile, fact))
    query = relative_dates.dated(query, profile, fact)
    sets = _in_sets(warehouse, query.cuts)
    met = {cut: _kept(warehouse, query, cut, fact) for cut in query.conditions}
    compares = query.compare or any(
        derivation and needs(derivation).comparison for _, derivation in map(split_measure, query.measures)
    )
    same = (SAME_MEMBERS,) if met and compares else ()
    met = sets | met
    return Conditioned(query, met, (*told, *(note for each in met.values() for note in each.notes), *same))


def _in_sets(warehouse: Warehouse, cuts: Sequence[Cut]) -> dict[Cut, MetCondition]:
    return {cut: who_stands_in(warehouse, cut) for cut in cuts if cut.named_set}


def _is_told(cut: Cut) -> bool:
    """Whether a cut is a condition or a set, or may name a period by words: dates begin with a figure."""
    told = cut.level in TIME_LEVELS and any(not each[:1].isdigit() for each in cut.members)
    return told or cut.by_rule


def scope_of(warehouse: Warehouse, cube: Cube, query: Query) -> Scope:
    """The cuts of a question in the warehouse's own terms, its conditions resolved. Raises BadRequest."""
    found = conditioned(warehouse, query)
    return scope(warehouse, cube, found.query, found.met)


def _fact(query: Query, profile: Profile) -> str:
    """The fact whose days the relative periods of a question are measured by: that of its first measure."""
    return catalogue.load(drill_across.cube_of(query), profile).fact


def _kept(warehouse: Warehouse, query: Query, cut: Cut, fact: str) -> MetCondition:
    condition = cut.condition
    assert condition
    context = relative_dates.dated_cuts(query.context(condition), warehouse.profile, fact)
    key = (warehouse.version, "condition", cut, tuple(sorted(context, key=str)), query.as_of)

    def make() -> tuple[MetCondition, int]:
        found = _met(warehouse, cut, condition, context, query.as_of)
        return found, BYTES_A_CODE * len(found.codes)

    return CELLS.keep(key, make)


def _met(
    warehouse: Warehouse, cut: Cut, condition: Condition, context: tuple[Cut, ...], as_of: str
) -> MetCondition:
    """Who meets one condition within these cuts."""
    text, cubes = _measure(condition, warehouse.profile)
    level = _level(cubes, cut)
    _check_levels(context, condition.cube, warehouse.profile)
    seen = tuple(each for each in context if all(_has(cube, each.level) for cube in cubes))
    measure = drill_across.measure_of(text, cubes[0].name, warehouse.profile)
    _check_values(condition, measure)
    asked = Query((text,), (level.name,), cuts=seen, cube=cubes[0].name, as_of=as_of)
    found = measure_question(warehouse, asked, _in_sets(warehouse, seen))
    derivation = text.partition(":")[2].replace("_", " ")
    label = f"{measure.label} ({derivation})" if derivation else measure.label
    is_zero = measure.zero_when_empty and not derivation
    met = who_meets(_members(found.frame, level, text), condition, level, label, is_zero)
    unseen = [_unseen(cubes, each) for each in context if each not in seen]
    read = (each for cells in found.cells for plan in cells.plans for each in plan.statements())
    notes = (*met.notes, *_unknown(found.frame, text), *unseen, *found.notes)
    return replace(met, notes=notes, statements=tuple(read), counted=found.counted)


def _unknown(frame: pl.DataFrame, text: str) -> Iterator[str]:
    """What is said of members of whom the number is withheld."""
    marks = marks_of(frame, [text])
    if marks is not None:
        yield said("{:,} of whom it is withheld are not among them.", marks[text].sum())


def _check_levels(context: Sequence[Cut], cube: str, profile: Profile) -> None:
    """Raises BadRequest for a level that no cube has; what only the condition's own lacks is passed over."""
    every = [catalogue.load(name, profile) for name in catalogue.CUBES]
    for cut in context:
        if not any(_has(each, cut.level) for each in every):
            catalogue.load(cube, profile).level(cut.level)


def _check_values(condition: Condition, measure: Measure) -> None:
    is_date = measure.unit == "date" and ":" not in condition.measure
    if is_date is not condition.of_dates and not condition.operator.ranks:
        what, like = ("a date", "2025-03-31") if is_date else ("a number", "10000")
        raise BadRequest(
            f"{measure.label} is {what}, and is held against none in {str(condition)!r}.",
            f"Write {condition.measure} {condition.operator} {like}.",
        )


def _members(frame: pl.DataFrame, level: Level, text: str) -> pl.DataFrame:
    """The `code`, `id` and `value` (NaN where it is not known) of each member."""
    cells = frame.filter(pl.col("grouping") == 0)
    value = cells[text].to_physical().cast(pl.Float64).fill_null(math.nan)
    return pl.DataFrame(
        {"code": cells[f"{level.name}.code"], "id": cells[f"{level.name}.id"], "value": value}
    )


def _measure(condition: Condition, profile: Profile) -> tuple[str, tuple[Cube, ...]]:
    """What to ask, and of which cubes: of the one that the condition names, else of the only one that has it."""
    name, derivation = split_measure(condition.measure)
    if derivation and needs(derivation).order:
        raise BadRequest(
            f"{condition.measure} runs along the rows of an answer, and is no number of a member.",
            f"Write {name}, or {name}:rank.",
        )
    if name in RATIO:
        return condition.measure, tuple(catalogue.load(cube, profile) for cube in cubes_of_ratio(RATIO[name]))
    own = catalogue.load(condition.cube, profile)
    others = (catalogue.load(each, profile) for each in catalogue.CUBES)
    cubes = [own] if _measures(own, name) else [cube for cube in others if _measures(cube, name)]
    if len(cubes) == 1:
        return condition.measure, (cubes[0],)
    if cubes:
        raise BadRequest(
            f"{own.label} have no measure {name!r}, but {len(cubes)} other cubes do.",
            f"Write {' or '.join(f'{cube.name}.{name}' for cube in cubes)}.",
        )
    raise BadRequest(f"{own.label} have no measure {name!r}.", did_you_mean(name, _offered(own, profile)))


def _measures(cube: Cube, name: str) -> bool:
    return any(each.name == name for each in cube.measures)


def _offered(own: Cube, profile: Profile) -> list[str]:
    """The measures that people are offered, those of other cubes with the cube's name."""
    cubes = [own, *(catalogue.load(each, profile) for each in catalogue.CUBES if each != own.name)]
    return [
        each.name if cube is own else f"{cube.name}.{each.name}"
        for cube in cubes
        for each in cube.measures
        if not each.hidden
    ]


def _has(cube: Cube, level: str) -> bool:
    return any(each.name == level for each in cube.levels)


def _level(cubes: tuple[Cube, ...], cut: Cut) -> Level:
    lacking = next((cube for cube in cubes if not _has(cube, cut.level)), None)
    if lacking is None:
        return cubes[0].level(cut.level)
    raise BadRequest(
        f"{lacking.label} have no {cut.level.replace('_', ' ')}, so {str(cut)!r} cannot be told.",
        did_you_mean(cut.level, [level.name for level in lacking.levels]),
    )


def _unseen(cubes: tuple[Cube, ...], cut: Cut) -> str:
    lacking = next(cube for cube in cubes if not _has(cube, cut.level))
    return f"{lacking.label} have no {cut.level.replace('_', ' ')}: the condition is measured without that filter."
