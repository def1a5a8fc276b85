"""An answer over time as points for a line: one a period and series, the unfinished last one marked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

from cubes.ask import drill_across
from cubes.ask.answer import Answer
from cubes.model import Kind, Measure
from cubes.query import Cut, split_measure
from data.model.calendar import GRAINS, Calendar, Days, day_key, merged, to_date
from data.model.canonical_tables import MAIN_FACT
from data.store.warehouse import Profile
from pages.ui.figures import OTHERS
from pages.ui.period_choices import fact_of


def course(answer: Answer, grain: str, series: str, profile: Profile, column: str = "") -> pl.DataFrame:
    """The plain cells of an answer by `grain` and, unless empty, `series`, as `figures.line` takes them.

    Periods without sales between the first and the last stand too: as 0 where the measure sums or counts, as a
    gap where it divides or the question leaves the period out. `column` draws what is derived from the measure.
    Periods years away from ordinary traffic are left out, unless there are no others.
    """
    fact = fact_of(answer.query, profile)
    name, _ = split_measure(answer.query.measures[0])
    calendar = profile.calendar
    plain = answer.plain()
    points = plain.select(
        id=pl.col(f"{series}.id").fill_null(OTHERS) if series else pl.lit("all"),
        label=pl.col(series) if series else pl.lit(""),
        value=pl.col(column or name).cast(pl.Float64),
        period=pl.Series([_first_day(calendar, grain, each) for each in plain[f"{grain}.id"]], dtype=pl.Date),
    )
    if answer.query.compare and not column:
        points = points.with_columns(previous=plain[f"{name}:base"].cast(pl.Float64))
    points = in_traffic(points, grain, profile, fact)
    zero = not column and empty_is_zero(drill_across.measure_of(name, answer.query.cube, profile))
    points = _filled(points, calendar, grain, answer.query.cuts, zero)
    points = points.with_columns(partial=is_partial("period", grain, profile, fact))
    greatest = points.group_by("id").agg(pl.col("value").sum().alias("all"))
    beyond = pl.col("id") == OTHERS
    ordered = points.join(greatest, on="id").sort("period", beyond, "all", descending=[False, False, True])
    return ordered.drop("all")


def empty_is_zero(measure: Measure) -> bool:
    """Whether no sales make this measure 0, as they do sums and counts; quotients and last days have no value."""
    return measure.kind is not Kind.RATIO and measure.aggregate in {"sum", "count"}


def in_traffic(
    points: pl.DataFrame, grain: str, profile: Profile, fact: str = MAIN_FACT.name
) -> pl.DataFrame:
    """The points whose period, by its first day in `period`, is one of ordinary traffic; all where none is."""
    extent = profile.extents[fact]
    if not extent.outliers or extent.ordinary is None:
        return points
    calendar = profile.calendar
    first, last = (
        to_date(calendar.days_of(grain, calendar.period_at(grain, day)).first)
        for day in (extent.ordinary.first, extent.ordinary.last)
    )
    inside = points.filter(pl.col("period").is_between(first, last))
    return points if inside.is_empty() else inside


def is_partial(first_day: str, grain: str, profile: Profile, fact: str = MAIN_FACT.name) -> pl.Expr:
    """Whether the data of a fact end within the period that begins on the day in this column."""
    end = profile.extents[fact].last_day
    if end is None:
        return pl.lit(False)
    calendar = profile.calendar
    last = calendar.days_of(grain, calendar.period_at(grain, day_key(end)))
    is_last = pl.col(first_day) == to_date(last.first)
    return is_last & pl.lit(day_key(end) < last.last)


def _first_day(calendar: Calendar, grain: str, identity: str) -> date:
    return to_date(calendar.days_written(grain, identity).first)


def _filled(
    points: pl.DataFrame, calendar: Calendar, grain: str, cuts: Iterable[Cut], zero: bool
) -> pl.DataFrame:
    """Every series in every period between the first and the last; 0 stands for nothing only where it was asked."""
    if points.is_empty():
        return points
    codes = [calendar.period_at(grain, day_key(day)) for day in points["period"].unique()]
    spans = [calendar.days_of(grain, code) for code in range(min(codes), max(codes) + 1)]
    cuts = [cut for cut in cuts if cut.level in GRAINS]
    every = pl.DataFrame(
        {
            "period": [to_date(days.first) for days in spans],
            "asked": [_is_asked(calendar, days, cuts) for days in spans],
        },
        schema={"period": pl.Date, "asked": pl.Boolean},
    )
    grid = points.select("id", "label").unique("id", maintain_order=True).join(every, how="cross")
    there = points.with_columns(there=pl.lit(True)).drop("label")
    filled = grid.join(there, on=["id", "period"], how="left")
    if not zero:
        return filled.drop("asked", "there")
    empty = pl.col("there").is_null() & pl.col("asked")
    filled = filled.with_columns(value=pl.when(empty).then(0.0).otherwise("value"))
    if "previous" in filled.columns:
        compared = points.filter(pl.col("previous").is_not_null())["period"]
        known = empty & pl.col("period").is_between(compared.min(), compared.max())
        filled = filled.with_columns(previous=pl.when(known).then(0.0).otherwise("previous"))
    return filled.drop("asked", "there")


def _is_asked(calendar: Calendar, days: Days, cuts: Iterable[Cut]) -> bool:
    """Whether the cuts on time leave any day of a period that lies between others that were answered."""
    return all(_leaves_some(calendar, days, cut) for cut in cuts)


def _leaves_some(calendar: Calendar, days: Days, cut: Cut) -> bool:
    if not cut.members:
        return True
    runs = merged(calendar.days_written(cut.level, each) for each in cut.members)
    met = [shared for run in runs if (shared := run.meet(days))]
    return met != [days] if cut.exclude else bool(met)
