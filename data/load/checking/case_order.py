"""Tickets closed before they opened, and cases reopened that nobody had closed: loaded as they are, and told."""

from __future__ import annotations

from data.connection import Connection
from data.load.mappings.mapping import Part

CLOSED_EARLY = (
    "{file}: {count} closed before the day on which it began, the first in row {row}. Loaded as told: days to close"
    " count below nought there. Are the two dates exchanged, or is one mistyped?"
)
CLOSED_UNOPENED = (
    "{file}: {count} closed before the first opening that is told of it, the first in row {row}. Loaded as told: is"
    " its time right?"
)
REOPENED = (
    "{file}: {count} reopened, and no closing before that is told, the first in row {row}. Loaded as told: reopenings"
    " count, and may be more than closings. Does an earlier file tell of the closing?"
)
# Where no time is told, an event may have been at any moment of its day.
EARLIEST = "f_date, coalesce(f_at_second, 0)"
LATEST = "f_date, coalesce(f_at_second, 86399)"
EVENTS = """WITH told AS (
    SELECT row, f_case_id, f_event, f_date, {second} AS f_at_second FROM {typed} WHERE reason IS NULL
    UNION ALL
    SELECT NULL, case_id, event, DATE '1970-01-01' + day_key::INTEGER, at_second
    FROM case_event JOIN batch USING (batch) WHERE source = $source
), first AS (
    SELECT f_case_id, min(({earliest})) FILTER (f_event = 'closed') AS closed,
        min(({earliest})) FILTER (f_event = 'opened') AS opened
    FROM told GROUP BY f_case_id
)
SELECT count(DISTINCT f_case_id) FILTER (f_event = 'reopened' AND (closed IS NULL OR ({latest}) < closed)),
    min(row) FILTER (f_event = 'reopened' AND (closed IS NULL OR ({latest}) < closed)),
    count(DISTINCT f_case_id) FILTER (f_event = 'closed' AND ({latest}) < opened),
    min(row) FILTER (f_event = 'closed' AND ({latest}) < opened)
FROM told JOIN first USING (f_case_id) WHERE row IS NOT NULL"""


def told(connection: Connection, part: Part, typed: str, file: str, source: str) -> list[str]:
    """A sentence for each kind of disorder among the rows of the table `typed`; `source` is whose cases they are."""
    if "closed_on" in part.filled and part.kind.record:
        return _closed_early(connection, typed, file)
    if {"event", "case_id"} <= set(part.filled):
        return _out_of_order(connection, part, typed, file, source)
    return []


def _closed_early(connection: Connection, typed: str, file: str) -> list[str]:
    count, row = connection.execute(
        f"SELECT count(*), min(row) FROM {typed} WHERE reason IS NULL AND f_closed_on < f_date"
    ).fetchall()[0]
    return [CLOSED_EARLY.format(file=file, count=_cases(count, "ticket"), row=f"{row:,}")] if count else []


def _out_of_order(connection: Connection, part: Part, typed: str, file: str, source: str) -> list[str]:
    is_timed = "at_second" in (*part.filled, *part.dated)
    second = "f_at_second" if is_timed else "NULL::BIGINT"
    sql = EVENTS.format(typed=typed, second=second, earliest=EARLIEST, latest=LATEST)
    reopened, first, closed, early = connection.execute(sql, {"source": source}).fetchall()[0]
    found = []
    if closed:
        found.append(CLOSED_UNOPENED.format(file=file, count=_cases(closed, "case"), row=f"{early:,}"))
    if reopened:
        found.append(REOPENED.format(file=file, count=_cases(reopened, "case"), row=f"{first:,}"))
    return found


def _cases(count: int, noun: str) -> str:
    """
    >>> _cases(1, "ticket"), _cases(1200, "case")
    ('1 ticket was', '1,200 cases were')
    """
    return f"1 {noun} was" if count == 1 else f"{count:,} {noun}s were"
