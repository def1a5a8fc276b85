"""A planned question as SQL. Pure: names come from declarations, values travel as parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from cubes.cells import OTHERS
from cubes.members import Filter, Moved, Scope
from cubes.model import Cube, Kind, Level, Measure
from cubes.rollups.kept import Kept
from cubes.rollups.parts import SCALE, counted_level
from data.calendar import Calendar
from data.schema import MASTERS

HISTORICAL = frozenset(table.name for table in MASTERS)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with `?` for each parameter."""

    text: str
    parameters: tuple[Any, ...] = ()

    def readable(self) -> str:
        """The same statement with its parameters written in, for people to read and run."""
        parts = self.text.split("?")
        values = [*(_literal(value) for value in self.parameters), ""]
        return "".join(part + value for part, value in zip(parts, values, strict=True))


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(each) for each in value)}]"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value}'"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


Set = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How different values are counted in the lines: by `flag`, `bitmap` or `hash`, and why no cheaper way."""

    road: str
    reason: str
    low: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One read: these measures of these grouping sets of the levels, within a scope; beyond the tops are Others."""

    levels: tuple[Level, ...]
    sets: tuple[Set, ...]
    measures: tuple[Measure, ...]
    scope: Scope
    tops: Mapping[str, Sequence[int]]

    def kept(self, each: Set) -> tuple[Level, ...]:
        """The levels that a grouping set keeps."""
        return tuple(level for level, keep in zip(self.levels, each, strict=True) if keep)


class Facts:
    """The lines of a cube's fact as a table to count from: which column is what, and how measures are counted."""

    def __init__(self, cube: Cube, counts: Mapping[str, Count]) -> None:
        self.cube, self.counts = cube, counts

    def column(self, level: Level) -> str:
        return level.column

    def source(self, asked: Asked, parameters: list[Any]) -> str:
        """The tables to read from, joined."""
        tables = [level.table for level in asked.levels]
        tables += [table for measure in asked.measures for table in measure.joins]
        return f"FROM {self.cube.fact}{joins(self.cube, asked.scope, tables, parameters)}"

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
        if count.road == "flag":
            return f"count(*) FILTER (WHERE {measure.flag})"
        if count.road == "bitmap":
            return f"coalesce(bit_count(bitstring_agg({measure.column}, {count.low}, {count.high}){only}), 0)::BIGINT"
        return f"count(DISTINCT {measure.column}){only}"


class Stored:
    """A roll-up as a table to count from; `at` says in which column a measure is stored that has several."""

    def __init__(self, cube: Cube, kept: Kept, at: Mapping[str, str], calendar: Calendar) -> None:
        self.cube, self.kept, self.at, self.calendar = cube, kept, at, calendar

    def column(self, level: Level) -> str:
        return f'"{level.name}"'

    def source(self, asked: Asked, parameters: list[Any]) -> str:
        return f"FROM {self.kept.table}"

    def within(self, scope: Scope, parameters: list[Any]) -> str:
        conditions = []
        period = self.kept.grain.period
        if scope.days is not None:
            runs = [f'"{period}" BETWEEN ? AND ?' for _ in scope.days]
            conditions.append(f"({' OR '.join(runs)})" if runs else "false")
            for run in scope.days:
                parameters += [
                    self.calendar.period_at(period, run.first),
                    self.calendar.period_at(period, run.last),
                ]
        for each in scope.filters:
            conditions.append(meets(f'"{each.level}"', each, parameters))
        return f"\n  WHERE {' AND '.join(conditions)}" if conditions else ""

    def aggregate(self, measure: Measure) -> str:
        if measure.kind is Kind.DISTINCT and not measure.flag:
            level = counted_level(self.cube, measure)
            return f'count(DISTINCT "{level}") FILTER (WHERE "{measure.name}#" > 0)'
        part = f'"{self.at.get(measure.name, measure.name)}"'
        if measure.kind is Kind.DISTINCT or measure.aggregate == "count":
            return f"coalesce(sum({part}), 0)::BIGINT"
        if measure.aggregate != "sum":
            return f"{measure.aggregate}({part})::DOUBLE"
        known = "count(*)" if measure.zero_when_empty else f'sum("{measure.name}#")'
        return f"CASE WHEN {known} > 0 THEN coalesce(sum({part}), 0)::DOUBLE / {SCALE} END"


Table = Facts | Stored


def cells(table: Table, asked: Asked, limit: int | None = None) -> Statement:
    """The cells of some grouping sets: per level `<level>.code`, then `grouping`, then the measures.

    A level that is rolled up has nulls and its bit in `grouping` (the first level has the highest bit, as
    in SQL's GROUPING); the members beyond the top have code -1. At most `limit` cells.
    """
    joined: list[Any] = []
    kept: list[Any] = []
    facts = table.source(asked, joined)
    within = table.within(asked.scope, kept)
    folds, keys, shown = fold([table.column(level) for level in asked.levels], asked.levels, asked.tops)
    ever = [any(each[at] for each in asked.sets) for at in range(len(keys))]
    named = [
        f'{key if kept_ else "NULL::INTEGER"} AS "{level.name}.code"'
        for key, kept_, level in zip(keys, ever, asked.levels, strict=True)
    ]
    grouping = _grouping(keys, ever) if len(asked.sets) > 1 else "0"
    parts = [f"{table.aggregate(measure)} AS {measure.name}" for measure in asked.measures]
    chosen = ", ".join([*named, f"{grouping} AS grouping", *parts])
    at_most = f"\n  LIMIT {limit}" if limit is not None else ""
    return Statement(
        f"SELECT {chosen}\n  {facts}{folds}{within}{_group_by(keys, asked.sets)}{at_most}",
        (*joined, *shown, *kept),
    )


def named(statement: Statement, asked: Asked) -> Statement:
    """The same cells with the names of their members, for people to read."""
    chosen, found = [], ""
    for at, level in enumerate(asked.levels):
        chosen.append(f"m{at}.label AS {level.name}")
        found += f"\nLEFT JOIN member AS m{at} ON m{at}.level = '{level.name}' AND m{at}.code = \"{level.name}.code\""
    chosen += ["grouping", *(_shown(measure) for measure in asked.measures)]
    return Statement(
        f"WITH cell AS (\n  {statement.text}\n)\nSELECT {', '.join(chosen)}\nFROM cell{found}",
        statement.parameters,
    )


def _shown(measure: Measure) -> str:
    if measure.unit == "date":
        return f"(DATE '1970-01-01' + {measure.name}::INTEGER)::DATE AS {measure.name}"
    return measure.name


def fold(
    keys: Sequence[str], levels: Sequence[Level], tops: Mapping[str, Sequence[int]]
) -> tuple[str, list[str], list[list[int]]]:
    """What gathers the members beyond the top under OTHERS: joins, the keys to group by, the codes shown."""
    found, folded, shown = "", [], []
    for at, (level, key) in enumerate(zip(levels, keys, strict=True)):
        if level.name in tops:
            found += f"\n  LEFT JOIN (SELECT unnest(?::INTEGER[]) AS code) AS top{at} ON top{at}.code = {key}"
            shown.append(list(tops[level.name]))
            key = f"coalesce(top{at}.code, {OTHERS})"
        folded.append(key)
    return found, folded, shown


def joins(cube: Cube, scope: Scope, tables: Iterable[str | None], parameters: list[Any]) -> str:
    needed = dict.fromkeys([*tables, *(cube.level(each.level).table for each in scope.filters)])
    joins = ""
    for table in needed:
        if table:
            described = (
                moved(scope.moved, parameters)
                if table == "time" and scope.moved
                else _described(table, scope.as_of, parameters)
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


def _described(table: str, as_of: date | None, parameters: list[Any]) -> str:
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


def _grouping(keys: Sequence[str], ever: Sequence[bool]) -> str:
    """The bit of each level rolled up; `ever` says which levels any set keeps at all."""
    bits = [
        (f"grouping({key})" if kept else "1", 1 << (len(keys) - 1 - at))
        for at, (key, kept) in enumerate(zip(keys, ever, strict=True))
    ]
    return f"({' + '.join(f'{rolled_up} * {bit}' for rolled_up, bit in bits)})::INTEGER"


def _group_by(keys: Sequence[str], kept: Sequence[tuple[bool, ...]]) -> str:
    if not keys:
        return ""
    sets = [", ".join(key for key, keep in zip(keys, each, strict=True) if keep) for each in kept]
    if len(sets) == 1:
        return f"\n  GROUP BY {sets[0] or '()'}"
    return f"\n  GROUP BY GROUPING SETS ({', '.join(f'({each})' for each in sets)})"
