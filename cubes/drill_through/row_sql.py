"""The rows behind a cell as SQL: those of the fact, the batches that brought them, the baskets in them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cubes.cells.fact_sql import described_as_of, joins, where
from cubes.cells.scope import Scope
from cubes.cells.statement import SqlStatement
from cubes.model import Cube, Level, Measure
from data.model.canonical_tables import CUSTOMER, FACT, UNKNOWN, FactColumn

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
    "seller": ("seller.id AS seller", "seller.name AS seller_name"),
    "campaign": ("campaign.name AS campaign",),
}

# How an item is named among those of its level: two of one name are told apart by id.
ITEM_NAME = "CASE WHEN count(*) OVER (PARTITION BY label) > 1 THEN label || ' (' || id || ')' ELSE label END"


def rows(cube: Cube, scope: Scope, limit: int, offset: int) -> SqlStatement:
    """The rows of the cube's fact within a scope, the latest first."""
    fact, orders = cube.fact, FACT[cube.fact].orders
    parameters: list[Any] = []
    dimensions = [each.name for each in cube.dimensions if each.name != "time"]
    number = f"{orders}.number AS order_number" if orders else f"{fact}.number"
    shown = [
        f"(DATE '1970-01-01' + {fact}.day_key)::DATE AS day",
        number,
        *(column for name in dimensions for column in _told(cube, name)),
        *_own(fact),
        f"{fact}.batch, {fact}.row_in_source",
    ]
    joined = joins(cube, scope, dimensions, parameters)
    numbered = f"\n  LEFT JOIN {orders} USING (order_key)" if orders else ""
    kept = where(cube, scope, parameters)
    order = f"{fact}.order_key" if orders else f"{fact}.number"
    return SqlStatement(
        f"SELECT {', '.join(shown)}\nFROM {fact}{joined}{numbered}{kept}"
        f"\nORDER BY {fact}.day_key DESC, {order}, {fact}.batch, {fact}.row_in_source\nLIMIT ? OFFSET ?",
        (*parameters, limit, offset),
    )


def _told(cube: Cube, dimension: str) -> Iterator[str]:
    if dimension in TOLD:
        return iter(TOLD[dimension])
    return (f"{dimension}.{level.name}" for level in cube.dimension(dimension).levels)


def _own(fact: str) -> Iterator[str]:
    yield from (_column(fact, each) for each in FACT[fact].columns)
    if FACT[fact].orders:
        yield f"{fact}.is_return"


def _column(fact: str, column: FactColumn) -> str:
    name = f"{fact}.{column.name}"
    return f"{name}::DOUBLE AS {column.name}" if column.is_amount else name


def batches(cube: Cube, scope: Scope) -> SqlStatement:
    """What each batch brought of the rows within a scope; amounts stay exact."""
    fact = cube.fact
    parameters: list[Any] = []
    joined = joins(cube, scope, (), parameters)
    kept = where(cube, scope, parameters)
    amount = FACT[fact].amount
    summed = f", sum({fact}.{amount})::DECIMAL(38,4) AS {amount}" if amount else ""
    return SqlStatement(
        f"SELECT {fact}.batch, count(*) AS lines{summed}\nFROM {fact}{joined}{kept}\nGROUP BY {fact}.batch",
        tuple(parameters),
    )


def basket_lines(cube: Cube, levels: Sequence[Level], scope: Scope, margin: bool) -> SqlStatement:
    """The order of each line that is no return, the codes of what it sold at each level (`code_0` and so on), and what
    it earned, where that is asked for."""
    parameters: list[Any] = []
    joined = joins(cube, scope, [level.table for level in levels], parameters)
    kept = where(cube, scope, parameters) or "\n  WHERE true"
    codes = ", ".join(f"{level.column} AS code_{at}" for at, level in enumerate(levels))
    earned = f", ({cube.fact}.revenue - {cube.fact}.cost)::DOUBLE AS margin" if margin else ""
    return SqlStatement(
        f"SELECT {cube.fact}.order_key AS basket, {codes}{earned}\nFROM {cube.fact}{joined}{kept}"
        f" AND NOT {cube.fact}.is_return",
        tuple(parameters),
    )


def purchase_days(cube: Cube, customer: Level, level: Level, scope: Scope) -> SqlStatement:
    """Each known customer and day with each known member of a product level bought on it; returns are left out."""
    parameters: list[Any] = []
    joined = joins(cube, scope, [customer.table, level.table], parameters)
    kept = where(cube, scope, parameters) or "\n  WHERE true"
    return SqlStatement(
        f"""WITH bought AS (
  SELECT DISTINCT {customer.column} AS who, {cube.fact}.day_key AS day_key, {level.column} AS code
  FROM {cube.fact}{joined}{kept} AND NOT {cube.fact}.is_return AND {customer.column} > 0
), named AS (
  SELECT code, {ITEM_NAME} AS item
  FROM member WHERE level = ? AND label <> ?
), known AS (
  SELECT code AS who, id AS customer FROM member WHERE level = ?
)
SELECT customer, (DATE '1970-01-01' + day_key)::DATE AS day, item
FROM bought JOIN named USING (code) JOIN known USING (who)""",
        (*parameters, level.name, UNKNOWN, customer.name),
    )


def first_purchases(cube: Cube, level: Level, scope: Scope) -> SqlStatement:
    """The first day with a purchase of each known customer; returns are left out."""
    parameters: list[Any] = []
    joined = joins(cube, scope, [level.table], parameters)
    kept = where(cube, scope, parameters) or "\n  WHERE true"
    return SqlStatement(
        f"""WITH bought AS (
  SELECT {level.column} AS code, (DATE '1970-01-01' + min({cube.fact}.day_key))::DATE AS first_purchase
  FROM {cube.fact}{joined}{kept} AND NOT {cube.fact}.is_return AND {level.column} > 0
  GROUP BY {level.column}
)
SELECT id AS customer, first_purchase FROM bought JOIN member USING (code) WHERE level = ? ORDER BY id""",
        (*parameters, level.name),
    )


def customers(cube: Cube, measure: Measure, scope: Scope) -> SqlStatement:
    """The known customers of the rows that a measure counts within a scope, each code once, in no order."""
    customer = cube.level(CUSTOMER.leaf or CUSTOMER.name)
    parameters: list[Any] = []
    joined = joins(cube, scope, [customer.table, *measure.joins], parameters)
    kept = where(cube, scope, parameters) or "\n  WHERE true"
    only = f" AND {measure.condition}" if measure.condition else ""
    return SqlStatement(
        f"SELECT {customer.column} AS code\nFROM {cube.fact}{joined}{kept} AND {customer.column} > 0{only}"
        f"\nGROUP BY {customer.column}",
        tuple(parameters),
    )


def customers_left(cube: Cube, measure: Measure, scope: Scope) -> SqlStatement:
    """The known customers of whom an additive measure comes to more than nothing within a scope, each code once."""
    found = customers(cube, measure, scope)
    return SqlStatement(f"{found.text}\nHAVING sum({measure.column}) > 0", found.parameters)


def described_customers(cube: Cube, scope: Scope) -> SqlStatement:
    """The codes of all known customers who are described within a scope, in no order; `cube` is of customers alone."""
    parameters: list[Any] = []
    described = described_as_of(CUSTOMER.name, scope.as_of, parameters)
    kept = where(cube, scope, parameters) or "\n  WHERE true"
    code = f"{CUSTOMER.name}.{CUSTOMER.code}"
    return SqlStatement(
        f"SELECT {code} AS code\nFROM {described}{kept} AND {code} > 0\nGROUP BY {code}", tuple(parameters)
    )
