"""Drill-through: the rows of a fact behind a cell, the loads that brought them, and the baskets of a slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cubes import catalogue
from cubes.ask.resolve_conditions import scope_of
from cubes.cells.statement import SqlStatement
from cubes.drill_through import row_sql
from cubes.members.single_customers import check_single_customers
from cubes.model import Cube, Level
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
    partner_name, seller, seller_name, campaign, and the attributes of the order line; the fact's own columns, such as
    units, revenue, cost, is_return; batch, row_in_source.

    Raises NotAllowed, as all here do, where a policy shows no single customers.
    """
    check_single_customers(warehouse.policy, "Rows behind a cell")
    cube = catalogue.load(query.cube, warehouse.profile)
    return _run(warehouse, row_sql.rows(cube, scope_of(warehouse, cube, query), limit, offset))


def batches(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """The loads behind a cell, the latest first; what they brought sums up to it exactly.

    Columns: batch, source, file, as_of, loaded_at, origin, lines, and of order lines their revenue.
    """
    check_single_customers(warehouse.policy, "Loads behind a cell")
    cube = catalogue.load(query.cube, warehouse.profile)
    found = _run(warehouse, row_sql.batches(cube, scope_of(warehouse, cube, query)))
    return lineage.files(warehouse, found, cube.fact)


@dataclass(frozen=True, slots=True, eq=False)
class BasketLines:
    """What was bought together: one entry of `baskets` (order keys) and of `items` (places in `names`) an order line,
    and one more for each further level; `margins` in the firm's currency, NaN where the cost is not known, or None
    where they were not asked for. `kin` are the pairs of items of which one lies within the other."""

    baskets: np.ndarray
    items: np.ndarray
    names: tuple[str, ...]
    kin: np.ndarray
    margins: np.ndarray | None = None


def basket_lines(
    warehouse: Warehouse, query: Query, levels: Sequence[str], margin: bool = False
) -> BasketLines:
    """What was bought together within the cuts, by members of one level of products or of several.

    Two members of one name are told apart by id, and those of further levels by the level's name. Returns and unknown
    items are left out. Raises BadRequest for a level of something else than products.
    """
    check_single_customers(warehouse.policy, "Baskets")
    cube = _with_products(warehouse, query, levels)
    declared = [cube.level(name) for name in levels]
    statement = row_sql.basket_lines(cube, declared, scope_of(warehouse, cube, query), margin)
    lines = warehouse.arrays(statement.text, statement.parameters)
    names: list[str] = []
    items = []
    for at, level in enumerate(declared):
        known = _item_names(warehouse, level, declared)
        codes = np.ma.filled(lines.pop(f"code_{at}"), -1)
        place_of = np.full(max([int(codes.max(initial=0)), *known]) + 2, -1, dtype=np.int32)
        place_of[list(known)] = np.arange(len(names), len(names) + len(known))
        names += known.values()
        items.append(place_of[codes])  # the last place is that of no code
    many = len(items)
    baskets, found = np.asarray(lines["basket"]), items[0]
    margins = np.ma.filled(lines["margin"].astype(float), np.nan) if margin else None
    if many > 1:
        baskets, found = np.tile(baskets, many), np.concatenate(items)
        margins = None if margins is None else np.tile(margins, many)
    pairs = [_pairs(items[at], items[above]) for at in range(len(items)) for above in range(at)]
    kin = np.concatenate([*pairs, np.empty((0, 2), dtype=np.int64)])
    is_known = found >= 0
    if not is_known.all():
        baskets, found = baskets[is_known], found[is_known]
        margins = None if margins is None else margins[is_known]
    return BasketLines(baskets, found, tuple(names), kin, margins)


def itemsets_by_cluster(
    warehouse: Warehouse, query: Query, levels: Sequence[str], least: int, most: int
) -> dict[frozenset[str], int] | None:
    """The itemsets in at least so many baskets within the cuts, with their counts, as the cluster finds them.

    Items are named as `basket_lines` names them. None where no cluster counts them: where none is set up, a policy cuts
    rows, items are of several levels, of which one holds another, or more than `most` sets are found. Raises
    BadRequest as `basket_lines` does, WarehouseError where the cluster is away.
    """
    check_single_customers(warehouse.policy, "Baskets")
    cluster = warehouse.cluster
    if cluster is None or warehouse.policy.rows or len(levels) > 1:
        return None
    cube = _with_products(warehouse, query, levels)
    declared = cube.level(levels[0])
    statement = row_sql.basket_lines(cube, [declared], scope_of(warehouse, cube, query), False)
    names = _item_names(warehouse, declared, [declared])
    found = cluster.itemsets(statement.text, statement.parameters, list(names), least, most)
    return (
        None if found is None else {frozenset(names[code] for code in codes): count for codes, count in found}
    )


def _pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The different pairs of known items of one line."""
    known = (first >= 0) & (second >= 0)
    keys = np.unique((first[known].astype(np.int64) << 32) | second[known])
    return np.column_stack([keys >> 32, keys & 0xFFFFFFFF])


def _item_names(warehouse: Warehouse, level: Level, levels: Sequence[Level]) -> dict[int, str]:
    """The known members of a level as baskets name them, by code."""
    rows = warehouse.rows(
        f"SELECT code, {row_sql.ITEM_NAME} AS item FROM member WHERE level = ? AND label <> ? ORDER BY item",
        [level.name, UNKNOWN],
    )
    suffix = _suffix(level, levels)
    return {code: name + suffix for code, name in rows}


def _suffix(level: Level, levels: Sequence[Level]) -> str:
    return f" [{level.label.lower()}]" if level != levels[0] else ""


def purchase_days(warehouse: Warehouse, query: Query, level: str) -> pl.DataFrame:
    """What each known customer bought on each day within the cuts, in no order.

    Columns: `customer` (id), `day`, `item` (as `basket_lines` names it). Returns and unknown items are left out.
    """
    check_single_customers(warehouse.policy, "Days of purchases")
    cube = _with_products(warehouse, query, [level])
    scope = scope_of(warehouse, cube, query)
    return _run(warehouse, row_sql.purchase_days(cube, cube.level("customer"), cube.level(level), scope))


def first_purchases(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """When each known customer bought first within the cuts: `customer` (id), `first_purchase`."""
    check_single_customers(warehouse.policy, "First purchases")
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    return _run(
        warehouse, row_sql.first_purchases(cube, cube.level("customer"), scope_of(warehouse, cube, query))
    )


def basket_items(
    warehouse: Warehouse, levels: Sequence[str], items: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """The level and the member's id behind each item as `basket_lines` names it; what there is not is left out."""
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    declared = [cube.level(name) for name in levels]
    found: dict[str, tuple[str, str]] = {}
    for level in reversed(declared):
        suffix = _suffix(level, declared)
        plain = {name.removesuffix(suffix): name for name in items if name.endswith(suffix)}
        rows = warehouse.rows(
            f"""SELECT item, id FROM (SELECT id, {row_sql.ITEM_NAME} AS item FROM member WHERE level = ? AND label <> ?)
            WHERE item IN (SELECT unnest(?))""",
            [level.name, UNKNOWN, list(plain)],
        )
        found |= {plain[item]: (level.name, id) for item, id in rows}
    return found


def _with_products(warehouse: Warehouse, query: Query, levels: Sequence[str]) -> Cube:
    """The cube of a question of baskets. Raises BadRequest where it has none, or they do not hold such levels."""
    cube = catalogue.load(query.cube, warehouse.profile)
    if not cube.has_orders:
        raise BadRequest(f"{cube.label} are not told by order, so they have no baskets.", "Ask the sales.")
    for level in map(cube.level, levels):
        if level.dimension != "product":
            raise BadRequest(
                f"Baskets hold products, not a {level.label.lower()}.", "Try product or category."
            )
    return cube


def _run(warehouse: Warehouse, statement: SqlStatement) -> pl.DataFrame:
    return warehouse.frame(statement.text, statement.parameters)
