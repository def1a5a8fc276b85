"""Semi-additive measures as SQL: what each series held, a value a series and period, added up along all but time. Pure.

Filters on time say which days there are to choose from. Filters on members say which of the values chosen are shown:
what moved elsewhere by its last count is no longer here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cubes.cells.cell_query import CellQuery
from cubes.cells.cell_sql import fold
from cubes.cells.fact_sql import joins, meets, moved, not_left_out
from cubes.cells.statement import SqlStatement
from cubes.model import Cube, Level, Measure
from data.model.calendar import Days
from data.model.fact_extent import Extent


@dataclass(frozen=True, slots=True)
class Parts:
    """Common table expressions up to `taken`: which day of each series a period takes, and their parameters.

    `taken` has the codes of time levels, the columns of the series s0, s1, ..., `day_key`, and `carried`, whether
    that day lies before the period. `held` are the values, with the codes of all other levels, and `met`, whether
    the filters on members keep them.
    """

    text: str
    parameters: tuple[Any, ...]


def cells(cube: Cube, cell_query: CellQuery, extent: Extent, by_lists: bool = True) -> SqlStatement:
    """The cells of one grouping set of a semi-additive measure, of a fact of this extent.

    The days of each series are held in lists, as DuckDB does it fastest, or else put in order by windows.
    """
    (measure,) = cell_query.measures
    codes = [f'"{level.name}.code"' for level in cell_query.levels]
    by = f"\nGROUP BY {', '.join(codes)}" if codes else ""
    parts = _parts(cube, cell_query, measure, extent, by_lists)
    value = "sum(value / days)" if measure.over_time == "average" else "sum(value)"
    shown = ", ".join([*codes, "0 AS grouping", f"{value}::DOUBLE AS {measure.name}"])
    on = ", ".join([*_names(measure), "day_key"])
    return SqlStatement(
        f"{parts.text}\nSELECT {shown}\nFROM taken JOIN held USING ({on}) WHERE met{by}", parts.parameters
    )


def tally(cube: Cube, cell_query: CellQuery, extent: Extent) -> SqlStatement:
    """For each period in which some series was not counted, the latest first: its code, how many were not, and all.

    A series is counted by its last value, so that one that ended is none.
    """
    measure = replace(cell_query.measures[0], over_time="last")
    code = next((f'"{level.name}.code"' for level in cell_query.levels), "0")
    parts = _parts(cube, cell_query, measure, extent)
    names = ", ".join(_names(measure))
    met = f"SELECT DISTINCT {names}, day_key FROM held WHERE met"
    return SqlStatement(
        f"{parts.text}\nSELECT {code} AS period, count(*) FILTER (carried), count(*)\nFROM taken"
        f" JOIN ({met}) USING ({names}, day_key) GROUP BY 1 HAVING bool_or(carried) ORDER BY 1 DESC",
        parts.parameters,
    )


def may_lack(cell_query: CellQuery) -> bool:
    """Whether a series may have been counted before a period asked about: all time begins with its first count."""
    return cell_query.scope.days is not None or any(level.is_time for level in cell_query.levels)


def _parts(
    cube: Cube, cell_query: CellQuery, measure: Measure, extent: Extent, by_lists: bool = True
) -> Parts:
    times = [level for level in cell_query.levels if level.is_time]
    runs = _runs(cell_query, extent, bool(times))
    held, parameters = _held(cube, cell_query, measure, runs)
    periods, own = _periods(cell_query, times, runs, extent)
    taken = _taken([f'"{level.name}.code"' for level in times], measure, may_lack(cell_query), by_lists)
    return Parts(f"WITH {held},\n{periods},\n{taken}", (*parameters, *own))


def _runs(cell_query: CellQuery, extent: Extent, by_time: bool) -> tuple[Days, ...]:
    """The days to choose from: where periods are put together, a day years ahead is not the last one."""
    runs = (
        cell_query.scope.days if cell_query.scope.days is not None else tuple(filter(None, (extent.whole,)))
    )
    ordinary = tuple(met for run in runs if extent.ordinary and (met := run.meet(extent.ordinary)))
    return runs if by_time else ordinary or runs


def _held(cube: Cube, cell_query: CellQuery, measure: Measure, runs: Sequence[Days]) -> tuple[str, list[Any]]:
    """Every known value that may be taken."""
    joined: list[Any] = []
    kept: list[Any] = []
    others = [level for level in cell_query.levels if not level.is_time]
    tables = [level.table for level in others] + list(measure.joins)
    joining = joins(cube, cell_query.scope, tables, joined)
    folds, keys, shown = fold([level.column for level in others], others, cell_query.tops)
    named = [f'{key} AS "{level.name}.code"' for key, level in zip(keys, others, strict=True)]
    met = [meets(cube.level(each.level).column, each, kept) for each in cell_query.scope.filters]
    day = f"{cube.fact}.day_key"
    series = [f"{column} AS {name}" for column, name in zip(measure.series, _names(measure), strict=True)]
    columns = [*named, *series, day, f"{measure.column} AS value", f"{' AND '.join(met) or 'true'} AS met"]
    first, last = (runs[0].first - measure.carried_days, runs[-1].last) if runs else (0, -1)
    edges: list[Any] = [first, last]
    within = [
        f"{day} BETWEEN ? AND ?",
        *not_left_out(cube, cell_query.scope, edges),
        f"{measure.column} IS NOT NULL",
    ]
    within += [measure.condition] if measure.condition else []
    return (
        f"held AS (\n  SELECT {', '.join(columns)}\n  FROM {cube.fact}{joining}{folds}"
        f"\n  WHERE {' AND '.join(within)}\n)",
        [*kept, *joined, *shown, *edges],
    )


def _periods(
    cell_query: CellQuery, times: Sequence[Level], runs: Sequence[Days], extent: Extent
) -> tuple[str, list[Any]]:
    """The days asked about with the codes of their periods, and where each period begins and ends."""
    codes = [f'{level.column if level.table else "time.day_key"} AS "{level.name}.code"' for level in times]
    days = " OR ".join("time.day_key BETWEEN ? AND ?" for _ in runs) or "false"
    parameters: list[Any] = []
    time = moved(cell_query.scope.moved, parameters) if cell_query.scope.moved else "time"
    ordinary = extent.ordinary or Days(0, -1)
    named = [f'"{level.name}.code"' for level in times]
    by = f" GROUP BY {', '.join(named)}" if named else ""
    return (
        f"asked AS (\n  SELECT {', '.join(['time.day_key', *codes])} FROM {time} WHERE {days}\n),\nperiod AS (\n"
        f"  SELECT {', '.join([*named, 'min(day_key) AS begins', 'max(day_key) AS ends'])}\n  FROM asked"
        f" WHERE day_key BETWEEN ? AND ?{by}\n)",
        [
            *parameters,
            *(edge for run in runs for edge in (run.first, run.last)),
            ordinary.first,
            ordinary.last,
        ],
    )


def _taken(codes: Sequence[str], measure: Measure, may_lack: bool, by_lists: bool) -> str:
    """The day of each series and period that is taken: one of the period, else the last one before it."""
    names = _names(measure)
    per = ", ".join([*codes, *names])
    if measure.over_time == "average" and not by_lists:
        each = f"SELECT DISTINCT {per}, day_key FROM held JOIN asked USING (day_key)"
        days = f"count(*) OVER (PARTITION BY {per}) AS days"
        return f"taken AS (\n  SELECT {per}, day_key, {days} FROM ({each}) AS each\n)"
    if measure.over_time == "average":
        listed = f"SELECT {per}, list(DISTINCT day_key) AS days FROM held JOIN asked USING (day_key) GROUP BY {per}"
        return (
            f"taken AS (\n  SELECT * REPLACE (len(days) AS days), unnest(days) AS day_key FROM ({listed})\n)"
        )
    edge = "max" if measure.over_time == "last" else "min"
    own = f"SELECT {per}, {edge}(day_key) AS day_key, false AS carried FROM held JOIN asked USING (day_key)"
    own += f" GROUP BY {per}"
    if not may_lack or not measure.carried_days:
        return f"taken AS (\n  {own}\n)"
    return f"""own AS (
  {own}
),
{_counted(", ".join(names), by_lists)},
taken AS (
  FROM own UNION ALL
  SELECT {per}, day_key, true AS carried FROM counted JOIN period ON day_key < begins
    AND coalesce(next, ends) >= begins AND day_key >= ends - {measure.carried_days}
  ANTI JOIN own USING ({per})
)"""


def _counted(series: str, by_lists: bool) -> str:
    """The days on which each series was counted, and the next such day after each."""
    if by_lists:
        return f"""listed AS (
  SELECT {series}, list_sort(list(DISTINCT day_key)) AS days FROM held GROUP BY {series}
),
counted AS (
  SELECT {series}, unnest(days) AS day_key, unnest(days[2:]) AS next FROM listed
)"""
    return f"""counted AS (
  SELECT {series}, day_key, lead(day_key) OVER (PARTITION BY {series} ORDER BY day_key) AS next
  FROM (SELECT DISTINCT {series}, day_key FROM held) AS each
)"""


def _names(measure: Measure) -> list[str]:
    return [f"s{at}" for at in range(len(measure.series))]
