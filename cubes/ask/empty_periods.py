"""Gaps in time: periods without a line are shown, as zero or as nothing known, for a course to be read rightly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import polars as pl

from cubes.model import Level
from data.model.calendar import Days

MOST_CELLS = 20_000


class Periods(Protocol):
    """What is asked of a calendar."""

    def split(self, levels: Sequence[str], span: Days) -> list[tuple[tuple[int, ...], Days]]: ...

    def period_id(self, level: str, code: int) -> str: ...


def filled(
    frame: pl.DataFrame,
    levels: tuple[Level, ...],
    zeros: Collection[str],
    calendar: Periods,
    span: Sequence[Days],
) -> pl.DataFrame:
    """The cells, and after them one for each period of the runs of days `span` in which nothing stands.

    `frame` has for each level `<level>`, `<level>.id` and `<level>.code`, then `grouping`, then the measures;
    `span` covers all its periods. Periods, or the days that several levels of time share, are added beside each
    combination of the other levels that there is, in each grouping that keeps a time level. There a measure is zero
    where it is one of `zeros`, and null else.

    The same frame comes back where the question is by no time level, where it has no cell at all, and where every
    period of every combination would be more than 20,000 cells.
    """
    if not any(level.is_time for level in levels):
        return frame
    added, cells = [], 0
    for grouping in frame["grouping"].unique().sort():
        kept = [level for at, level in enumerate(levels) if not grouping >> (len(levels) - 1 - at) & 1]
        times = [level for level in kept if level.is_time]
        if times:
            here = frame.filter(pl.col("grouping") == grouping)
            every = _every(here, levels, times, calendar, span)
            cells += every.height
            added.append(_without(every, here, levels))
    if not added or cells > MOST_CELLS:
        return frame
    nothing = [pl.lit(0, frame.schema[name]).alias(name) for name in frame.columns if name in zeros]
    return pl.concat([frame, *(each.with_columns(nothing) for each in added)], how="diagonal")


def _every(
    here: pl.DataFrame,
    levels: Sequence[Level],
    times: Sequence[Level],
    calendar: Periods,
    span: Sequence[Days],
) -> pl.DataFrame:
    """Each combination of the other levels of these cells with all periods of the span."""
    others = [name for level in levels if level not in times for name in _names(level)]
    found = [codes for run in span for codes, _ in calendar.split([level.name for level in times], run)]
    columns = {}
    for level, codes in zip(times, zip(*dict.fromkeys(found), strict=True), strict=True):
        ids = [calendar.period_id(level.name, code) for code in codes]
        for name, values in zip(_names(level), (ids, ids, codes), strict=True):
            columns[name] = pl.Series(name, values, here.schema[name])
    return (
        here.select("grouping", *others).unique(maintain_order=True).join(pl.DataFrame(columns), how="cross")
    )


def _without(every: pl.DataFrame, here: pl.DataFrame, levels: Sequence[Level]) -> pl.DataFrame:
    """Those cells that are not there already."""
    codes = [f"{level.name}.code" for level in levels]
    return every.join(here.select(codes), on=codes, how="anti", nulls_equal=True)


def _names(level: Level) -> tuple[str, str, str]:
    return level.name, f"{level.name}.id", f"{level.name}.code"
