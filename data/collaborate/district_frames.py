"""What the virtual warehouse is told from: counts of stock, orders to suppliers and sales of a snapshot, as frames.

Stock is what the cube `stock` carries: of each product, partner and place the last count of the 92 days before a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta

import polars as pl

from data.errors import BadRequest
from data.model.calendar import day_key
from data.model.canonical_tables import MAIN_FACT
from data.store.warehouse import Warehouse

CARRIED_DAYS = 92
A_YEAR = 365
FACTS = (MAIN_FACT.name, "stock", "lead_time", "receipt")
SERIES = "product_code, partner_code, place"
# A series that was counted twice on its last day has both counts.
COUNTS = f"""WITH counted AS (
    SELECT product_code, partner_code, coalesce(place, '') AS place, day_key, sum(on_hand) AS on_hand,
        sum(on_order) AS on_order, sum(reserved) AS reserved, sum(reorder_level) AS reorder_level
    FROM stock WHERE on_hand IS NOT NULL AND product_code > 0 AND day_key BETWEEN $1 - $2 - {CARRIED_DAYS} AND $1
    GROUP BY ALL),
moved AS (
    SELECT *, greatest(lag(on_hand) OVER own - on_hand, 0) AS fallen, min(day_key) OVER own AS first_key,
        row_number() OVER (PARTITION BY {SERIES} ORDER BY day_key DESC) AS nth
    FROM counted WINDOW own AS (PARTITION BY {SERIES} ORDER BY day_key))
SELECT product_code AS product, partner_code AS partner, place, max(day_key) AS day,
    max(on_hand) FILTER (nth = 1) AS on_hand, max(on_order) FILTER (nth = 1) AS on_order,
    max(reserved) FILTER (nth = 1) AS reserved, max(reorder_level) FILTER (nth = 1) AS reorder_level,
    coalesce(sum(fallen) FILTER (day_key > $1 - $2), 0) AS fallen, min(first_key) AS first_day
FROM moved GROUP BY ALL HAVING max(day_key) >= $1 - {CARRIED_DAYS} ORDER BY ALL"""
# An order is there on the day on which it is whole, and one that ended short on the day on which something of it came
# last, if anything did; one that came before it was made is dated to the day before.
ORDERS = """SELECT o.product_code AS product, o.partner_code AS partner, o.day_key AS ordered,
    o.day_key + o.promised_days AS promised,
    CASE WHEN o.in_full = 1 THEN o.day_key + coalesce(o.lead_days, -1) WHEN o.in_full = 0 AND o.received > 0
        THEN coalesce(came.day, coalesce(l.received_on, l.ended_on) - DATE '1970-01-01') END AS received,
    coalesce(o.in_full = 0, false) AS has_ended, o.ordered AS pieces, o.received AS came, l.unit_cost
FROM supply_order AS o JOIN lead_time AS l USING (batch, row_in_source) LEFT JOIN (
    SELECT supply_order AS number, max(day_key) AS day FROM receipt WHERE day_key <= $1 GROUP BY ALL) AS came
    ON came.number = o.number
WHERE o.day_key <= $1 ORDER BY o.day_key, o.batch, o.row_in_source"""
DEMAND = """WITH daily AS (
    SELECT product_code, day_key, sum(units) AS units FROM sale
    WHERE product_code > 0 AND NOT is_return AND day_key BETWEEN $1 AND $2 GROUP BY ALL)
SELECT product_code AS product, sum(units) AS pieces, sum(units::DOUBLE * units::DOUBLE) AS squares
FROM daily GROUP BY ALL ORDER BY ALL"""
SOLD = """SELECT product_code AS product, sum(revenue) AS revenue FROM sale
WHERE product_code > 0 AND day_key BETWEEN $1 AND $2 GROUP BY ALL ORDER BY ALL"""
# Order lines know who supplied them and who sold them; a seller is a partner in that role, with its keys.
BY_PARTNER = """SELECT product_code AS product, partner.partner_code AS partner, sum(units) AS pieces
FROM sale JOIN partner ON partner.partner_key = sale.{role}_key
WHERE product_code > 0 AND partner.partner_code > 0 AND NOT is_return AND day_key BETWEEN $1 AND $2
GROUP BY ALL HAVING sum(units) > 0 ORDER BY ALL"""
# What one costs the firm, as a list of prices says it: whoever supplies it.
COSTS = """SELECT product_code AS product, arg_max(unit_cost, day_key) AS unit_cost FROM price
WHERE unit_cost IS NOT NULL AND product_code > 0 AND day_key <= $1 GROUP BY ALL ORDER BY ALL"""
COURSE = """SELECT (DATE '1970-01-01' + day_key)::DATE AS day, partner_code AS partner, coalesce(place, '') AS place,
    sum(on_hand) AS on_hand
FROM stock WHERE product_code = $1 AND on_hand IS NOT NULL AND day_key BETWEEN $2 AND $3 GROUP BY ALL ORDER BY ALL"""
BUYERS = """WITH taken AS (
    SELECT customer_code, sum(revenue) FILTER (product_code IN (SELECT unnest($1::BIGINT[]))) AS revenue,
        count(DISTINCT product_code) FILTER (product_code IN (SELECT unnest($1::BIGINT[]))) AS products,
        sum(revenue) AS in_all
    FROM sale WHERE day_key BETWEEN $2 AND $3 GROUP BY ALL)
SELECT customer_code AS code, revenue, products, in_all FROM taken WHERE products > 0
ORDER BY revenue DESC, customer_code"""
WHOLE, TEXT, NUMBER = pl.Int64, pl.String, pl.Float64
COUNT_COLUMNS = {
    "product": WHOLE, "partner": WHOLE, "place": TEXT, "day": WHOLE, "on_hand": NUMBER, "on_order": NUMBER,
    "reserved": NUMBER, "reorder_level": NUMBER, "fallen": NUMBER, "first_day": WHOLE,
}  # fmt: skip
ORDER_COLUMNS = {
    "product": WHOLE, "partner": WHOLE, "ordered": WHOLE, "promised": WHOLE, "received": WHOLE,
    "has_ended": pl.Boolean, "pieces": NUMBER, "came": NUMBER, "unit_cost": NUMBER,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class DistrictFrames:
    """Days are counted since 1970; members stand by their codes.

    `counts`: COUNT_COLUMNS, a row a product, partner and place; `fallen` is by how much counts fell within the last
    `idle_days`, `first_day` the first count of the watch. `orders`: ORDER_COLUMNS. `demand`: product, pieces, squares
    (of daily pieces) over `demand_days` to `as_of`; `sold`: product, revenue of a year; `costs`: product, unit_cost.
    `supplied` and `sellers`: product, partner, pieces of the order lines that name who supplied them, of a year, and
    who sold them, of `idle_days`.
    """

    as_of: date
    idle_days: int
    demand_days: int
    counts: pl.DataFrame
    orders: pl.DataFrame
    demand: pl.DataFrame
    sold: pl.DataFrame
    costs: pl.DataFrame
    supplied: pl.DataFrame
    sellers: pl.DataFrame

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """All frames by their names."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: each for name, each in found.items() if isinstance(each, pl.DataFrame)}


def last_day_known(warehouse: Warehouse) -> date:
    """The last day of ordinary traffic of sales, stock and orders to suppliers. Raises BadRequest without stock."""
    extents = warehouse.profile.extents
    if extents["stock"].last_day is None and extents["lead_time"].last_day is None:
        raise BadRequest(
            "No stock and no order to a supplier is known here.",
            "Load counts of stock (product, partner, place, day, pieces) and orders to suppliers on the page Data.",
        )
    return max(day for each in FACTS if (day := extents[each].last_day) is not None)


def district_frames(warehouse: Warehouse, weeks: int = 13, idle_days: int = 56) -> DistrictFrames:
    """What is told of the district as of the last day: demand of so many weeks, counts watched over `idle_days`.

    Raises BadRequest where neither stock nor orders are known.
    """
    as_of = last_day_known(warehouse)
    last, demand_days = day_key(as_of), 7 * weeks

    def read(sql: str, values: list[int], columns: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
        found = warehouse.frame(sql, values)
        return found.select(pl.col(name).cast(kind) for name, kind in columns.items())

    def by_partner(role: str, days: int) -> pl.DataFrame:
        kinds = {"product": WHOLE, "partner": WHOLE, "pieces": NUMBER}
        return read(BY_PARTNER.format(role=role), [last - days + 1, last], kinds)

    priced = {"product": WHOLE, "unit_cost": NUMBER}
    return DistrictFrames(
        as_of,
        idle_days,
        demand_days,
        read(COUNTS, [last, idle_days], COUNT_COLUMNS),
        read(ORDERS, [last], ORDER_COLUMNS),
        read(DEMAND, [last - demand_days + 1, last], {"product": WHOLE, "pieces": NUMBER, "squares": NUMBER}),
        read(SOLD, [last - A_YEAR + 1, last], {"product": WHOLE, "revenue": NUMBER}),
        read(COSTS, [last], priced),
        by_partner("partner", A_YEAR),
        by_partner("seller", idle_days),
    )


def stock_course(warehouse: Warehouse, product: int, as_of: date, weeks: int = 26) -> pl.DataFrame:
    """Each count of a product in the last weeks: day, partner (code), place, on_hand."""
    values = [product, day_key(as_of - timedelta(weeks=weeks)), day_key(as_of)]
    return warehouse.frame(COURSE, values).with_columns(pl.col("on_hand").cast(NUMBER))


def buyers_of(warehouse: Warehouse, products: list[int], as_of: date) -> pl.DataFrame:
    """Who bought any of these in the year to a day: code (0 is nobody known), revenue and products of them, and what
    the customer's purchases came to `in_all`."""
    last = day_key(as_of)
    found = warehouse.frame(BUYERS, [products, last - A_YEAR + 1, last])
    kinds = {"code": WHOLE, "revenue": NUMBER, "products": WHOLE, "in_all": NUMBER}
    return found.select(pl.col(name).cast(kind) for name, kind in kinds.items())
