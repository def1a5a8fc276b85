"""Drill-through: the rows of a fact behind a cell, the loads that brought them, and the baskets of a slice."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cubes import catalogue
from cubes.ask.resolve_conditions import scope_of
from cubes.cells.statement import SqlStatement
from cubes.drill_through import row_sql
from cubes.model import Cube
from cubes.query import MAIN_CUBE, Query
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.quality import lineage
from data.store.warehouse import Warehouse


def order_lines(warehouse: Warehouse, query: Query, limit: int = 1000, offset: int = 0) -> pl.DataFrame:
    """The rows of the cube's fact within the cuts of a question, the latest first; summed up they give its cell,
    if its measure adds up (of stock they are the counts made in the period, not those carried into it).

    Columns: day, the number in its source (order_number of order lines); of each dimension what tells it, such as
    customer, customer_name, country, region, city, product, product_name, category, channel, partner,
    partner_name, campaign, and the attributes of the order line; the fact's own columns, such as units, revenue,
    cost, is_return; batch, row_in_source.
    """
    cube = catalogue.load(query.cube, warehouse.profile)
    return _run(warehouse, row_sql.rows(cube, scope_of(warehouse, cube, query), limit, offset))


def batches(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """The loads behind a cell, the latest first; what they brought sums up to it exactly.

    Columns: batch, source, file, as_of, loaded_at, origin, lines, and of order lines their revenue.
    """
    cube = catalogue.load(query.cube, warehouse.profile)
    found = _run(warehouse, row_sql.batches(cube, scope_of(warehouse, cube, query)))
    return lineage.files(warehouse, found, cube.fact)


def baskets(warehouse: Warehouse, query: Query, level: str) -> pl.DataFrame:
    """What was bought together within the cuts: one row an order and item.

    Columns: `basket` (order key, int), `item` (name of the member of `level`, told apart by id where two
    share a name). Returns and unknown items are left out.
    """
    cube = _with_products(warehouse, query, level)
    return _run(warehouse, row_sql.baskets(cube, cube.level(level), scope_of(warehouse, cube, query)))


def purchase_days(warehouse: Warehouse, query: Query, level: str) -> pl.DataFrame:
    """What each known customer bought on each day within the cuts, in no order.

    Columns: `customer` (id), `day`, `item` (as `baskets` names it). Returns and unknown items are left out.
    """
    cube = _with_products(warehouse, query, level)
    scope = scope_of(warehouse, cube, query)
    return _run(warehouse, row_sql.purchase_days(cube, cube.level("customer"), cube.level(level), scope))


def first_purchases(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """When each known customer bought first within the cuts: `customer` (id), `first_purchase`."""
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    return _run(
        warehouse, row_sql.first_purchases(cube, cube.level("customer"), scope_of(warehouse, cube, query))
    )


def basket_items(warehouse: Warehouse, level: str, items: Sequence[str]) -> dict[str, str]:
    """The member's id behind each item as `baskets` names it; items that there are not are left out."""
    rows = warehouse.rows(
        """SELECT item, id FROM (
            SELECT id, CASE WHEN count(*) OVER (PARTITION BY label) > 1 THEN label || ' (' || id || ')' ELSE label
                END AS item
            FROM member WHERE level = ? AND label <> ?)
        WHERE item IN (SELECT unnest(?))""",
        [level, UNKNOWN, list(items)],
    )
    return dict(rows)


def _with_products(warehouse: Warehouse, query: Query, level: str) -> Cube:
    """The cube of a question of baskets. Raises BadRequest where it has none, or they do not hold such a level."""
    cube = catalogue.load(query.cube, warehouse.profile)
    if not cube.has_orders:
        raise BadRequest(f"{cube.label} are not told by order, so they have no baskets.", "Ask the sales.")
    if cube.level(level).dimension != "product":
        raise BadRequest(
            f"Baskets hold products, not a {cube.level(level).label.lower()}.", "Try product or category."
        )
    return cube


def _run(warehouse: Warehouse, statement: SqlStatement) -> pl.DataFrame:
    return warehouse.frame(statement.text, statement.parameters)
