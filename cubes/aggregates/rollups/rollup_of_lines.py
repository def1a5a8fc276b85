"""A roll-up by one statement out of the lines, or out of a finer one: how an engine that has no arrays makes it.

The same columns as `rollup_refresh` gathers. Which of an order's lines in a category is its first is of no weight: they
add up over everything but the category, whichever it is.
"""

from __future__ import annotations

from collections.abc import Collection

from cubes.aggregates.rollups import partial_aggregates
from cubes.aggregates.rollups.partial_aggregates import PartialAggregate
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.model import Cube, Measure


def statement(cube: Cube, roll_up: StoredRollUp, finer: StoredRollUp | None) -> str:
    """SQL that gives the cells, out of `view` or a finer roll-up: a column for each level held and each part stored."""
    parts = partial_aggregates.stored(cube, roll_up.held)
    levels = [f'"{name}"' for name in sorted(roll_up.held)]
    folds = [f'{_folded(part)}::BIGINT AS "{part.name}"' for part in parts]
    source = finer.table if finer else view(cube)
    return f"SELECT {', '.join([*levels, *folds])} FROM {source} GROUP BY {', '.join(levels)}"


def view(cube: Cube) -> str:
    """What the lines of a cube are called, as `lines` gives them."""
    return f"line_of_{cube.name}"


def lines(cube: Cube, held: Collection[str]) -> str:
    """SQL that gives for each line its codes at these levels and what it brings to each part."""
    levels = [cube.level(name) for name in sorted(held)]
    tables = [*(level.table for level in levels), *(name for each in cube.measures for name in each.joins)]
    joins = "".join(
        f" JOIN {table} USING ({'day_key' if table == 'time' else f'{table}_key'})"
        for table in dict.fromkeys(tables)
        if table
    )
    codes = [f'{level.column} AS "{level.name}"' for level in levels]
    flagged = {each.name: each for each in cube.measures if each.flag}
    brought = [
        f'{_first(cube, flagged[part.name.partition("@")[0]], part) if part.level else part.line} AS "{part.name}"'
        for part in partial_aggregates.stored(cube, held)
    ]
    return f"SELECT {', '.join([*codes, *brought])} FROM {cube.fact}{joins}"


def _folded(part: PartialAggregate) -> str:
    """A part over the rows of a cell; a least or greatest value that no line knows is none."""
    own = f'{part.fold}("{part.name}")'
    return own if part.fold == "sum" else f"nullif({own}, {partial_aggregates.NONE[part.fold]})"


def _first(cube: Cube, measure: Measure, part: PartialAggregate) -> str:
    """1 for the first line of each order with its code at a level, 0 for others and for those that are not counted."""
    met = f"({measure.condition or 'true'})"
    per = f"{met}, {measure.column}, {cube.level(part.level).column}"
    first = f"row_number() OVER (PARTITION BY {per} ORDER BY {measure.column}) = 1"
    return f"CASE WHEN {met} AND {first} THEN 1 ELSE 0 END"
