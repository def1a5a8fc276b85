"""Gaps in time: periods without a line are shown, as zero or as nothing known, for a course to be read rightly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import polars as pl

from cubes.model import Level
from data.calendar import Days

MOST_CELLS = 20_000


class Periods(Protocol):
    """What is asked of a calendar."""

    def period_at(self, level: str, day: int) -> int: ...

    def period_id(self, level: str, code: int) -> str: ...


def filled(
    frame: pl.DataFrame,
    levels: tuple[Level, ...],
    empties: Mapping[str, bool],
    calendar: Periods,
    span: Sequence[Days],
) -> pl.DataFrame:
    """The cells, and after them one for each period of the runs of days `span` in which nothing stands.

    `frame` has for each level `<level>`, `<level>.id` and `<level>.code`, then `grouping`, then the measures;
    `span` covers all its periods. A period is added beside each combination of the other levels that there is,
    in each grouping that keeps the time level. There a measure is zero where `empties` says so, and null else.

    The same frame comes back where the question is by no time level or by several, where it has no cell at all,
    and where every period of every combination would be more than 20,000 cells.
    """
    times = [level for level in levels if level.is_time]
    if len(times) != 1 or frame.is_empty():
        return frame
    (level,) = times
    bit = 1 << (len(levels) - 1 - levels.index(level))
    kept = frame.filter((pl.col("grouping") & bit) == 0)
    others = [name for each in levels if each != level for name in _names(each)]
    beside = kept.select("grouping", *others).unique(maintain_order=True)
    codes = _codes(calendar, level, span)
    if not kept.height < beside.height * len(codes) <= MOST_CELLS:
        return frame
    keys = ["grouping", *(f"{each.name}.code" for each in levels)]
    every = beside.join(_periods(frame, calendar, level, codes), how="cross")
    added = every.join(kept.select(keys), on=keys, how="anti", nulls_equal=True)
    zeros = [pl.lit(0, frame.schema[name]).alias(name) for name in _zeros(frame, empties)]
    return pl.concat([frame, added.with_columns(zeros)], how="diagonal")


def _names(level: Level) -> tuple[str, str, str]:
    return level.name, f"{level.name}.id", f"{level.name}.code"


def _codes(calendar: Periods, level: Level, span: Sequence[Days]) -> list[int]:
    """The periods that the runs touch, in order."""
    touched = {
        code
        for run in span
        for code in range(
            calendar.period_at(level.name, run.first), calendar.period_at(level.name, run.last) + 1
        )
    }
    return sorted(touched)


def _periods(frame: pl.DataFrame, calendar: Periods, level: Level, codes: Sequence[int]) -> pl.DataFrame:
    ids = [calendar.period_id(level.name, code) for code in codes]
    schema = {name: frame.schema[name] for name in _names(level)}
    return pl.DataFrame(dict(zip(_names(level), (ids, ids, codes), strict=True)), schema=schema)


def _zeros(frame: pl.DataFrame, empties: Mapping[str, bool]) -> list[str]:
    return [name for name in frame.columns if empties.get(name) and frame.schema[name].is_numeric()]
