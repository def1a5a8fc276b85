"""In which segment each customer is: the member of a level by which customers are described, as of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from cubes.ask.answer import Answer
from cubes.model import Cube
from cubes.query import Cut, Query
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import CUSTOMER

MEASURE, CUBE = "customers_in_stage", "stages"


def levels_of_segments(cube: Cube) -> list[str]:
    """The levels that describe customers, but for the customers themselves."""
    own = [each for each in cube.dimensions if each.name == CUSTOMER.name]
    return [level.name for each in own for level in each.levels if not level.is_customer]


def segments_of_customers(
    ask: Callable[[Query], Answer], cube: Cube, level: str, cuts: tuple[Cut, ...], until: date
) -> pl.DataFrame:
    """The customers known by a day's close, as they were described then: `id`, `segment`.

    A segment has the name of its member, its whole path where several members have that name. Raises BadRequest for a
    level that does not describe customers.
    """
    offered = levels_of_segments(cube)
    if level not in offered:
        raise BadRequest(f"Customers are not described by {level!r}.", did_you_mean(level, offered))
    asked = Query((MEASURE,), ("customer", level), cuts=cuts, cube=CUBE, as_of=until.isoformat())
    known = ask(asked).frame.filter(pl.col(MEASURE) > 0)
    several = pl.col(f"{level}.id").n_unique().over(level) > 1
    name = pl.when(several).then(pl.col(f"{level}.id")).otherwise(pl.col(level))
    return known.select(pl.col("customer.id").alias("id"), name.alias("segment"))
