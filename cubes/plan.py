"""How a question will be answered: which tables are joined, and by which road each distinct count goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from cubes.model import Cube, Kind, Level, Measure
from cubes.query import Query, split_measure
from data.warehouse import Profile

BITMAP_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Count:
    """The road of one distinct count: `flag`, `bitmap` or `hash`; and why the cheaper ones were closed."""

    road: str
    reason: str
    low: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What the compiler needs: levels, plain measures (ratios follow from them), grouping sets and roads."""

    levels: tuple[Level, ...]
    measures: tuple[Measure, ...]
    ratios: tuple[Measure, ...]
    counts: Mapping[str, Count]
    sets: tuple[tuple[bool, ...], ...]


def plan(cube: Cube, query: Query, profile: Profile) -> Plan:
    """Decide; raises BadRequest for a level or a measure that the cube lacks."""
    levels = tuple(cube.level(name) for name in query.by)
    asked = dict.fromkeys(split_measure(name)[0] for name in query.measures)
    ratios = tuple(m for m in map(cube.measure, asked) if m.kind is Kind.RATIO)
    plain = [name for name in asked if cube.measure(name).kind is not Kind.RATIO]
    parts = [part for ratio in ratios for part in (ratio.numerator, ratio.denominator)]
    measures = tuple(cube.measure(name) for name in dict.fromkeys([*plain, *parts]))
    sets = _sets(len(query.rows), len(query.columns)) if query.totals else ((True,) * len(levels),)
    touched = {level.dimension for level in levels} | {cube.level(cut.level).dimension for cut in query.cuts}
    groups = min(prod(profile.members.get(level.name, 1) for level in levels), max(profile.lines, 1))
    counts = {
        measure.name: _road(measure, touched, groups * len(sets), profile)
        for measure in measures
        if measure.kind is Kind.DISTINCT
    }
    return Plan(levels, measures, ratios, counts, sets)


def _sets(rows: int, columns: int) -> tuple[tuple[bool, ...], ...]:
    """Every prefix of the rows with every prefix of the columns: which levels each grouping set keeps."""
    return tuple(
        tuple(at < row for at in range(rows)) + tuple(at < column for at in range(columns))
        for row in range(rows, -1, -1)
        for column in range(columns, -1, -1)
    )


def _road(measure: Measure, touched: set[str], groups: int, profile: Profile) -> Count:
    outside = sorted(touched - set(measure.additive_along))
    if measure.flag and not outside and profile.orders_are_whole:
        return Count("flag", f"{measure.label} add up along {', '.join(measure.additive_along)}")
    low, high = profile.domains.get(measure.column, (0, 0))
    need = groups * (high - low + 8) // 8
    why = (
        f"the question touches {', '.join(outside)}"
        if measure.flag and outside
        else "distinct counts never add up"
    )
    if high and need <= BITMAP_BYTES:
        return Count("bitmap", why, low, high)
    return Count("hash", f"{why}; bitmaps of {groups:,} groups would take {need / 1e6:,.0f} MB")
