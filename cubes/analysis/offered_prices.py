"""Prices that customers named, row by row, with what the product cost then; and what they said of prices when asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from cubes import catalogue
from cubes.ask.resolve_conditions import scope_of
from cubes.cells.fact_sql import joins, where
from cubes.members.single_customers import check_single_customers
from cubes.query import Query
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse

CUBE = "price_offers"
OFFER_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "customer": pl.Int64, "product": pl.Int64, "day": pl.Int64, "price": pl.Float64, "asked": pl.Float64,
    "quantity": pl.Float64, "cost": pl.Float64, "answer": pl.String, "answered": pl.Boolean, "countered": pl.Float64,
    "group": pl.String,
}  # fmt: skip
SURVEY_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "customer": pl.Int64, "product": pl.Int64, "day": pl.Int64, "too_cheap": pl.Float64, "cheap": pl.Float64,
    "expensive": pl.Float64, "too_expensive": pl.Float64, "asked": pl.Float64, "would_buy": pl.Boolean,
}  # fmt: skip
# What a piece cost on each day that says so; where channels have their own, their mean.
COSTS = """(SELECT product_code, day_key AS told_on, avg(unit_cost) AS unit_cost FROM price
    WHERE unit_cost IS NOT NULL GROUP BY ALL)"""


def offered_prices(warehouse: Warehouse, query: Query, level: str = "") -> pl.DataFrame:
    """The price offers within the cuts, in order of days and rows: OFFER_COLUMNS.

    Prices and `cost` (that of the offer's day, null where no price list says it) are money of one piece, `answer` is in
    small letters, `group` the name of the member of `level` that the offer belongs to (null without a level, and where
    it is not known).

    Raises BadRequest, and NotAllowed where a policy shows no single customers.
    """
    check_single_customers(warehouse.policy, "Prices that customers named")
    cube = catalogue.load(CUBE, warehouse.profile)
    scope, before = scope_of(warehouse, cube, query), list[Any]()
    by = cube.level(level) if level else None
    joined, group, within = joins(cube, scope, [by.table if by else None], before), "NULL", list[Any]()
    if by:
        joined += f"\n  LEFT JOIN (SELECT code, label FROM member WHERE level = ?) AS named ON named.code = {by.column}"
        group, before = "nullif(named.label, ?)", [UNKNOWN, *before, by.name]
    kept = where(cube, scope, within)
    found = warehouse.frame(
        f"""SELECT price_offer.customer_code AS customer, price_offer.product_code AS product,
  price_offer.day_key AS day, price_offer.offered_price AS price, price_offer.asked_price AS asked,
  price_offer.quantity AS quantity, told.unit_cost AS cost, lower(trim(price_offer.answer)) AS answer,
  price_offer.answered_on IS NOT NULL AS answered, price_offer.countered_price AS countered, {group} AS "group"
FROM price_offer{joined}
  ASOF LEFT JOIN {COSTS} AS told
    ON told.product_code = price_offer.product_code AND told.told_on <= price_offer.day_key{kept}
ORDER BY price_offer.day_key, price_offer.batch, price_offer.row_in_source""",
        [*before, *within],
    )
    return found.select(pl.col(name).cast(kind) for name, kind in OFFER_COLUMNS.items())


def surveyed_prices(warehouse: Warehouse, products: tuple[int, ...] = ()) -> pl.DataFrame:
    """What customers said of prices when asked, of these products (codes; none: of all), in order of days and rows:
    SURVEY_COLUMNS. Raises NotAllowed where a policy shows no single customers."""
    check_single_customers(warehouse.policy, "What customers said of prices")
    found = warehouse.frame(
        """SELECT customer_code AS customer, product_code AS product, day_key AS day, too_cheap, cheap, expensive,
  too_expensive, asked_price AS asked, would_buy
FROM price_survey WHERE ? OR list_contains(?::INTEGER[], product_code) ORDER BY day_key, batch, row_in_source""",
        [not products, [*products]],
    )
    return found.select(pl.col(name).cast(kind) for name, kind in SURVEY_COLUMNS.items())
