"""Order lines by product, as codes: what a portfolio is told from, with who the products are and what lay in stock."""

from __future__ import annotations

from typing import Any

import polars as pl

from cubes import catalogue
from cubes.ask.resolve_conditions import scope_of
from cubes.cells.fact_sql import joins, where
from cubes.query import MAIN_CUBE, Query
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse

NAMES = """SELECT code AS product, member.id, label, nullif(of.category, ?) AS category
FROM member LEFT JOIN (SELECT product_code AS code, max_by(category, valid_from) AS category FROM product
    WHERE valid_from < valid_to GROUP BY product_code) AS of USING (code)
WHERE level = 'product' AND code > 0 ORDER BY code"""
SOLD_OUT = """SELECT product_code AS product, date_trunc('month', DATE '1970-01-01' + day_key)::DATE AS month
FROM stock WHERE product_code > 0 AND on_hand IS NOT NULL GROUP BY ALL HAVING max(on_hand) <= 0 ORDER BY ALL"""


def product_rows(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """The order lines of known products within the cuts: product, customer, basket (codes; 0 is an unknown customer),
    day, revenue and margin (money, null where the cost is not known), units, is_return."""
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    scope, parameters = scope_of(warehouse, cube, query), list[Any]()
    joined = joins(cube, scope, (), parameters)
    kept = where(cube, scope, parameters) or "\n  WHERE true"
    return warehouse.frame(
        f"""SELECT {cube.fact}.product_code AS product, {cube.fact}.customer_code AS customer,
  {cube.fact}.order_key AS basket,
  (DATE '1970-01-01' + {cube.fact}.day_key)::DATE AS day, {cube.fact}.revenue::DOUBLE AS revenue,
  ({cube.fact}.revenue - {cube.fact}.cost)::DOUBLE AS margin, {cube.fact}.units::DOUBLE AS units, {cube.fact}.is_return
FROM {cube.fact}{joined}{kept} AND {cube.fact}.product_code > 0""",
        parameters,
    )


def product_names(warehouse: Warehouse) -> pl.DataFrame:
    """Every known product as it is now: product (code), id, label, category (null where it is not known)."""
    return warehouse.frame(NAMES, [UNKNOWN])


def first_sales(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """When each product was first sold within the cuts: product (code), first_sale; returns are left out."""
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    scope, parameters = scope_of(warehouse, cube, query), list[Any]()
    joined = joins(cube, scope, (), parameters)
    kept = where(cube, scope, parameters) or "\n  WHERE true"
    return warehouse.frame(
        f"""SELECT {cube.fact}.product_code AS product,
  (DATE '1970-01-01' + min({cube.fact}.day_key))::DATE AS first_sale
FROM {cube.fact}{joined}{kept} AND {cube.fact}.product_code > 0 AND NOT {cube.fact}.is_return GROUP BY ALL""",
        parameters,
    )


def sold_out_months(warehouse: Warehouse) -> pl.DataFrame:
    """The months in which a product was counted and no piece was found in any count: product (code), month (its first
    day)."""
    return warehouse.frame(SOLD_OUT)


def member_names(warehouse: Warehouse, level: str) -> pl.DataFrame:
    """Who stands behind the codes of a level: code, id, label."""
    return warehouse.frame("SELECT code, id, label FROM member WHERE level = ?", [level])
