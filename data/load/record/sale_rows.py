"""The order lines of a batch: their orders, and the rows of `sale`, in each month sorted by customer."""

from __future__ import annotations

from collections.abc import Mapping

from data.connection import Connection
from data.load.mappings.mapping import Part
from data.load.record import fact_rows, line_orders, stored_lines
from data.load.record.member_keys import Keys
from data.model.canonical_tables import MONEY, SALE, UNITS


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
    number = "f_order" if "order" in part.filled else None
    orders = line_orders.number_orders(connection, typed, returned, number, source)
    origin, of_record = fact_rows.origin(part, batch, keyed)
    amounts = {"units": ("quantity", UNITS), "revenue": ("revenue", MONEY), "cost": ("cost", MONEY)}
    told = {name: _amount(part, field, kind, returned) for name, (field, kind) in amounts.items()}
    columns = {"day_key": fact_rows.DAY, **fact_rows.keyed_columns(SALE, keys), **told, **origin}
    joins = "".join(each.join for each in keys.values()) + of_record
    stored_lines.write(connection, stored_lines.LineColumns(typed, joins, columns), orders)


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


def _amount(part: Part, name: str, kind: str, returned: str) -> str:
    derived = name == "revenue" or (name == "cost" and {"unit_cost", "quantity"} <= set(part.filled))
    if name not in part.filled and not derived:
        return f"NULL::{kind}"
    if part.returns == "positive":
        return f"CASE WHEN {returned} THEN -abs(f_{name}) ELSE f_{name} END::{kind}"
    return f"f_{name}::{kind}"
