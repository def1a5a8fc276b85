"""What a warehouse knows of cases: their events, or of tickets that tell none when they were opened and closed."""

from __future__ import annotations

import polars as pl

from data.service.service_contacts import DAY
from data.service.source_cases import CLOSED_WORDS
from data.store.publication import OF_SERVICE
from data.store.warehouse import Warehouse

TICKET = f"""SELECT source, origin, coalesce(case_id, number, concat(batch, ' ', row_in_source)) AS case_id,
    customer_code, {DAY} AS day, at_second, closed_on, status, batch, row_in_source
FROM interaction LEFT JOIN batch USING (batch) WHERE lower(kind) = 'ticket'
QUALIFY row_number() OVER (PARTITION BY source, coalesce(case_id, number, concat(batch, ' ', row_in_source))
    ORDER BY batch DESC, row_in_source DESC) = 1"""
# Sources number their cases each by themselves; what was done here with a case of a source belongs to it, where one
# source alone gives that customer's case this number.
EVENTS = f"""WITH ticket AS ({TICKET}), told AS (
    SELECT source, origin, case_id, customer_code, event, day_key, at_second, batch, row_in_source
    FROM case_event LEFT JOIN batch USING (batch) WHERE case_id IS NOT NULL),
numbered AS (
    SELECT case_id, customer_code, min(source) AS numbers
    FROM (SELECT source, origin, case_id, customer_code FROM ticket
        UNION ALL SELECT source, origin, case_id, customer_code FROM told)
    WHERE origin <> '{OF_SERVICE}' GROUP BY ALL HAVING count(DISTINCT source) = 1)
SELECT concat(CASE WHEN origin = '{OF_SERVICE}' THEN coalesce(numbers, source) ELSE source END, '/', case_id) AS "case",
    customer_code::BIGINT AS customer, event, {DAY} AS day, at_second::BIGINT AS second,
    row_number() OVER (ORDER BY batch, row_in_source)::BIGINT AS row
FROM told LEFT JOIN numbered USING (case_id, customer_code) ORDER BY row"""
# A ticket that is called closed on no day tells nothing of when it was.
TICKETS = f"""SELECT concat(source, '/', case_id) AS "case", customer_code::BIGINT AS customer, day,
    at_second::BIGINT AS second, closed_on AS closed_day
FROM ({TICKET})
WHERE closed_on IS NOT NULL OR NOT list_contains(?, lower(coalesce(status, '')))
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
    """All tickets, as each was told last, a row each: TICKET_COLUMNS; `closed_day` is null of those that are open."""
    found = warehouse.frame(TICKETS, [CLOSED_WORDS])
    return found.select(pl.col(name).cast(kind) for name, kind in TICKET_COLUMNS.items())
