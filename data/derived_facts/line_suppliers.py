"""Who supplied each order line: the partner that it names, or the one that its product's record named on its day.

A batch whose mapping names the supplier says it itself (`NAMED`). What the others must point at is one short table, a
row for each product and span of days: lines are stored by it, and a print of it is kept, so that those of earlier
batches are looked at again only where it changed.
"""

from __future__ import annotations

from data.connection import Connection
from data.history.version_exchange import spans
from data.model.canonical_tables import PARTNER, PRODUCT, SALE
from data.temporary_tables import owned

KEPT = "line_suppliers"
SUPPLIED, MEANT, SPAN = "line_supplier", "named_supplier", "supplier_span"
NAMED = f"SELECT batch FROM described WHERE dimension = '{PARTNER.name}'"
BEFORE_ALL, AFTER_ALL = -2147483647, 2147483647


def note_named(connection: Connection, batch: int) -> None:
    """Write down that the lines of a batch name their suppliers themselves."""
    connection.execute("INSERT INTO described VALUES (?, ?, [])", [batch, PARTNER.name])


def follow(connection: Connection) -> None:
    """Point order lines at who supplied them."""
    known = is_known(connection)
    before = connection.execute("SELECT value FROM setting WHERE name = ?", [KEPT]).fetchall()
    if not known and not before:
        return
    with owned(connection, SUPPLIED):
        supplied(connection)
        _point(connection, before[0][0] if before else "")


def is_known(connection: Connection) -> bool:
    """Whether any product's record names its supplier."""
    found = connection.execute(
        f"SELECT EXISTS (FROM {PRODUCT.name}_record WHERE supplied_by IS NOT NULL)"
    ).fetchall()
    return bool(found[0][0])


def supplied(connection: Connection) -> None:
    """`line_supplier`: which version of a partner (key) supplied a product from the first to the last day.

    The most trusted stream that names one counts; what it says first holds for the days before as well.
    """
    with owned(connection, MEANT, SPAN):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {MEANT} AS
            WITH told AS (
                SELECT {PRODUCT.code}, supplied_by, stream, row_in_source, valid_from,
                    (valid_from::DATE - DATE '1970-01-01')::INTEGER AS since
                FROM {PRODUCT.name}_record JOIN {PRODUCT.name}_identity USING (identity_key)
                WHERE supplied_by IS NOT NULL QUALIFY trust = max(trust) OVER (PARTITION BY {PRODUCT.code})
            ), said AS (
                SELECT *, row_number() OVER (
                    PARTITION BY {PRODUCT.code} ORDER BY valid_from, stream, row_in_source) AS nth FROM told
            )
            SELECT {PRODUCT.code}, {PARTNER.code} AS code,
                CASE WHEN nth = 1 THEN {BEFORE_ALL} ELSE since END AS first_day,
                coalesce(lead(since) OVER (PARTITION BY {PRODUCT.code} ORDER BY nth) - 1, {AFTER_ALL}) AS last_day
            FROM said LEFT JOIN {PARTNER.name}_identity AS partner ON partner.id = supplied_by"""
        )
        spans(connection, PARTNER, f"(SELECT DISTINCT code FROM {MEANT})", SPAN)
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {SUPPLIED} AS
            SELECT {PRODUCT.code}, key, greatest(meant.first_day, span.first_day) AS first_day,
                least(meant.last_day, span.last_day) AS last_day
            FROM {MEANT} AS meant JOIN {SPAN} AS span USING (code)
            WHERE meant.first_day <= span.last_day AND span.first_day <= meant.last_day"""
        )


def _point(connection: Connection, before: str) -> None:
    """Point the lines that may point elsewhere; `before` is the print of the last time and the last batch then."""
    ((found, last),) = connection.execute(
        f"""SELECT (SELECT coalesce(sum(hash({SUPPLIED})), 0)::VARCHAR FROM {SUPPLIED}),
            (SELECT coalesce(max(batch), 0) FROM {SALE.name})"""
    ).fetchall()
    earlier, _, through = before.partition(" ")
    since = int(through) if found == earlier else -1
    connection.execute(
        f"""UPDATE {SALE.name} SET {PARTNER.key} = right_key FROM (
            SELECT line.rowid AS line, coalesce(s.key, 0) AS right_key
            FROM {SALE.name} AS line LEFT JOIN {SUPPLIED} AS s ON s.{PRODUCT.code} = line.{PRODUCT.code}
                AND line.day_key BETWEEN s.first_day AND s.last_day
            WHERE line.batch > {since} AND line.batch NOT IN ({NAMED}) AND line.{PARTNER.key} <> coalesce(s.key, 0))
        WHERE {SALE.name}.rowid = line"""
    )
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [KEPT, f"{found} {last}"])
