"""Customers of the period before, by month, quarter and year of the calendar: on the last day of a period that is over
stands who bought in the one before it, and whether they bought in it as well.

They are described as at their last order of the period before, its channel included: as when they could be lost.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from data.connection import Connection
from data.derived_facts.mirrored_rows import (
    AS_THEY_COME,
    CUSTOMER_COLUMNS,
    TOUCHED,
    ordinary_days,
    put_in_place,
    shares,
)
from data.model.calendar import OF_MONTHS, Days, day_key, to_date
from data.model.canonical_tables import CUSTOMER, MAIN_FACT
from data.packed_order import in_order

GRAINS = ("month", "quarter", "year")
LATE_START = 7  # days
KEPT = "customers_kept"
COPIED = f"{CUSTOMER_COLUMNS}, channel_key, batch, row_in_source"
Columns = dict[str, np.ndarray]


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
            _put(connection, whole, mine)


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


def _put(connection: Connection, whole: Days | None, whose: str) -> None:
    """Make the rows of the customers that the condition `whose` selects what their purchases tell."""
    bought = _in_turn(
        connection.execute(
            f"SELECT day_key, {COPIED}, nth::INTEGER AS nth FROM purchase WHERE {whose if whole else 'false'}"
        ).fetchnumpy()
    )
    grains = [_of_grain(bought, grain, whole or Days(0, -1)) for grain in GRAINS]
    told = {name: np.concatenate([each[name] for each in grains]) for name in grains[0]}
    at = told.pop("at")
    order = in_order(told["day_key"], bought["customer_code"][at])
    kept = {name: bought[name][at[order]] for name in COPIED.split(", ")}
    kept |= {name: values[order] for name, values in told.items()}
    connection.register(KEPT, pa.table(kept))
    listed = ", ".join(f"'{grain}'" for grain in GRAINS)
    wanted = f"SELECT * EXCLUDE (months), [{listed}][months] AS number, number AS grain FROM {KEPT}"
    try:
        put_in_place(connection, "kept_customer", wanted, whose, AS_THEY_COME)
    finally:
        connection.unregister(KEPT)


def _in_turn(bought: Columns) -> Columns:
    """Purchases customer by customer, each as they followed."""
    order = in_order(bought["customer_code"], bought.pop("nth"))
    return {name: bought.pop(name)[order] for name in [*bought]}


def _of_grain(bought: Columns, grain: str, whole: Days) -> Columns:
    """The customers of the periods that are known whole, as the next one is: where (`at`) their last purchase of the
    period stands, the last day of the next one, whether they bought in it; `months` counts from 1 which grain it is."""
    months = bought["day_key"].astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
    length = OF_MONTHS[grain]
    period, customer = months // length, bought["customer_code"]
    last = np.ones(len(period), bool)
    last[:-1] = (period[1:] != period[:-1]) | (customer[1:] != customer[:-1])
    at = np.flatnonzero(last)
    period, customer = period[at], customer[at]
    stayed = np.zeros(len(at), np.int8)
    stayed[:-1] = (customer[1:] == customer[:-1]) & (period[1:] == period[:-1] + 1)
    next_last = _first_day((period + 2) * length) - 1
    told = (next_last <= whole.last) & (_first_day(period * length) >= whole.first)
    grains = np.full(int(told.sum()), GRAINS.index(grain) + 1, np.int8)
    return {"at": at[told], "day_key": next_last[told], "months": grains, "stayed": stayed[told]}


def _first_day(months: np.ndarray) -> np.ndarray:
    """The first day of each month, both counted from 1970."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)
