"""A planned question as SQL. Pure: names come from declarations, values travel as parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from cubes.cells.cell_arrays import OTHERS
from cubes.cells.cell_query import CellQuery
from cubes.cells.scope import Scope
from cubes.cells.statement import SqlStatement
from cubes.model import Level, Measure


class Relation(Protocol):
    """What cells can be counted from: the fact joined to its dimensions, or a roll-up."""

    def column(self, level: Level) -> str:
        """The column that holds a level's codes."""

    def source(self, cell_query: CellQuery, parameters: list[Any]) -> str:
        """The tables to read from, joined."""

    def within(self, scope: Scope, parameters: list[Any]) -> str:
        """The conditions of a scope."""

    def aggregate(self, measure: Measure) -> str:
        """A measure over the rows of a group."""


def cells(relation: Relation, cell_query: CellQuery, limit: int | None = None) -> SqlStatement:
    """The cells of some grouping sets: per level `<level>.code`, then `grouping`, then the measures.

    A level that is rolled up has nulls and its bit in `grouping` (the first level has the highest bit, as
    in SQL's GROUPING); the members beyond the top have code -1. At most `limit` cells.
    """
    joined: list[Any] = []
    kept: list[Any] = []
    facts = relation.source(cell_query, joined)
    within = relation.within(cell_query.scope, kept)
    folds, keys, shown = fold(
        [relation.column(level) for level in cell_query.levels], cell_query.levels, cell_query.tops
    )
    ever = [any(each[at] for each in cell_query.sets) for at in range(len(keys))]
    named = [
        f'{key if kept_ else "NULL::INTEGER"} AS "{level.name}.code"'
        for key, kept_, level in zip(keys, ever, cell_query.levels, strict=True)
    ]
    grouping = _grouping(keys, ever) if len(cell_query.sets) > 1 else "0"
    parts = [f"{relation.aggregate(measure)} AS {measure.name}" for measure in cell_query.measures]
    chosen = ", ".join([*named, f"{grouping} AS grouping", *parts])
    at_most = f"\n  LIMIT {limit}" if limit is not None else ""
    return SqlStatement(
        f"SELECT {chosen}\n  {facts}{folds}{within}{_group_by(keys, cell_query.sets)}{at_most}",
        (*joined, *shown, *kept),
    )


def named(statement: SqlStatement, cell_query: CellQuery) -> SqlStatement:
    """The same cells with the names of their members, for people to read."""
    chosen, found = [], ""
    for at, level in enumerate(cell_query.levels):
        chosen.append(f"m{at}.label AS {level.name}")
        found += f"\nLEFT JOIN member AS m{at} ON m{at}.level = '{level.name}' AND m{at}.code = \"{level.name}.code\""
    chosen += ["grouping", *(_shown(measure) for measure in cell_query.measures)]
    return SqlStatement(
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
