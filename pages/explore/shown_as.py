"""What the table shows of a measure: its values, or what is derived from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from cubes.answer import Answer
from cubes.derive import check
from cubes.model import Cube, Kind, Measure
from cubes.query import Derivation, Form, Query
from data.errors import BadRequest

MOVING = Derivation(Form.MOVING_AVERAGE, periods=3)
NAMES: dict[Derivation | None, str] = {
    None: "Values",
    Derivation.SHARE: "Share of subtotal",
    Derivation.SHARE_OF_TOTAL: "Share of total",
    Derivation.RANK: "Rank",
    Derivation.RUNNING_TOTAL: "Running total",
    MOVING: "Moving average of 3",
}
EXPLAINED: dict[Derivation | None, str] = {
    Derivation.SHARE: "Each number as a part of the subtotal one level up.",
    Derivation.SHARE_OF_TOTAL: "Each number as a part of the grand total.",
    Derivation.RANK: "1 is the greatest among the rows beside it; equals share a rank.",
    MOVING: "The mean of three periods, the cell's own the last.",
}
SHARES = (Derivation.SHARE, Derivation.SHARE_OF_TOTAL)
OVER_TIME = (Derivation.RUNNING_TOTAL, MOVING)


def offered(measure: Measure, cube: Cube, by: Iterable[str]) -> list[Derivation | None]:
    """What has a meaning for a measure by these levels: parts of what divides have none."""
    levels = tuple(cube.level(name) for name in by)
    timed = any(level.is_time for level in levels)
    divides = measure.kind in (Kind.RATIO, Kind.HOLISTIC)
    found: list[Derivation | None] = [None]
    for each in (*SHARES, Derivation.RANK, *OVER_TIME):
        if (each in SHARES and divides) or (each in OVER_TIME and not timed):
            continue
        try:
            check(measure, each, levels)
        except BadRequest:
            continue
        found.append(each)
    return found


def unit(measure: Measure, derivation: Derivation | None) -> str:
    """The unit of what is shown."""
    if derivation in SHARES:
        return "percent"
    return "rank" if derivation is Derivation.RANK else measure.unit


def asked(query: Query, derivation: Derivation | None) -> Query:
    """The question whose answer has what is shown. Ranks are among rows: its rows come last, `laid_out` turns it."""
    if derivation is None:
        return query
    query = replace(query, measures=(*query.measures, f"{query.measures[0]}:{derivation}"))
    return query.pivot() if derivation is Derivation.RANK else query


def laid_out(answer: Answer, query: Query) -> Answer:
    """The answer as one to `query`, whose levels stand in another order."""
    if answer.query.by == query.by:
        return answer
    before, by = answer.query.by, query.by
    bits = (
        pl.when(pl.col("grouping") & (1 << (len(before) - 1 - before.index(level))) != 0)
        .then(1 << (len(by) - 1 - at))
        .otherwise(0)
        for at, level in enumerate(by)
    )
    places = [name for level in by for name in (level, f"{level}.id")]
    frame = answer.frame.with_columns(pl.sum_horizontal(*bits).cast(pl.Int32).alias("grouping"))
    turned = replace(answer.query, rows=query.rows, columns=query.columns)
    return replace(answer, query=turned, frame=frame.select(*places, pl.exclude(places)))
