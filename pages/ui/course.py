"""An answer over time as points for a line: one a period and series, the unfinished last one marked."""

from __future__ import annotations

import polars as pl

from cubes.answer import Answer
from cubes.calendar import day_key, days_of, parse_period, to_date
from cubes.query import split_measure
from data.warehouse import Profile
from pages.ui.figures import OTHERS


def course(answer: Answer, grain: str, series: str, profile: Profile) -> pl.DataFrame:
    """The plain cells of an answer by `grain` and, unless empty, `series`, as `figures.line` takes them."""
    name, _ = split_measure(answer.query.measures[0])
    plain = answer.plain()
    days = [days_of(grain, parse_period(grain, identity)) for identity in plain[f"{grain}.id"]]
    last = day_key(profile.last_day) if profile.last_day else 0
    points = plain.select(
        id=pl.col(f"{series}.id").fill_null(OTHERS) if series else pl.lit("all"),
        label=pl.col(series) if series else pl.lit(""),
        value=pl.col(name).cast(pl.Float64),
        period=pl.Series([to_date(each.first) for each in days], dtype=pl.Date),
        partial=pl.Series([each.first <= last < each.last for each in days], dtype=pl.Boolean),
    )
    if answer.query.compare:
        points = points.with_columns(previous=plain[f"{name}:base"].cast(pl.Float64))
    greatest = points.group_by("id").agg(pl.col("value").sum().alias("all"))
    beyond = pl.col("id") == OTHERS
    ordered = points.join(greatest, on="id").sort("period", beyond, "all", descending=[False, False, True])
    return ordered.drop("all")
