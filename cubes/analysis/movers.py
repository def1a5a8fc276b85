"""What moved: the members, of several levels, whose value changed most against another period."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import polars as pl

from cubes.ask.answer import Answer
from cubes.query import Query


def movers(
    ask: Callable[[Query], Answer], query: Query, levels: Iterable[str], count: int = 10
) -> pl.DataFrame:
    """The `count` greatest changes of the question's first measure: half of them rises and half falls, or more
    of the one where there are few of the other. The question must name a comparison.

    Columns: level, id, label, value, base, change (in the measure's unit, greatest rise first). Members that
    were absent from one of the two periods count as 0 there, where the measure is a sum or a count.
    """
    found = [
        _changes(ask(replace(query, rows=(level,), columns=(), totals=False)), level) for level in levels
    ]
    schema = {
        "level": pl.String,
        "id": pl.String,
        "label": pl.String,
        "value": pl.Float64,
        "base": pl.Float64,
    }
    every = pl.concat([pl.DataFrame(schema=schema | {"change": pl.Float64}), *found]).sort(
        "change", "level", "id"
    )
    falls, rises = every.filter(pl.col("change") < 0), every.filter(pl.col("change") > 0)
    down = min(falls.height, max(count // 2, count - rises.height))
    return pl.concat([rises.tail(count - down), falls.head(down)]).sort("change", "level", descending=True)


def _changes(answer: Answer, level: str) -> pl.DataFrame:
    name = answer.query.measures[0]
    return answer.frame.select(
        level=pl.lit(level),
        id=pl.col(f"{level}.id"),
        label=pl.col(level),
        value=pl.col(name).cast(pl.Float64),
        base=pl.col(f"{name}:base").cast(pl.Float64),
        change=(pl.col(name) - pl.col(f"{name}:base")).cast(pl.Float64),
    ).drop_nulls("change")
