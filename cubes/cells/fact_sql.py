"""A fact joined to its dimensions, as SQL to count cells or take rows from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from cubes.cells.cell_query import CellQuery
from cubes.cells.count_method import CountMethod
from cubes.cells.scope import Filter, Moved, Scope
from cubes.model import Cube, Kind, Level, Measure
from data.model.canonical_tables import WITH_LEAF

HISTORICAL = frozenset(table.name for table in WITH_LEAF)


class FactRelation:
    """The lines of a cube's fact as a table to count from: which column is what, and how measures are counted."""

    def __init__(self, cube: Cube, counts: Mapping[str, CountMethod]) -> None:
        self.cube, self.counts = cube, counts

    def column(self, level: Level) -> str:
        return level.column

    def source(self, cell_query: CellQuery, parameters: list[Any]) -> str:
        """The tables to read from, joined."""
        tables = [level.table for level in cell_query.levels]
        tables += [table for measure in cell_query.measures for table in measure.joins]
        return f"FROM {self.cube.fact}{joins(self.cube, cell_query.scope, tables, parameters)}"

    def within(self, scope: Scope, parameters: list[Any]) -> str:
        return where(self.cube, scope, parameters)

    def aggregate(self, measure: Measure) -> str:
        only = f" FILTER (WHERE {measure.condition})" if measure.condition else ""
        match measure.kind:
            case Kind.ADDITIVE if measure.aggregate == "count":
                return f"count(*){only}"
            case Kind.ADDITIVE if measure.aggregate == "sum" and measure.zero_when_empty:
                return f"CASE WHEN count(*) > 0 THEN coalesce(sum({measure.column}){only}, 0) END::DOUBLE"
            case Kind.ADDITIVE:
                return f"{measure.aggregate}({measure.column}){only}::DOUBLE"
            case Kind.HOLISTIC:
                return f"quantile_cont({measure.column}::DOUBLE, {measure.quantile}){only}"
        count = self.counts[measure.name]
        if count.by == "flag":
            return f"count(*) FILTER (WHERE {measure.flag})"
        if count.by == "bitmap":
            return f"coalesce(bit_count(bitstring_agg({measure.column}, {count.low}, {count.high}){only}), 0)::BIGINT"
        return f"count(DISTINCT {measure.column}){only}"


def joins(cube: Cube, scope: Scope, tables: Iterable[str | None], parameters: list[Any]) -> str:
    needed = dict.fromkeys([*tables, *(cube.level(each.level).table for each in scope.filters)])
    joins = ""
    for table in needed:
        if table:
            described = (
                moved(scope.moved, parameters)
                if table == "time" and scope.moved
                else described_as_of(table, scope.as_of, parameters)
            )
            joins += f"\n  JOIN {described} USING ({_key(table)})"
    return joins


def moved(runs: Sequence[Moved], parameters: list[Any]) -> str:
    """The calendar with each day of the runs in the periods of the day so many days later."""
    parameters += [
        [run.days.first for run in runs],
        [run.days.last for run in runs],
        [run.later for run in runs],
    ]
    ends = "SELECT unnest(?::INTEGER[]) AS first, unnest(?::INTEGER[]) AS last, unnest(?::INTEGER[]) AS later"
    return f"""(
    SELECT time.* REPLACE (time.day_key - run.later AS day_key)
    FROM time JOIN ({ends}) AS run ON time.day_key - run.later BETWEEN run.first AND run.last
  ) AS time"""


def described_as_of(table: str, as_of: date | None, parameters: list[Any]) -> str:
    """A dimension whose members are described as they were at each fact, or as of one day.

    As of a day a member is what it was at the day's end; before its first version, what it was at first.
    """
    if as_of is None or table not in HISTORICAL:
        return table
    key, code = f"{table}_key", f"{table}_code"
    end = datetime.combine(as_of, time.max)
    parameters.extend([end, end])
    return f"""(
    SELECT version.{key}, stood.* EXCLUDE ({key}) FROM {table} AS version JOIN (
      SELECT * FROM {table} WHERE {code} = 0
      UNION ALL
      SELECT * FROM {table} WHERE valid_from < valid_to AND {code} > 0 QUALIFY row_number() OVER (
        PARTITION BY {code} ORDER BY valid_from <= ? DESC, abs(epoch_ms(valid_from) - epoch_ms(?::TIMESTAMP))) = 1
    ) AS stood ON stood.{code} = version.{code} AND (version.{code} > 0 OR stood.{key} = version.{key})
  ) AS {table}"""


def _key(table: str) -> str:
    return "day_key" if table == "time" else f"{table}_key"


def where(cube: Cube, scope: Scope, parameters: list[Any]) -> str:
    conditions = []
    if scope.days is not None:
        runs = [f"{cube.fact}.day_key BETWEEN ? AND ?" for _ in scope.days]
        conditions.append(f"({' OR '.join(runs)})" if runs else "false")
        parameters.extend(edge for run in scope.days for edge in (run.first, run.last))
    conditions += not_left_out(cube, scope, parameters)
    if scope.after_batch is not None:
        conditions.append(f"{cube.fact}.batch > ?")
        parameters.append(scope.after_batch)
    for span in scope.spans:
        conditions.append(f"{span.column} BETWEEN ? AND ?")
        parameters += [span.first, span.last]
    for kept in scope.filters:
        conditions.append(meets(cube.level(kept.level).column, kept, parameters))
    return f"\n  WHERE {' AND '.join(conditions)}" if conditions else ""


def not_left_out(cube: Cube, scope: Scope, parameters: list[Any]) -> list[str]:
    """The conditions that leave out what some batches have of some days."""
    conditions = []
    for each in scope.left_out:
        then = " OR ".join(f"{cube.fact}.day_key BETWEEN ? AND ?" for _ in each.days)
        conditions.append(f"NOT (({then}) AND {cube.fact}.batch IN (SELECT unnest(?::INTEGER[])))")
        parameters += [edge for run in each.days for edge in (run.first, run.last)]
        parameters.append(list(each.batches))
    return conditions


def meets(column: str, kept: Filter, parameters: list[Any]) -> str:
    parameters.append(list(kept.codes))
    return f"{column} {'NOT IN' if kept.exclude else 'IN'} (SELECT unnest(?::INTEGER[]))"
