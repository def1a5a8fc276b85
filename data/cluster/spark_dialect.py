"""The SQL of cells as Spark reads it: what is not known to mean the same there is refused, never guessed.

sqlglot parses; what it would get wrong is put right here (integer casts of halves, quotients, days between dates,
moments in milliseconds, quantiles, several lists unnested side by side), and only what stands in `KNOWN` passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.generators.spark import SparkGenerator

from data.errors import BadRequest

KNOWN = frozenset({
    exp.Abs, exp.Add, exp.Alias, exp.And, exp.Anonymous, exp.Between, exp.Boolean, exp.Case, exp.Cast, exp.Coalesce,
    exp.Column, exp.Count, exp.CTE, exp.DataType, exp.Distinct, exp.Div, exp.EQ, exp.Explode, exp.Filter, exp.From,
    exp.Greatest, exp.Group, exp.Grouping, exp.GroupingSets, exp.GT, exp.GTE, exp.Identifier, exp.If, exp.In,
    exp.Is, exp.Join, exp.Lead, exp.Least, exp.Limit, exp.Literal, exp.LogicalOr, exp.Lower, exp.LT, exp.LTE, exp.Max,
    exp.Min,
    exp.Mul, exp.NEQ, exp.Neg, exp.Not, exp.Null, exp.Nullif, exp.Or, exp.Order, exp.Ordered, exp.Paren,
    exp.PercentileCont, exp.Placeholder, exp.Qualify, exp.RowNumber, exp.Select, exp.Star, exp.Sub, exp.Subquery,
    exp.Sum, exp.Table, exp.TableAlias, exp.Tuple, exp.Union, exp.UnixToTime, exp.Where, exp.Window, exp.With,
})  # fmt: skip
WHOLE, FRACTIONS = ("SMALLINT", "INT", "BIGINT"), ("FLOAT", "DOUBLE", "DECIMAL")
TYPES = frozenset(
    {*WHOLE, "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPNTZ", "ARRAY", "VARCHAR", "TEXT"}
)
FUNCTIONS = frozenset({"percentile", "unix_millis", "rint", "datediff", "inline", "arrays_zip"})
REFUSED = "The cluster has no exact way to answer this."
REMEDY = "Ask for other measures, or without CLIENTELA_ENGINE."


# Spark has QUALIFY itself; as a subquery, which sqlglot writes, a star would have a column more.
_OWN = {**SparkGenerator.TRANSFORMS, exp.Select: lambda generator, select: generator.select_sql(select)}
_Generator: Any = type("_Generator", (SparkGenerator,), {"TRANSFORMS": _OWN})


@dataclass(frozen=True, slots=True)
class SparkSql:
    """A statement as Spark reads it: `:p0` and so on stand for its values, `tables` are what it names, as views."""

    text: str
    values: Mapping[str, Any]
    tables: frozenset[str]


def spark_sql(text: str, parameters: tuple[Any, ...] = ()) -> SparkSql:
    """A statement with `?` for each parameter as Spark reads it.

    Errors: BadRequest where it is not known to mean the same.
    """
    moments = tuple(at for at, value in enumerate(parameters) if isinstance(value, datetime))
    values = (value.isoformat() if isinstance(value, datetime) else value for value in parameters)
    written, tables = _written(text, moments)
    return SparkSql(written, {f"p{at}": value for at, value in enumerate(values)}, tables)


@lru_cache(maxsize=512)
def _written(text: str, moments: tuple[int, ...]) -> tuple[str, frozenset[str]]:
    numbers = count()
    try:
        tree = parse_one(re.sub(r"\?", lambda _: f":p{next(numbers)}", text), read="duckdb")
        _check(tree)
        tree = tree.transform(_put_right)
        for node in list(tree.find_all(exp.Placeholder)):
            if int(node.name[1:]) in moments:
                node.replace(exp.cast(node.copy(), "TIMESTAMP_NTZ"))
        found: str = _Generator(dialect="spark", identify=True).generate(tree)
    except (SqlglotError, ValueError) as error:
        raise BadRequest(REFUSED, REMEDY) from error
    return found, frozenset(table.name for table in tree.find_all(exp.Table))


def _check(tree: exp.Expr) -> None:
    """Errors: BadRequest for anything beyond `KNOWN`."""
    for node in tree.walk():
        if type(node) not in KNOWN or any(
            isinstance(node, kind) and means(node) for kind, means in OTHERWISE
        ):
            raise BadRequest(REFUSED, REMEDY)


def _is_cut_off(cast: exp.Cast) -> bool:
    """Whether a fraction becomes a whole number, which DuckDB rounds and Spark cuts off, other than `_cast` rounds."""
    if not cast.is_type(*WHOLE) or _is_rounded(cast):
        return False
    inner = cast.this.unnest()
    parts = (each for each in inner.walk() if isinstance(each, exp.Div | exp.Literal | exp.Cast))
    return any(
        each.is_type(*FRACTIONS)
        if isinstance(each, exp.Cast)
        else isinstance(each, exp.Div) or (each.is_number and not each.is_int)
        for each in parts
    )


def _is_rounded(cast: exp.Cast) -> bool:
    inner = cast.this.unnest()
    return cast.to.is_type(*WHOLE) and isinstance(inner, exp.Mul) and bool(inner.find(exp.Cast))


# What may stand there, but not so.
OTHERWISE: tuple[tuple[type[exp.Expression], Callable[[Any], bool]], ...] = (
    (exp.Anonymous, lambda called: called.name.lower() not in FUNCTIONS),
    (exp.Grouping, lambda grouping: len(grouping.expressions) > 1),
    (exp.Distinct, lambda distinct: bool(distinct.args.get("on"))),
    (exp.DataType, lambda kind: kind.this.name not in TYPES),
    (exp.Cast, _is_cut_off),
)


def _put_right(node: exp.Expression) -> exp.Expression:
    """One node as it means the same in Spark."""
    for kind, put in RIGHT.items():
        if isinstance(node, kind):
            return put(node)
    return node


def _select(select: exp.Expression) -> exp.Expression:
    """Lists unnested side by side; a group of nothing is no group; a star with a column replaced."""
    lists = [each for each in select.expressions if isinstance(each.unalias(), exp.Explode)]
    if len(lists) > 1:
        if len(lists) < len(select.expressions):
            raise BadRequest(REFUSED, REMEDY)
        zipped = exp.func("inline", exp.func("arrays_zip", *(each.unalias().this for each in lists)))
        names = [exp.to_identifier(each.alias) for each in lists]
        select.set("expressions", [exp.Aliases(this=zipped, expressions=names)])
    group = select.args.get("group")
    if group and len(group.expressions) == 1 and group.expressions[0] == exp.Tuple():
        select.set("group", None)
    shown = [part for each in select.expressions for part in _unreplaced(each)]
    select.set("expressions", shown)
    return select


def _unreplaced(shown: exp.Expression) -> list[exp.Expression]:
    """`* REPLACE (x AS a)` as `* EXCEPT (a), x AS a`."""
    star = shown.find(exp.Star) if isinstance(shown, exp.Column | exp.Star) else None
    replaced = star.args.get("replace") if star else None
    if not star or not replaced:
        return [shown]
    star.set("replace", None)
    star.set("except_", [exp.column(each.alias) for each in replaced])
    return [shown, *replaced]


def _table(table: exp.Expression) -> exp.Expression:
    """A roll-up by the name of its view."""
    if table.args.get("db"):
        table.set("this", exp.to_identifier(f"{table.args['db'].name}_{table.name}"))
        table.set("db", None)
    return table


def _cast(cast: exp.Cast) -> exp.Expression:
    """A double becomes a whole number by rounding halves to even, as DuckDB does it, not by cutting off."""
    if _is_rounded(cast):
        cast.set("this", exp.func("rint", cast.this.unnest()))
    return cast


def _quotient(division: exp.Expression) -> exp.Expression:
    """A quotient of doubles: decimals would be cut off. By nothing it is unknown, as DuckDB says it."""
    below = exp.Nullif(this=exp.cast(division.expression, "DOUBLE"), expression=exp.Literal.number(0))
    return exp.Div(this=exp.cast(division.this, "DOUBLE"), expression=below)


def _difference(sub: exp.Expression) -> exp.Expression:
    """The days between two dates are a number."""
    right = sub.expression
    if isinstance(right, exp.Cast) and right.to.is_type("DATE"):
        return exp.Anonymous(this="datediff", expressions=[sub.this, right])
    return sub


def _quantile(quantile: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="percentile", expressions=[quantile.this, quantile.expression])


def _milliseconds(moment: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="unix_millis", expressions=[exp.cast(moment.this, "TIMESTAMP")])


RIGHT: dict[type[exp.Expression], Callable[[Any], exp.Expression]] = {
    exp.Select: _select,
    exp.Table: _table,
    exp.Cast: _cast,
    exp.Div: _quotient,
    exp.Sub: _difference,
    exp.PercentileCont: _quantile,
    exp.UnixToTime: _milliseconds,
}
