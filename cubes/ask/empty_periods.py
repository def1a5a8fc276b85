"""Gaps in time: periods without a line are shown, as zero or as nothing known, for a course to be read rightly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np
import polars as pl

from cubes.ask.cell_columns import level_codes
from cubes.cells.packed_codes import grouped
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
    combination of the other levels that there is, in each grouping that keeps a time level; in the others each
    combination that finer cells have: of customers alive none may be left at the end. There a measure is zero where it
    is one of `zeros`, and null else.

    The same frame comes back where the question is by no time level, where it has no cell at all, and where every
    period of every combination would be more than 20,000 cells.
    """
    if not any(level.is_time for level in levels):
        return frame
    added, cells = [], 0
    groupings = frame["grouping"].to_numpy()
    for grouping in np.unique(groupings):
        kept = [level for at, level in enumerate(levels) if not grouping >> (len(levels) - 1 - at) & 1]
        times = [level for level in kept if level.is_time]
        own, within = groupings == grouping, groupings & ~grouping == 0
        periods = _periods(times, calendar, span) if times else [()]
        wanted = _combinations(frame, [level for level in kept if level not in times], within) * len(periods)
        cells += wanted
        if wanted > own.sum():
            inside = frame.filter(within).with_columns(grouping=pl.lit(grouping, frame.schema["grouping"]))
            every = _every(inside, kept, times, periods, calendar)
            added.append(_without(every, frame.filter(own), kept))
    if not added or cells > MOST_CELLS:
        return frame
    nothing = [pl.lit(0, frame.schema[name]).alias(name) for name in frame.columns if name in zeros]
    return pl.concat([frame, *(each.with_columns(nothing) for each in added)], how="diagonal")


def _periods(times: Sequence[Level], calendar: Periods, span: Sequence[Days]) -> list[tuple[int, ...]]:
    """The codes of all periods of the span."""
    names = [level.name for level in times]
    return [*dict.fromkeys(found for run in span for found, _ in calendar.split(names, run))]


def _combinations(frame: pl.DataFrame, levels: Sequence[Level], own: np.ndarray) -> int:
    """How many combinations of these levels some of the cells have."""
    return len(grouped([level_codes(frame, level.name)[own] for level in levels], int(own.sum())).places)


def _every(
    here: pl.DataFrame,
    levels: Sequence[Level],
    times: Sequence[Level],
    periods: Sequence[tuple[int, ...]],
    calendar: Periods,
) -> pl.DataFrame:
    """Each combination of the other levels of these cells with all these periods."""
    others = [name for level in levels if level not in times for name in _names(level)]
    columns = {}
    for level, own in zip(times, zip(*periods, strict=True), strict=True):
        ids = [calendar.period_id(level.name, code) for code in own]
        for name, values in zip(_names(level), (ids, ids, own), strict=True):
            columns[name] = pl.Series(name, values, here.schema[name])
    found = here.select("grouping", *others).unique(maintain_order=True)
    return found.join(pl.DataFrame(columns), how="cross") if columns else found


def _without(every: pl.DataFrame, here: pl.DataFrame, levels: Sequence[Level]) -> pl.DataFrame:
    """Those cells that are not there already."""
    told = [f"{level.name}.code" for level in levels]
    return every.join(here.select("grouping", *told), on=["grouping", *told], how="anti", nulls_equal=True)


def _names(level: Level) -> tuple[str, str, str]:
    return level.name, f"{level.name}.id", f"{level.name}.code"
