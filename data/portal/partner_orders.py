"""Orders to suppliers: those of the partner of a link one by one, and those of all partners without saying whose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from data.model.calendar import to_date
from data.portal.own_rows import OwnRows

MOST = 25
YEAR_DAYS = 365
NAMED = "(SELECT product_code, arg_max(id, valid_to) AS id, arg_max(name, valid_to) AS name FROM product GROUP BY ALL)"
OWN = f"""SELECT number, n.id, n.name, day_key, promised_days, ordered, received, open_days, lead_days, is_due, in_time
FROM supply_order AS o JOIN {NAMED} AS n USING (product_code) WHERE partner_code = $1 AND {{}}
ORDER BY {{}}, number, n.id LIMIT {MOST + 1} OFFSET $2"""
OPEN, CLOSED = ("open_days IS NOT NULL", "day_key"), ("open_days IS NULL", "day_key DESC")
COUNTS = """SELECT count(*), count(*) FILTER (WHERE in_time = 0) FROM supply_order
WHERE partner_code = $1 AND open_days IS NOT NULL"""
LAST = "SELECT max(day_key) FROM supply_order WHERE partner_code = $1"
COLUMNS = (
    "partner",
    "is_due",
    "in_time",
    "in_time_in_full",
    "units_due",
    "units_in_time",
    "lead_days",
    "open_days",
)
DISTRICT = """SELECT CASE WHEN partner_code = $1 THEN 0 ELSE dense_rank() OVER (ORDER BY hash(partner_code)) END::DOUBLE
    AS partner, is_due::DOUBLE AS is_due, in_time::DOUBLE AS in_time, in_time_in_full::DOUBLE AS in_time_in_full,
    CASE WHEN received_in_time IS NOT NULL THEN ordered END::DOUBLE AS units_due,
    received_in_time::DOUBLE AS units_in_time, lead_days::DOUBLE AS lead_days, open_days::DOUBLE AS open_days
FROM supply_order WHERE day_key BETWEEN $2 AND $3 AND partner_code > 0"""


@dataclass(frozen=True, slots=True)
class PartnerOrder:
    """An order to the partner: `due` is the day promised (None where none was), `took_days` from it until it was
    whole. `is_late` is None while it is not due."""

    number: str
    product_id: str
    product: str
    day: date
    due: date | None
    ordered: float | None
    received: float | None
    took_days: int | None
    is_open: bool
    is_late: bool | None


def partner_orders(rows: OwnRows, open_ones: bool, skip: int = 0) -> list[PartnerOrder]:
    """The partner's open orders, the oldest first, or the others, the latest first; the first `skip` left out, at most
    MOST and one that tells that there are more."""
    return [_order(*row) for row in rows.ask(OWN.format(*(OPEN if open_ones else CLOSED)), skip)]


def open_counts(rows: OwnRows) -> tuple[int, int]:
    """How many orders are open, and how many of these are late."""
    ((opened, late),) = rows.ask(COUNTS)
    return opened, late


def _order(*row: Any) -> PartnerOrder:
    number, id, name, day, promised, ordered, received, opened, lead, is_due, in_time = row
    placed = to_date(day)
    due = placed + timedelta(days=int(promised)) if promised is not None else None
    late = not in_time if is_due else None
    return PartnerOrder(
        number or "", id, name, placed, due, ordered, received, lead, opened is not None, late
    )


def district_orders(rows: OwnRows) -> tuple[pl.DataFrame, date, date]:
    """The orders of all partners within the year that ends with the partner's last order, and its first and last day.

    A row an order: `partner` (0 the partner of the link, others numbered by chance of their order), `is_due`,
    `in_time`, `in_time_in_full` (0 or 1, null where not due), `units_due`, `units_in_time`, `lead_days` (null while
    not whole) and `open_days` (null once it is whole or ended).
    """
    ((last,),) = rows.ask(LAST)
    if last is None:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.Float64)), date.min, date.min
    first = last - YEAR_DAYS + 1
    found = rows.warehouse.frame(DISTRICT, [rows.code, first, last])
    return found.select(COLUMNS), to_date(first), to_date(last)
