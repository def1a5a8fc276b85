"""Customers of the period before, by month, quarter and year of the calendar: on the last day of a period that is over
stands who bought in the one before it, and whether they bought in it as well.

They are described as at their last order of the period before, its channel included: as when they could be lost.
"""

from __future__ import annotations

from datetime import date, timedelta

from data.connection import Connection
from data.derived_facts.mirrored_rows import CUSTOMER_COLUMNS, TOUCHED, ordinary_days, put_in_place, shares
from data.model.calendar import Days, day_key, to_date
from data.model.canonical_tables import CUSTOMER, MAIN_FACT

GRAINS = ("month", "quarter", "year")
LATE_START = 7  # days
DAY_ZERO = "DATE '1970-01-01'"


def follow(connection: Connection, touched: bool) -> None:
    """Bring up to date those of the customers in `derived_touched`, or of everybody where other periods are whole."""
    days = ordinary_days(connection, MAIN_FACT.name)
    whole = _whole_months(days) if days else None
    anew = _told(whole) != _held(connection)
    if touched or anew:
        everybody = (
            f"(SELECT {CUSTOMER.code} AS code FROM purchase UNION SELECT {CUSTOMER.code} FROM kept_customer)"
        )
        for mine in shares(connection, everybody if anew else TOUCHED):
            wanted = " UNION ALL ".join(_of_grain(grain, whole or Days(0, -1), mine) for grain in GRAINS)
            put_in_place(connection, "kept_customer", wanted, mine)


def _whole_months(known: Days) -> Days | None:
    """The days of the months that are known whole; orders that begin within the first days of a month are whole."""
    first = to_date(known.first - LATE_START)
    first = first if first.day == 1 else _next_month(first)
    last = to_date(known.last + 1).replace(day=1)
    return Days(day_key(first), day_key(last) - 1) if first < last else None


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _told(whole: Days | None) -> tuple[int, int] | None:
    """The first and the last day on which months are told: at the end of the second whole month and of the last."""
    if whole is None:
        return None
    second = day_key(_next_month(_next_month(to_date(whole.first)))) - 1
    return (second, whole.last) if second <= whole.last else None


def _held(connection: Connection) -> tuple[int, int] | None:
    """The first and the last day on which months are told in the warehouse."""
    ends = "SELECT min(day_key), max(day_key) FROM kept_customer WHERE grain = 'month'"
    first, last = connection.execute(ends).fetchall()[0]
    return None if first is None else (first, last)


def _of_grain(grain: str, whole: Days, whose: str) -> str:
    """SQL for the customers of the periods of one grain that are known whole, as the next one is."""
    return f"""SELECT next_last AS day_key, {CUSTOMER_COLUMNS}, channel_key, '{grain}' AS number, '{grain}' AS grain,
            (bought_next IS NOT DISTINCT FROM next_period)::INTEGER AS stayed, batch, row_in_source
        FROM (
            SELECT *, lead(period) OVER (PARTITION BY customer_code ORDER BY period) AS bought_next,
                (period + INTERVAL 1 {grain})::DATE AS next_period,
                ((period + INTERVAL 1 {grain} + INTERVAL 1 {grain})::DATE - {DAY_ZERO} - 1)::INTEGER AS next_last
            FROM (
                SELECT *, date_trunc('{grain}', {DAY_ZERO} + day_key)::DATE AS period FROM purchase WHERE {whose}
                QUALIFY row_number() OVER (PARTITION BY customer_code, period ORDER BY nth DESC) = 1))
        WHERE next_last <= {whole.last} AND period >= {DAY_ZERO} + {whole.first}"""
