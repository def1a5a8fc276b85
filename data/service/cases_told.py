"""What a warehouse knows of cases: their events, or of tickets that tell none when they were opened and closed."""

from __future__ import annotations

import polars as pl

from data.service.service_contacts import DAY
from data.store.warehouse import Warehouse

# Sources number their cases each by themselves.
EVENTS = f"""SELECT concat(source, '/', case_id) AS "case", customer_code::BIGINT AS customer, event, {DAY} AS day,
    at_second::BIGINT AS second, row_number() OVER (ORDER BY batch, row_in_source)::BIGINT AS row
FROM case_event LEFT JOIN batch USING (batch) WHERE case_id IS NOT NULL ORDER BY row"""
# A ticket that is called closed on no day tells nothing of when it was.
TICKETS = f"""SELECT concat(source, '/', coalesce(case_id, number, concat(batch, ' ', row_in_source))) AS "case",
    customer_code::BIGINT AS customer, {DAY} AS day, at_second::BIGINT AS second, closed_on AS closed_day
FROM interaction LEFT JOIN batch USING (batch)
WHERE lower(kind) = 'ticket' AND (closed_on IS NOT NULL OR lower(coalesce(status, 'open')) NOT IN
    ('closed', 'solved', 'resolved', 'done', 'chiuso', 'geschlossen', 'fermé', 'cerrado', 'закрыт'))
ORDER BY batch, row_in_source"""
EVENT_COLUMNS = {"case": pl.String, "customer": pl.Int64, "event": pl.String, "day": pl.Date, "second": pl.Int64,
                 "row": pl.Int64}  # fmt: skip
TICKET_COLUMNS = {
    "case": pl.String,
    "customer": pl.Int64,
    "day": pl.Date,
    "second": pl.Int64,
    "closed_day": pl.Date,
}


def case_events_told(warehouse: Warehouse) -> pl.DataFrame:
    """All events of cases, a row each: EVENT_COLUMNS; `row` is their order where no time tells it."""
    found = warehouse.frame(EVENTS)
    return found.select(pl.col(name).cast(kind) for name, kind in EVENT_COLUMNS.items())


def tickets_told(warehouse: Warehouse) -> pl.DataFrame:
    """All tickets, a row each: TICKET_COLUMNS; `closed_day` is null of those that are open."""
    found = warehouse.frame(TICKETS)
    return found.select(pl.col(name).cast(kind) for name, kind in TICKET_COLUMNS.items())
