"""The cohort of each customer: year, quarter and month of the first purchase ever, at the end of every write."""

from __future__ import annotations

from data.added_rows import OWN_ROWS
from data.connection import Connection
from data.model.calendar import Days
from data.model.canonical_tables import CUSTOMER, MAIN_FACT
from data.model.fact_extent import extents_of
from data.temporary_tables import owned

NO_PURCHASE = "(no purchase)"
BEGUN, CAME = "begun_customer", "come_customer"
ADDED = f"rowid >= {OWN_ROWS}"
NEVER = Days(0, -1)
MONTH = "strftime(day, '%Y-%m')"


def follow(connection: Connection) -> None:
    """Give every version of a customer the cohort that the order lines tell now.

    A return is no purchase, and a day years away from ordinary traffic is a slip. Only versions that read otherwise are
    touched.
    """
    found = extents_of(lambda sql, values=(): connection.execute(sql, values).fetchall(), [MAIN_FACT.name])
    days = found[MAIN_FACT.name].ordinary or NEVER
    _give(connection, f"SELECT {CUSTOMER.code}, {MONTH} AS month FROM ({_first_days(days)})")


def begin(connection: Connection, ordinary: Days) -> None:
    """The same where this transaction did nothing to order lines but add: of its own lines and customers alone.

    The cohort of whoever had one is the earlier of that and the first of these. `ordinary` are the days of ordinary
    traffic.
    """
    came = f"SELECT {CUSTOMER.code}, {MONTH} AS month FROM ({_first_days(ordinary, ADDED)})"
    new = f"SELECT {CUSTOMER.code}, NULL FROM {CUSTOMER.name} WHERE {ADDED}"
    with owned(connection, CAME):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {CAME} AS {came} UNION ALL {new}")
        held = f"""SELECT {CUSTOMER.code}, cohort_month AS month FROM {CUSTOMER.name}
            SEMI JOIN {CAME} USING ({CUSTOMER.code}) WHERE cohort_month LIKE '____-__'"""
        months = (
            f"SELECT {CUSTOMER.code}, min(month) AS month FROM (FROM {CAME} UNION ALL {held}) GROUP BY ALL"
        )
        _give(connection, months, CAME)


def _first_days(days: Days, which: str = "true") -> str:
    """SQL for the first purchase (`day`) of each customer among some lines."""
    return f"""SELECT {CUSTOMER.code}, DATE '1970-01-01' + min(day_key)::INTEGER AS day FROM {MAIN_FACT.name}
        WHERE NOT is_return AND day_key BETWEEN {days.first} AND {days.last} AND {which} GROUP BY {CUSTOMER.code}"""


def _give(connection: Connection, months: str, whose: str | None = None) -> None:
    """Customers whose code is in the SQL `months` get that cohort, the others of `whose` none."""
    which = f"SEMI JOIN {whose} USING ({CUSTOMER.code})" if whose else ""
    with owned(connection, BEGUN):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {BEGUN} AS
            SELECT {CUSTOMER.key} AS key, month[:4] AS year, month, cohort_month,
                month[:4] || '-Q' || (month[6:]::INTEGER + 2) // 3 AS quarter
            FROM {CUSTOMER.name} {which} LEFT JOIN ({months}) USING ({CUSTOMER.code})
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
