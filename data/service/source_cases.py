"""Cases as sources tell of them: their tickets, and the events of tickets where they bring any.

What a ticket says itself (when it was opened, that it was closed) is taken for an event where no event tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.model.calendar import day_key
from data.operational.statement_kinds import SourceNumber
from data.service.case_course import CLOSED, OPENED, REOPENED, CaseEvent
from data.service.firm_moments import BEGIN, END, NOON, ZONE, moment, zone_of
from data.service.service_case import CaseNumber, ServiceCase
from data.store.publication import OF_SERVICE
from data.store.warehouse import Warehouse

# What tickets are called that were closed, where no day of closing is told.
CLOSED_WORDS = ["closed", "solved", "resolved", "done", "completed", "chiuso", "risolto", "geschlossen", "gelöst",
                "erledigt", "fermé", "résolu", "cerrado", "resuelto", "закрыт", "закрыта", "решено"]  # fmt: skip
TICKETS = f"""SELECT * FROM (
    SELECT source, coalesce(case_id, number) AS case_id, identity_key, customer_code AS customer, day_key, at_second,
        topic, status, outcome, satisfaction, closed_on, agent, channel_key, batch, row_in_source
    FROM interaction JOIN batch USING (batch) WHERE lower(kind) = 'ticket' AND origin <> '{OF_SERVICE}')
WHERE case_id IS NOT NULL AND {{0}}
QUALIFY row_number() OVER (PARTITION BY source, case_id ORDER BY batch DESC, row_in_source DESC) = 1"""
EVENTS = f"""SELECT source, case_id, lower(event) AS event, identity_key, customer_code AS customer, day_key, at_second,
    agent, topic, channel_key, batch, row_in_source
FROM case_event JOIN batch USING (batch) WHERE origin <> '{OF_SERVICE}' AND case_id IS NOT NULL"""
# Of those that meet a condition on their source, number and customer.
TOLD = f"""WITH ticket AS ({TICKETS}), told AS (SELECT * FROM ({EVENTS}) WHERE {{0}}),
last AS (SELECT source, case_id, arg_max(event, (day_key, coalesce(at_second, 0), batch, row_in_source)) AS event,
    arg_max(customer, (day_key, batch, row_in_source)) AS customer,
    arg_max(identity_key, (day_key, batch, row_in_source)) AS identity_key,
    arg_max(channel_key, (day_key, batch, row_in_source)) AS channel_key FROM told GROUP BY source, case_id),
every AS (
    SELECT source, case_id, coalesce(ticket.customer, last.customer) AS customer,
        coalesce(ticket.identity_key, last.identity_key) AS identity_key,
        coalesce(ticket.channel_key, last.channel_key) AS channel_key, day_key, at_second, topic, outcome,
        satisfaction, closed_on, agent, closed_on IS NOT NULL OR list_contains($1, lower(coalesce(status, '')))
            AS is_closed, last.event
    FROM ticket FULL JOIN last USING (source, case_id))
SELECT source, case_id, customer, numbering, i.id, day_key, at_second, topic, outcome, satisfaction, closed_on, agent,
    is_closed, channel.name
FROM every LEFT JOIN customer_identity AS i USING (identity_key) LEFT JOIN channel USING (channel_key)
WHERE {{1}} ORDER BY day_key, source, case_id"""
OPEN = (
    "coalesce(event, '') <> 'closed' AND (coalesce(event, '') = 'reopened' OR NOT coalesce(is_closed, false))"
)
NAMED = "(source, case_id) IN (SELECT (unnest({}::VARCHAR[]), unnest({}::VARCHAR[])))"
OF_CASES = f"""SELECT source, case_id, event, day_key, at_second, agent, topic FROM ({EVENTS})
WHERE {NAMED.format("$1", "$2")} ORDER BY source, case_id, day_key, coalesce(at_second, 0), batch, row_in_source"""
OF_CODES = """SELECT customer_code, arg_max(id, valid_to), arg_max(name, valid_to) FROM customer
WHERE customer_code IN (SELECT unnest(?::INTEGER[])) GROUP BY customer_code"""


def open_of_sources(warehouse: Warehouse) -> tuple[ServiceCase, ...]:
    """Those that are open as far as sources tell; read once a snapshot."""
    key = "open cases of sources"
    if key not in warehouse.beside:
        warehouse.beside[key] = _cases(warehouse, "true", OPEN)
    found: tuple[ServiceCase, ...] = warehouse.beside[key]
    return found


def named_of_sources(warehouse: Warehouse, cases: Sequence[CaseNumber]) -> tuple[ServiceCase, ...]:
    """Those of these that sources tell of, open or closed."""
    if not cases:
        return ()
    return _cases(warehouse, NAMED.format("$2", "$3"), "true", *_columns(cases))


def numbered_in_sources(warehouse: Warehouse, text: str) -> tuple[ServiceCase, ...]:
    """All that are numbered so, in whatever case of letters."""
    return _cases(warehouse, "lower(case_id) = $2", "true", text.lower())


def _columns(cases: Sequence[CaseNumber]) -> list[list[str]]:
    return [[each.source for each in cases], [each.id for each in cases]]


def _cases(warehouse: Warehouse, among: str, shown: str, *values: Any) -> tuple[ServiceCase, ...]:
    """Those whose tickets and events meet the SQL `among`, and which meet `shown` themselves."""
    rows = warehouse.rows(TOLD.format(among, shown), [CLOSED_WORDS, *values])
    zone = zone_of(warehouse.rows(ZONE))
    numbers = [CaseNumber(source, id) for source, id, *_ in rows]
    told = _events(warehouse, numbers, zone)
    codes = sorted({row[2] for row in rows})
    names = {code: (id, name) for code, id, name in warehouse.rows(OF_CODES, [codes])} if codes else {}
    found = []
    for case, row in zip(numbers, rows, strict=True):
        _, _, customer, numbering, id, *of_ticket, channel = row
        shown, called = names.get(customer, ("", "")) if customer else ("", "")
        number = SourceNumber(numbering, id) if customer and numbering is not None else None
        events = (*told.get(case, ()), *_of_ticket(of_ticket, told.get(case, ()), zone))
        found.append(ServiceCase(case, events, customer, number, shown, called, channel or ""))
    return tuple(found)


def _events(
    warehouse: Warehouse, cases: Sequence[CaseNumber], zone: ZoneInfo
) -> dict[CaseNumber, list[CaseEvent]]:
    if not cases:
        return {}
    rows = warehouse.rows(OF_CASES, _columns(cases))
    found: dict[CaseNumber, list[CaseEvent]] = {}
    for source, id, event, day, second, agent, topic in rows:
        at = moment(day, second, zone, {OPENED: BEGIN, CLOSED: END}.get(event, NOON))
        who = agent or ""
        assignee = who if event in ("assigned", "handed over") else ""
        told = CaseEvent(event, at, who, topic or "", assignee=assignee, is_dated=second is None)
        found.setdefault(CaseNumber(source, id), []).append(told)
    return found


def _of_ticket(
    row: Sequence[Any], told: Iterable[CaseEvent], zone: ZoneInfo
) -> tuple[CaseEvent, ...]:  # what no event tells
    day, second, topic, outcome, satisfaction, closed_on, agent, is_closed = row
    if day is None:
        return ()
    told = list(told)
    names = {each.event for each in told}
    begun = moment(day, second, zone, BEGIN)
    if OPENED in names:  # what the ticket says of itself lies just before what happened
        first = min(each.at for each in told)
        events = [CaseEvent("", first - timedelta(microseconds=1), topic=topic or "", assignee=agent or "")]
    else:
        events = [CaseEvent(OPENED, begun, topic=topic or "", assignee=agent or "", is_dated=second is None)]
    if is_closed and not names & {CLOSED, REOPENED}:
        last = max((each.at for each in told), default=begun)
        at = moment(day_key(closed_on), None, zone, END) if closed_on else last + timedelta(microseconds=1)
        points = None if satisfaction is None else round(satisfaction)
        events.append(CaseEvent(CLOSED, at, outcome=outcome or "", satisfaction=points, is_dated=True))
    return tuple(events)
