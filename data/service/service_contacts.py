"""Calls and tickets as the call centre counts them: when each came, how long it waited, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from data.model.calendar import day_key
from data.store.warehouse import Warehouse

KINDS = ("call", "ticket")
# What a source calls a call that nobody answered.
HUNG_UP = (
    "hung up", "abandoned", "lost", "missed", "unanswered", "not answered", "no answer", "caller hung up",
    "abbandonata", "persa", "aufgelegt", "verpasst", "raccroché", "abandonada", "потерян", "пропущен",
)  # fmt: skip
DAY = "(DATE '1970-01-01' + day_key)::DATE"
# Those that the firm made itself are no load.
CAME_IN = """lower(kind) IN (SELECT unnest($1::VARCHAR[])) AND lower(coalesce(direction, 'in')) <> 'out'
    AND day_key BETWEEN $2 AND $3"""
CONTACTS = f"""SELECT {DAY} AS day, at_second::BIGINT AS second, customer_code::BIGINT AS customer, topic AS subject,
    waited_seconds::DOUBLE AS waited, duration_seconds::DOUBLE AS handled, outcome,
    list_contains($4::VARCHAR[], lower(outcome)) AS abandoned
FROM interaction WHERE {CAME_IN} ORDER BY day_key, at_second, batch, row_in_source"""
COUNTS = f"""SELECT {DAY} AS day, (at_second // 3600)::BIGINT AS hour, count(*)::BIGINT AS contacts
FROM interaction WHERE {CAME_IN} GROUP BY ALL ORDER BY ALL"""
ANSWERS = """SELECT lower(kind) AS kind, customer_code::BIGINT AS customer, satisfaction::DOUBLE AS satisfaction,
    recommendation::DOUBLE AS recommendation
FROM interaction WHERE (satisfaction IS NOT NULL OR recommendation IS NOT NULL) AND day_key BETWEEN $1 AND $2
ORDER BY day_key, batch, row_in_source"""
CONTACT_COLUMNS = {
    "day": pl.Date, "second": pl.Int64, "customer": pl.Int64, "subject": pl.String, "waited": pl.Float64,
    "handled": pl.Float64, "outcome": pl.String, "abandoned": pl.Boolean,
}  # fmt: skip
COUNT_COLUMNS = {"day": pl.Date, "hour": pl.Int64, "contacts": pl.Int64}
ANSWER_COLUMNS = {
    "kind": pl.String,
    "customer": pl.Int64,
    "satisfaction": pl.Float64,
    "recommendation": pl.Float64,
}


def service_contacts(warehouse: Warehouse, kinds: tuple[str, ...], first: date, last: date) -> pl.DataFrame:
    """What customers brought from one day to another, a row each: CONTACT_COLUMNS. `customer` is 0 of nobody known,
    `second` of the day, `waited` and `handled` in seconds, `abandoned` whether they hung up; null where not told."""
    found = warehouse.frame(CONTACTS, [*_span(kinds, first, last), [*HUNG_UP]])
    return _as(found, CONTACT_COLUMNS)


def contacts_by_hour(warehouse: Warehouse, kinds: tuple[str, ...], first: date, last: date) -> pl.DataFrame:
    """How many came each day and hour (null where no time is told): COUNT_COLUMNS."""
    return _as(warehouse.frame(COUNTS, _span(kinds, first, last)), COUNT_COLUMNS)


def survey_answers(warehouse: Warehouse, first: date, last: date) -> pl.DataFrame:
    """What customers said of their satisfaction and of recommending, by kind of contact: ANSWER_COLUMNS."""
    return _as(warehouse.frame(ANSWERS, [day_key(first), day_key(last)]), ANSWER_COLUMNS)


def _span(kinds: tuple[str, ...], first: date, last: date) -> list[object]:
    return [[*kinds], day_key(first), day_key(last)]


def _as(frame: pl.DataFrame, columns: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(kind) for name, kind in columns.items())
