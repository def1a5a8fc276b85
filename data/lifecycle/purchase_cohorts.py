"""The cohort of each customer: year, quarter and month of the first purchase ever, at the end of every write."""

from __future__ import annotations

from data.connection import Connection
from data.model.canonical_tables import CUSTOMER, MAIN_FACT
from data.model.fact_extent import extents_of
from data.temporary_tables import owned

NO_PURCHASE = "(no purchase)"
BEGUN = "begun_customer"


def follow(connection: Connection) -> None:
    """Give every version of a customer the cohort that the order lines tell now.

    A return is no purchase, and a day years away from ordinary traffic is a slip. Only versions that read otherwise are
    touched.
    """
    found = extents_of(lambda sql, values=(): connection.execute(sql, values).fetchall(), [MAIN_FACT.name])
    days = found[MAIN_FACT.name].ordinary
    ordinary = f"day_key BETWEEN {days.first} AND {days.last}" if days else "false"
    with owned(connection, BEGUN):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {BEGUN} AS
            SELECT {CUSTOMER.key} AS key, strftime(day, '%Y') AS year, strftime(day, '%Y-%m') AS month,
                strftime(day, '%Y-Q') || quarter(day) AS quarter, cohort_month
            FROM {CUSTOMER.name} LEFT JOIN (
                SELECT {CUSTOMER.code}, DATE '1970-01-01' + min(day_key)::INTEGER AS day FROM {MAIN_FACT.name}
                WHERE NOT is_return AND {ordinary} GROUP BY {CUSTOMER.code}) USING ({CUSTOMER.code})
            WHERE {CUSTOMER.code} > 0 AND cohort_month IS DISTINCT FROM
                coalesce(strftime(day, '%Y-%m'), '{NO_PURCHASE}')"""
        )
        if connection.execute(f"FROM {BEGUN} LIMIT 1").fetchall():
            given = ", ".join(
                f"cohort_{period} = coalesce(begun.{period}, '{NO_PURCHASE}')"
                for period in ("year", "quarter", "month")
            )
            connection.execute(
                f"UPDATE {CUSTOMER.name} SET {given} FROM {BEGUN} AS begun WHERE {CUSTOMER.key} = begun.key"
            )
