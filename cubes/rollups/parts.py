"""What a roll-up stores of each measure, so that coarser cells can be made of finer ones without losing anything."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cubes.model import Cube, Kind, Measure

SCALE = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """One stored column: what a line brings (`line`), and how lines and cells are put together (`fold`).

    Amounts are whole numbers of ten-thousandths. What does not add up along some dimension (orders along products)
    is stored once as it is and once for each level of that dimension: the first line of an order in a category
    stands for the order there, and such lines add up over everything but `level`.
    """

    name: str
    line: str
    fold: str = "sum"
    level: str = ""


def parts(cube: Cube) -> tuple[Part, ...]:
    """The columns that roll-ups of this cube may store."""
    return tuple(part for measure in cube.measures for part in of(cube, measure))


def stored(cube: Cube, held: Collection[str]) -> tuple[Part, ...]:
    """The columns of a roll-up that holds these levels."""
    return tuple(part for part in parts(cube) if not part.level or part.level in held)


def of(cube: Cube, measure: Measure) -> Iterator[Part]:
    """The columns from which `measure` can be had; none where only the lines know it."""
    if measure.kind is Kind.ADDITIVE:
        yield from _additive(measure)
    elif measure.kind is Kind.DISTINCT and measure.flag:
        yield from _flags(cube, measure)
    elif measure.kind is Kind.DISTINCT and counted_level(cube, measure):
        yield Part(f"{measure.name}#", _when(measure, "1::UTINYINT"))


def at_level(measure: Measure, level: str) -> str:
    """The column that counts a flagged measure within the members of a level; "" is none."""
    return f"{measure.name}@{level}" if level else measure.name


def counted_level(cube: Cube, measure: Measure) -> str | None:
    """The level whose members a distinct measure counts, if it is one; customers are too many to be kept as a level."""
    found = [level.name for level in cube.levels if level.column == measure.column]
    return found[0] if found and cube.level(found[0]).dimension != "customer" else None


def across(cube: Cube, measure: Measure) -> tuple[str, ...]:
    """The levels of the dimensions along which a flagged measure does not add up."""
    return tuple(
        level.name for level in cube.levels if level.dimension not in (*measure.additive_along, "time")
    )


def _flags(cube: Cube, measure: Measure) -> Iterator[Part]:
    yield Part(measure.name, f"CASE WHEN {measure.flag} THEN 1::UTINYINT END")
    for name in across(cube, measure):
        yield Part(at_level(measure, name), "", level=name)


def _additive(measure: Measure) -> Iterator[Part]:
    if measure.aggregate == "count":
        yield Part(measure.name, _when(measure, "1::UTINYINT"))
    elif measure.aggregate == "sum":
        yield Part(measure.name, f"({_when(measure, measure.column)} * {SCALE})::BIGINT")
        if measure.empty == "null":
            yield Part(f"{measure.name}#", f"({_when(measure, measure.column)} IS NOT NULL)::UTINYINT")
    else:
        yield Part(measure.name, _when(measure, measure.column), fold=measure.aggregate)


def _when(measure: Measure, value: str) -> str:
    return f"CASE WHEN {measure.condition} THEN {value} END" if measure.condition else f"({value})"
