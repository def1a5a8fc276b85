"""What a roll-up stores of each measure, so that coarser cells can be made of finer ones without losing anything."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cubes.model import Cube, Kind, Measure

SCALE = 10_000
NONE = {
    "min": 1 << 62,
    "max": -(1 << 62),
}  # what a line brings to a least or greatest value that it does not know


@dataclass(frozen=True, slots=True)
class PartialAggregate:
    """One stored column: what a line brings (`line`), and how lines and cells are put together (`fold`).

    Amounts are whole numbers of ten-thousandths; what `counts` is 0 or 1 a line. What does not add up along some
    dimension (orders along products) is stored once as it is and once for each level of that dimension: the first
    line of an order in a category stands for the order there, and such lines add up over everything but `level`.
    """

    name: str
    line: str
    fold: str = "sum"
    level: str = ""
    counts: bool = False


def parts(cube: Cube) -> tuple[PartialAggregate, ...]:
    """The columns that roll-ups of this cube may store."""
    return tuple(part for measure in cube.measures for part in of(cube, measure))


def stored(cube: Cube, held: Collection[str]) -> tuple[PartialAggregate, ...]:
    """The columns of a roll-up that holds these levels."""
    return tuple(part for part in parts(cube) if not part.level or part.level in held)


def of(cube: Cube, measure: Measure) -> Iterator[PartialAggregate]:
    """The columns from which `measure` can be had; none where only the lines know it."""
    if measure.kind is Kind.ADDITIVE:
        yield from _additive(measure)
    elif measure.kind is Kind.DISTINCT and measure.flag:
        yield from _flags(cube, measure)
    elif measure.kind is Kind.DISTINCT and counted_level(cube, measure):
        yield _count(f"{measure.name}#", measure.condition or "true")


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


def _flags(cube: Cube, measure: Measure) -> Iterator[PartialAggregate]:
    yield _count(measure.name, measure.flag)
    for name in across(cube, measure):
        yield PartialAggregate(at_level(measure, name), "", level=name, counts=True)


def _additive(measure: Measure) -> Iterator[PartialAggregate]:
    own = f"CASE WHEN {measure.condition} THEN {measure.column} END" if measure.condition else measure.column
    if measure.aggregate == "count":
        yield _count(measure.name, measure.condition or "true")
    elif measure.aggregate == "sum":
        # As floating point: ten thousand times a decimal would be a number of 128 bits, which is slow.
        yield PartialAggregate(measure.name, f"coalesce((({own})::DOUBLE * {SCALE})::BIGINT, 0)")
        if not measure.zero_when_empty:
            yield _count(f"{measure.name}#", f"({own}) IS NOT NULL")
    else:
        yield PartialAggregate(
            measure.name, f"coalesce(({own})::BIGINT, {NONE[measure.aggregate]})", fold=measure.aggregate
        )


def _count(name: str, condition: str) -> PartialAggregate:
    return PartialAggregate(name, f"coalesce({condition}, false)::BIGINT", counts=True)
