"""The rows behind a cell as SQL: those of the fact, the batches that brought them, the baskets in them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cubes.cells.fact_sql import joins, where
from cubes.cells.scope import Scope
from cubes.cells.statement import Statement
from cubes.model import Cube, Level
from data.model.canonical_tables import FACT, UNKNOWN, FactColumn

# How a dimension is told beside a row; the names stand in every drill-through.
TOLD = {
    "customer": (
        "customer.id AS customer",
        "customer.name AS customer_name",
        "customer.country",
        "customer.region",
        "customer.city",
    ),
    "product": ("product.id AS product", "product.name AS product_name", "product.category"),
    "channel": ("channel.name AS channel",),
    "partner": ("partner.id AS partner", "partner.name AS partner_name"),
    "campaign": ("campaign.name AS campaign",),
}
OF_SALE = (
    "sale.units::DOUBLE AS units",
    "sale.revenue::DOUBLE AS revenue",
    "sale.cost::DOUBLE AS cost",
    "sale.is_return",
)


def rows(cube: Cube, scope: Scope, limit: int, offset: int) -> Statement:
    """The rows of the cube's fact within a scope, the latest first."""
    fact = cube.fact
    parameters: list[Any] = []
    dimensions = [each.name for each in cube.dimensions if each.name != "time"]
    number = f"{fact}.number" if fact in FACT else "sales_order.number AS order_number"
    shown = [
        f"(DATE '1970-01-01' + {fact}.day_key)::DATE AS day",
        number,
        *(column for name in dimensions for column in _told(cube, name)),
        *_own(fact),
        f"{fact}.batch, {fact}.row_in_source",
    ]
    joined = joins(cube, scope, dimensions, parameters)
    orders = "" if fact in FACT else "\n  LEFT JOIN sales_order USING (order_key)"
    kept = where(cube, scope, parameters)
    order = f"{fact}.number" if fact in FACT else "sale.order_key"
    return Statement(
        f"SELECT {', '.join(shown)}\nFROM {fact}{joined}{orders}{kept}"
        f"\nORDER BY {fact}.day_key DESC, {order}, {fact}.batch, {fact}.row_in_source\nLIMIT ? OFFSET ?",
        (*parameters, limit, offset),
    )


def _told(cube: Cube, dimension: str) -> Iterator[str]:
    if dimension in TOLD:
        return iter(TOLD[dimension])
    return (f"{dimension}.{level.name}" for level in cube.dimension(dimension).levels)


def _own(fact: str) -> Iterator[str]:
    return (_column(fact, each) for each in FACT[fact].columns) if fact in FACT else iter(OF_SALE)


def _column(fact: str, column: FactColumn) -> str:
    name = f"{fact}.{column.name}"
    return f"{name}::DOUBLE AS {column.name}" if column.kind == "number" else name


def batches(cube: Cube, scope: Scope) -> Statement:
    """What each batch brought of the rows within a scope; amounts stay exact."""
    fact = cube.fact
    parameters: list[Any] = []
    joined = joins(cube, scope, (), parameters)
    kept = where(cube, scope, parameters)
    revenue = "" if fact in FACT else ", sum(sale.revenue)::DECIMAL(38,4) AS revenue"
    return Statement(
        f"SELECT {fact}.batch, count(*) AS lines{revenue}\nFROM {fact}{joined}{kept}\nGROUP BY {fact}.batch",
        tuple(parameters),
    )


def baskets(cube: Cube, level: Level, scope: Scope) -> Statement:
    """Each order with each known member of a product level that it holds; returns are left out."""
    parameters: list[Any] = []
    joined = joins(cube, scope, [level.table], parameters)
    kept = where(cube, scope, parameters) or "\n  WHERE true"
    return Statement(
        f"""WITH bought AS (
  SELECT DISTINCT sale.order_key AS basket, {level.column} AS code
  FROM {cube.fact}{joined}{kept} AND NOT sale.is_return
), named AS (
  SELECT code, CASE WHEN count(*) OVER (PARTITION BY label) > 1 THEN label || ' (' || id || ')' ELSE label END AS item
  FROM member WHERE level = ? AND label <> ?
)
SELECT basket, item FROM bought JOIN named USING (code) ORDER BY basket, item""",
        (*parameters, level.name, UNKNOWN),
    )


def first_purchases(cube: Cube, level: Level, scope: Scope) -> Statement:
    """The first day with a purchase of each known customer; returns are left out."""
    parameters: list[Any] = []
    joined = joins(cube, scope, [level.table], parameters)
    kept = where(cube, scope, parameters) or "\n  WHERE true"
    return Statement(
        f"""WITH bought AS (
  SELECT {level.column} AS code, (DATE '1970-01-01' + min(sale.day_key))::DATE AS first_purchase
  FROM sale{joined}{kept} AND NOT sale.is_return AND {level.column} > 0
  GROUP BY {level.column}
)
SELECT id AS customer, first_purchase FROM bought JOIN member USING (code) WHERE level = ? ORDER BY id""",
        (*parameters, level.name),
    )
