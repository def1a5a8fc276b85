"""A planned question as SQL. Pure: names come from declarations, values travel as parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from cubes.members import Scope
from cubes.model import Cube, Kind, Level, Measure
from cubes.plan import Count, Plan
from data.schema import MASTERS, UNKNOWN

OTHERS = -1
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


def cells(cube: Cube, plan: Plan, scope: Scope, tops: Mapping[str, Sequence[int]]) -> Statement:
    """The cells of a question: per level its name, `.id` and `.code`, then `grouping`, then the measures.

    A level that is rolled up has nulls and its bit in `grouping` (the first level has the highest bit, as
    in SQL's GROUPING); the members beyond the top have code -1 and no name.
    """
    kept: list[Any] = []
    tables = [
        *(level.table for level in plan.levels),
        *(t for measure in plan.measures for t in measure.joins),
    ]
    joined: list[Any] = []
    facts = f"FROM {cube.fact}{_joins(cube, scope, tables, joined)}"
    where = _where(cube, scope, kept)
    columns = [level.column for level in plan.levels]
    codes = [f'"{level.name}.code"' for level in plan.levels]
    parts = [f"{_aggregate(measure, plan.counts)} AS {measure.name}" for measure in plan.measures]
    if not (tops or len(plan.sets) > 1) or not all(_adds_up(each, plan.counts) for each in plan.measures):
        fold, keys, shown = _fold(plan, columns, tops)
        cell = f"SELECT {_list(plan, keys, codes, parts)}\n  {facts}{fold}{where}{_group_by(keys, plan)}"
        return Statement(f"WITH cell AS (\n  {cell}\n)\n{_outer(plan)}", (*joined, *shown, *kept))
    fold, keys, shown = _fold(plan, codes, tops)
    named = [f"{column} AS {code}" for column, code in zip(columns, codes, strict=True)]
    fine = f"SELECT {', '.join([*named, *parts])}\n  {facts}{where}\n  GROUP BY ALL"
    wholes = [f"{_regained(measure)} AS {measure.name}" for measure in plan.measures]
    cell = f"SELECT {_list(plan, keys, codes, wholes)}\n  FROM fine{fold}{_group_by(keys, plan)}"
    steps = f"WITH fine AS (\n  {fine}\n), cell AS (\n  {cell}\n)"
    return Statement(f"{steps}\n{_outer(plan)}", (*joined, *kept, *shown))


def _list(plan: Plan, keys: Sequence[str], codes: Sequence[str], measures: Sequence[str]) -> str:
    named = [f"{key} AS {code}" for key, code in zip(keys, codes, strict=True)]
    grouping = _grouping(keys) if len(plan.sets) > 1 else "0"
    return ", ".join([*named, f"{grouping} AS grouping", *measures])


def _adds_up(measure: Measure, counts: Mapping[str, Count]) -> bool:
    return measure.kind is Kind.ADDITIVE or counts[measure.name].road == "flag"


def _regained(measure: Measure) -> str:
    """The measure of a coarser cell from those of finer ones, for measures that add up."""
    how = measure.aggregate if measure.aggregate in {"min", "max"} else "sum"
    return f"{how}({measure.name})"


def _fold(
    plan: Plan, keys: Sequence[str], tops: Mapping[str, Sequence[int]]
) -> tuple[str, list[str], list[list[int]]]:
    """What gathers the members beyond the top under OTHERS: joins, the keys to group by, the codes shown."""
    joins, folded, shown = "", [], []
    for at, (level, key) in enumerate(zip(plan.levels, keys, strict=True)):
        if level.name in tops:
            joins += f"\n  LEFT JOIN (SELECT unnest(?::INTEGER[]) AS code) AS top{at} ON top{at}.code = {key}"
            shown.append(list(tops[level.name]))
            key = f"coalesce(top{at}.code, {OTHERS})"
        folded.append(key)
    return joins, folded, shown


def _joins(cube: Cube, scope: Scope, tables: Iterable[str | None], parameters: list[Any]) -> str:
    needed = dict.fromkeys([*tables, *(cube.level(each.level).table for each in scope.filters)])
    joins = ""
    for table in needed:
        if table:
            joins += f"\n  JOIN {_described(table, scope.as_of, parameters)} USING ({_key(table)})"
    return joins


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


def _where(cube: Cube, scope: Scope, parameters: list[Any]) -> str:
    conditions = []
    if scope.days is not None:
        runs = [f"{cube.fact}.day_key BETWEEN ? AND ?" for _ in scope.days]
        conditions.append(f"({' OR '.join(runs)})" if runs else "false")
        parameters.extend(edge for run in scope.days for edge in (run.first, run.last))
    for each in scope.filters:
        word = "NOT IN" if each.exclude else "IN"
        conditions.append(f"{cube.level(each.level).column} {word} (SELECT unnest(?::INTEGER[]))")
        parameters.append(list(each.codes))
    return f"\n  WHERE {' AND '.join(conditions)}" if conditions else ""


def _grouping(keys: Sequence[str]) -> str:
    bits = [f"grouping({key}) * {1 << (len(keys) - 1 - at)}" for at, key in enumerate(keys)]
    return f"({' + '.join(bits)})::INTEGER"


def _group_by(keys: Sequence[str], plan: Plan) -> str:
    if not keys:
        return ""
    sets = [", ".join(key for key, kept in zip(keys, each, strict=True) if kept) for each in plan.sets]
    if len(sets) == 1:
        return f"\n  GROUP BY {sets[0]}"
    return f"\n  GROUP BY GROUPING SETS ({', '.join(f'({each})' for each in sets)})"


def _aggregate(measure: Measure, counts: Mapping[str, Count]) -> str:
    only = f" FILTER (WHERE {measure.condition})" if measure.condition else ""
    if measure.kind is Kind.ADDITIVE:
        if measure.aggregate == "count":
            return f"count(*){only}"
        return f"{measure.aggregate}({measure.column}){only}"
    count = counts[measure.name]
    if count.road == "flag":
        return f"count(*) FILTER (WHERE {measure.flag})"
    if count.road == "bitmap":
        return f"coalesce(bit_count(bitstring_agg({measure.column}, {count.low}, {count.high}){only}), 0)::BIGINT"
    return f"count(DISTINCT {measure.column}){only}"


def _outer(plan: Plan) -> str:
    chosen, joins = [], ""
    for at, level in enumerate(plan.levels):
        chosen += [f"m{at}.label AS {level.name}", f'm{at}.id AS "{level.name}.id"', f'"{level.name}.code"']
        joins += f"\nLEFT JOIN member AS m{at} ON m{at}.level = '{level.name}' AND m{at}.code = \"{level.name}.code\""
    chosen.append("grouping")
    chosen += [_shown(measure) for measure in plan.measures]
    chosen += [
        f"{each.numerator}::DOUBLE / nullif({each.denominator}, 0) AS {each.name}" for each in plan.ratios
    ]
    return f"SELECT {', '.join(chosen)}\nFROM cell{joins}"


def _shown(measure: Measure) -> str:
    if measure.unit == "date":
        return f"(DATE '1970-01-01' + {measure.name})::DATE AS {measure.name}"
    whole = measure.kind is Kind.DISTINCT or measure.aggregate == "count"
    return f"{measure.name}::{'BIGINT' if whole else 'DOUBLE'} AS {measure.name}"


def ranking(cube: Cube, level: Level, plan: Plan, scope: Scope) -> Statement:
    """The codes of one level, the greatest value of the plan's first measure first."""
    statement = cells(cube, plan, scope, {})
    measure = (*plan.ratios, *plan.measures)[0].name
    return Statement(
        f'SELECT "{level.name}.code" FROM (\n{statement.text}\n)\nORDER BY {measure} DESC NULLS LAST, 1',
        statement.parameters,
    )


def lines(cube: Cube, scope: Scope, limit: int, offset: int) -> Statement:
    """The order lines within a scope, the latest first."""
    parameters: list[Any] = []
    attributes = [
        f"line.{level.name}"
        for dimension in cube.dimensions
        if dimension.name == "line"
        for level in dimension.levels
    ]
    shown = ", ".join(
        [
            "(DATE '1970-01-01' + sale.day_key)::DATE AS day, sales_order.number AS order_number",
            "customer.id AS customer, customer.name AS customer_name, customer.country, customer.region, customer.city",
            "product.id AS product, product.name AS product_name, product.category, channel.name AS channel",
            *attributes,
            "sale.units::DOUBLE AS units, sale.revenue::DOUBLE AS revenue, sale.cost::DOUBLE AS cost",
            "sale.is_return, sale.batch, sale.row_in_source",
        ]
    )
    joins = _joins(cube, scope, ["customer", "product", "channel", "line"], parameters)
    where = _where(cube, scope, parameters)
    return Statement(
        f"SELECT {shown}\nFROM {cube.fact}{joins}\n  LEFT JOIN sales_order USING (order_key){where}"
        "\nORDER BY sale.day_key DESC, sale.order_key, sale.row_in_source\nLIMIT ? OFFSET ?",
        (*parameters, limit, offset),
    )


def batches(cube: Cube, scope: Scope) -> Statement:
    """What each batch brought of the order lines within a scope; amounts stay exact."""
    parameters: list[Any] = []
    joins = _joins(cube, scope, (), parameters)
    where = _where(cube, scope, parameters)
    return Statement(
        f"SELECT sale.batch, count(*) AS lines, sum(sale.revenue)::DECIMAL(38,4) AS revenue"
        f"\nFROM {cube.fact}{joins}{where}\nGROUP BY sale.batch",
        tuple(parameters),
    )


def baskets(cube: Cube, level: Level, scope: Scope) -> Statement:
    """Each order with each known member of a product level that it holds; returns are left out."""
    parameters: list[Any] = []
    joins = _joins(cube, scope, [level.table], parameters)
    where = _where(cube, scope, parameters) or "\n  WHERE true"
    return Statement(
        f"""WITH bought AS (
  SELECT DISTINCT sale.order_key AS basket, {level.column} AS code
  FROM {cube.fact}{joins}{where} AND NOT sale.is_return
), named AS (
  SELECT code, CASE WHEN count(*) OVER (PARTITION BY label) > 1 THEN label || ' (' || id || ')' ELSE label END AS item
  FROM member WHERE level = ? AND label <> ?
)
SELECT basket, item FROM bought JOIN named USING (code) ORDER BY basket, item""",
        (*parameters, level.name, UNKNOWN),
    )
