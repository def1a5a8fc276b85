"""SQL over the star for any question: joins, names grouped, `count(DISTINCT)`, grouping sets for totals."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from bench import periods
from bench.measures import expression
from bench.members import HOME, OTHERS, code, days
from cubes.query import Cut, Query


def sql(query: Query) -> str:
    """What an analyst who takes trouble writes over the star. Comparisons and derivations are written by hand."""
    tops = dict(query.top)
    ranked = [f"top_{level} AS ({_ranking(query, level, count)})" for level, count in tops.items()]
    columns = [*(_key(level, level in tops) for level in query.by), *map(expression, query.measures)]
    keys = {
        level: [f"coalesce(top_{level}.label, '{OTHERS}')"] if level in tops else _path(level)
        for level in query.by
    }
    joins = "".join(
        f"\n  LEFT JOIN top_{level} ON "
        + " AND ".join(f"top_{level}.p{at} = {p}" for at, p in enumerate(path))
        for level, path in ((level, _path(level)) for level in tops)
    )
    head = f"WITH {', '.join(ranked)}\n" if ranked else ""
    grouped = _grouped([[column for level in kept for column in keys[level]] for kept in grains(query)])
    return f"{head}SELECT {', '.join(columns)}\nFROM sale{_joins(query)}{joins}{_where(query.cuts)}{grouped}"


def grains(query: Query) -> list[tuple[str, ...]]:
    """The levels that each grain of the answer keeps: with totals, every start of the rows with every one of the
    columns."""
    if not query.totals:
        return [query.by]
    return [
        (*query.rows[:row], *query.columns[:column])
        for row in range(len(query.rows), -1, -1)
        for column in range(len(query.columns), -1, -1)
    ]


def _path(level: str) -> list[str]:
    """The columns that tell its members apart."""
    if periods.is_time(level):
        return ["time.day" if level == "day" else f"date_trunc('{level}', time.day)"]
    home = HOME[level]
    return [f"{home.name}.{column}" for column in home.path(level)]


def _key(level: str, topped: bool) -> str:
    if topped:
        return f"coalesce(top_{level}.label, '{OTHERS}')"
    return " || '/' || ".join(_path(level))


def _ranking(query: Query, level: str, count: int) -> str:
    """The members to show by name: the greatest by the first measure, of equals the first by code."""
    path = _path(level)
    named = ", ".join(f"{column} AS p{at}" for at, column in enumerate(path))
    order = f"{expression(query.measures[0])} DESC NULLS LAST, min({HOME[level].name}.{code(level)})"
    alone = Query(query.measures[:1], (level,), cuts=query.cuts)
    return (
        f"SELECT {named}, {_key(level, topped=False)} AS label\nFROM sale{_joins(alone)}{_where(query.cuts)}"
        f"{_grouped([path])}\nORDER BY {order} LIMIT {count}"
    )


def _joins(query: Query) -> str:
    levels = [*query.by, *(cut.level for cut in query.cuts)]
    tables = dict.fromkeys("time" if periods.is_time(level) else HOME[level].name for level in levels)
    keys = {"time": "day_key"}
    return "".join(f"\n  JOIN {table} USING ({keys.get(table, f'{table}_key')})" for table in tables)


def _where(cuts: Sequence[Cut]) -> str:
    conditions = [_within(cut) for cut in cuts if not periods.is_time(cut.level)]
    runs = days(cuts)
    if runs is not None:
        spans = [f"time.day BETWEEN DATE '{first}' AND DATE '{last}'" for first, last in runs]
        conditions.append(f"({' OR '.join(spans) or 'false'})")
    return f"\nWHERE {' AND '.join(conditions)}" if conditions else ""


def _within(cut: Cut) -> str:
    path = _path(cut.level)
    members = [
        " AND ".join(
            f"{column} = {_text(unquote(step))}" for column, step in zip(path, member.split("/"), strict=True)
        )
        for member in cut.members
    ]
    return f"{'NOT ' if cut.exclude else ''}({' OR '.join(members)})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _grouped(sets: Sequence[Sequence[str]]) -> str:
    if len(sets) == 1:
        return f"\nGROUP BY {', '.join(sets[0])}" if sets[0] else ""
    listed = ", ".join("(" + ", ".join(each) + ")" for each in sets)
    return f"\nGROUP BY GROUPING SETS ({listed})"
