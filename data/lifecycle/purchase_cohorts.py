"""The cohort of each customer: year, quarter and month of the first purchase ever, at the end of every write."""

from __future__ import annotations

from data.added_rows import OWN_ROWS
from data.connection import Connection
from data.model.canonical_tables import CUSTOMER, MAIN_FACT
from data.model.fact_extent import extents_of
from data.temporary_tables import owned

NO_PURCHASE = "(no purchase)"
BEGUN = "begun_customer"
MONTH = "strftime(day, '%Y-%m')"


def follow(connection: Connection) -> None:
    """Give every version of a customer the cohort that the order lines tell now.

    A return is no purchase, and a day years away from ordinary traffic is a slip. Only versions that read otherwise are
    touched.
    """
    _give(connection, f"SELECT {CUSTOMER.code}, {MONTH} AS month FROM ({_first_days(connection)})")


def begin(connection: Connection) -> None:
    """The same where this transaction did nothing to order lines but add: of its own lines alone.

    The cohort of whoever had one is the earlier of that and the first of these.
    """
    came = (
        f"SELECT {CUSTOMER.code}, {MONTH} AS month FROM ({_first_days(connection, f'rowid >= {OWN_ROWS}')})"
    )
    held = f"SELECT {CUSTOMER.code}, cohort_month AS month FROM {CUSTOMER.name} WHERE cohort_month LIKE '____-__'"
    _give(
        connection, f"SELECT {CUSTOMER.code}, min(month) AS month FROM ({came} UNION ALL {held}) GROUP BY ALL"
    )


def _first_days(connection: Connection, which: str = "true") -> str:
    """SQL for the first purchase (`day`) of each customer among some lines."""
    found = extents_of(lambda sql, values=(): connection.execute(sql, values).fetchall(), [MAIN_FACT.name])
    days = found[MAIN_FACT.name].ordinary
    ordinary = f"day_key BETWEEN {days.first} AND {days.last}" if days else "false"
    return f"""SELECT {CUSTOMER.code}, DATE '1970-01-01' + min(day_key)::INTEGER AS day FROM {MAIN_FACT.name}
        WHERE NOT is_return AND {ordinary} AND {which} GROUP BY {CUSTOMER.code}"""


def _give(connection: Connection, months: str) -> None:
    """Customers whose code is in the SQL `months` get that cohort, all others none."""
    with owned(connection, BEGUN):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {BEGUN} AS
            SELECT {CUSTOMER.key} AS key, month[:4] AS year, month, cohort_month,
                month[:4] || '-Q' || (month[6:]::INTEGER + 2) // 3 AS quarter
            FROM {CUSTOMER.name} LEFT JOIN ({months}) USING ({CUSTOMER.code})
            WHERE {CUSTOMER.code} > 0 AND cohort_month IS DISTINCT FROM coalesce(month, '{NO_PURCHASE}')"""
        )
        if connection.execute(f"FROM {BEGUN} LIMIT 1").fetchall():
            given = ", ".join(
                f"cohort_{period} = coalesce(begun.{period}, '{NO_PURCHASE}')"
                for period in ("year", "quarter", "month")
            )
            connection.execute(
                f"UPDATE {CUSTOMER.name} SET {given} FROM {BEGUN} AS begun WHERE {CUSTOMER.key} = begun.key"
            )
