"""The order lines of a batch: their orders, and the rows of `sale`, in each month sorted by customer."""

from __future__ import annotations

from collections.abc import Mapping

from data.connection import Connection
from data.load.mappings.mapping import Part
from data.load.record import fact_rows
from data.load.record.member_keys import Keys
from data.model.canonical_tables import MONEY, SALE, UNITS
from data.temporary_tables import drop


def insert(
    connection: Connection,
    part: Part,
    typed: str,
    keys: Mapping[str, Keys],
    source: str,
    batch: int,
    keyed: str,
) -> None:
    """Insert the sound rows of the typed table; `keys` find the version of each dimension."""
    returned = return_sql(part)
    first = _orders(connection, typed, returned, "f_order" if "order" in part.filled else None, source)
    order, stands, found = "NULL", "NULL", ""
    if "order" in part.filled:
        order, stands = "o.order_key", "l.row = o.first AND NOT o.flagged"
        found = " LEFT JOIN order_of_line AS o ON o.number = f_order"
    origin, of_record = fact_rows.origin(part, batch, keyed)
    connection.execute(
        f"""INSERT INTO sale BY NAME
        SELECT {fact_rows.DAY} AS day_key, {fact_rows.keyed_columns(SALE, keys)},
            coalesce({order}, {first} + l.row)::INTEGER AS order_key,
            {_amount(part, "quantity", UNITS, returned)} AS units,
            {_amount(part, "revenue", MONEY, returned)} AS revenue, {_amount(part, "cost", MONEY, returned)} AS cost,
            {returned} AS is_return, NOT is_return AND coalesce({stands}, true) AS is_order, {origin}
        FROM {typed} AS l{"".join(each.join for each in keys.values())}{of_record}{found}
        ORDER BY {fact_rows.MONTH}, customer_key, order_key, l.row"""
    )
    drop(connection, "order_line", "order_of_line")


def return_sql(part: Part) -> str:
    """SQL for whether a line is a return: as mapped, else where quantity or amount are negative."""
    signs = ["f_revenue < 0", *(["coalesce(f_quantity < 0, false)"] if "quantity" in part.filled else [])]
    known = "f_is_return, " if "is_return" in part.filled else ""
    return f"coalesce({known}{' OR '.join(signs)})"


def restore_flags(connection: Connection, orders: str) -> None:
    """Give each order of the table `orders` that lost the line that stood for it the first of those that remain."""
    connection.execute(
        f"""UPDATE sale SET is_order = true FROM (
            SELECT order_key, batch, row_in_source FROM sale WHERE NOT is_return AND order_key IN (
                SELECT order_key FROM sale WHERE order_key IN (FROM {orders})
                GROUP BY order_key HAVING NOT bool_or(is_order) AND NOT bool_and(is_return))
            QUALIFY row_number() OVER (PARTITION BY order_key ORDER BY batch, row_in_source) = 1) AS first
        WHERE sale.order_key = first.order_key AND sale.batch = first.batch
            AND sale.row_in_source = first.row_in_source"""
    )
    connection.execute(f"DELETE FROM {orders}")


def _orders(connection: Connection, typed: str, returned: str, number: str | None, source: str) -> int:
    """Number the orders; a number from which lines without one count on, each an order of its own."""
    next_key = """SELECT greatest((SELECT coalesce(max(order_key), 0) FROM sales_order),
                                  (SELECT coalesce(max(order_key), 0) FROM sale))"""
    alone = "true"
    if number:
        alone = f"{number} IS NULL"
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE order_line AS SELECT {number} AS number, min(row) AS row,
                min(row) FILTER (NOT {returned}) AS first FROM {typed} WHERE {number} IS NOT NULL GROUP BY ALL"""
        )
        connection.execute(
            f"""INSERT INTO sales_order SELECT ({next_key}) + row_number() OVER (ORDER BY row), $source, number
            FROM order_line WHERE number NOT IN (SELECT number FROM sales_order WHERE source = $source)""",
            {"source": source},
        )
        connection.execute(
            """CREATE OR REPLACE TEMP TABLE order_of_line AS
            SELECT number, order_key, first, order_key IN (SELECT order_key FROM sale WHERE is_order) AS flagged
            FROM order_line JOIN (FROM sales_order WHERE source = $source) USING (number)""",
            {"source": source},
        )
    first = int(connection.execute(next_key).fetchall()[0][0])
    connection.execute(
        f"INSERT INTO sales_order SELECT {first} + row, $source, '' FROM {typed} WHERE {alone}",
        {"source": source},
    )
    return first


def _amount(part: Part, name: str, kind: str, returned: str) -> str:
    derived = name == "revenue" or (name == "cost" and {"unit_cost", "quantity"} <= set(part.filled))
    if name not in part.filled and not derived:
        return f"NULL::{kind}"
    if part.returns == "positive":
        return f"CASE WHEN {returned} THEN -abs(f_{name}) ELSE f_{name} END::{kind}"
    return f"f_{name}::{kind}"
