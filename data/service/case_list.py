"""Cases as whoever looks may see them: those that sources tell of and those opened here, in one list.

What people said lies on top of the snapshot, so that it is seen at once and by every process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from data import environment
from data.model.calendar import EPOCH
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import CASE_EVENT, CASE_EVENTS, RECORDED_CONTACT, SERVICE_TASK
from data.operational.statement_kinds import SourceNumber
from data.operational.statement_log import Statement
from data.service import recorded_contacts, service_tasks
from data.service.case_course import CLOSED, OPENED, REACHED, WROTE, CaseEvent
from data.service.case_deeds import case_event, case_of
from data.service.recorded_contacts import RecordedContact
from data.service.service_case import OWN, CaseNumber, ServiceCase
from data.service.service_tasks import ServiceTask
from data.store.publication import OF_SERVICE
from data.store.warehouse import Warehouse

# What tickets are called that were closed, where no day of closing is told.
CLOSED_WORDS = ["closed", "solved", "resolved", "done", "completed", "chiuso", "risolto", "geschlossen", "gelöst",
                "erledigt", "fermé", "résolu", "cerrado", "resuelto", "закрыт", "закрыта", "решено"]  # fmt: skip
ZONE = "SELECT value FROM setting WHERE name = 'time_zone'"
TICKETS = f"""SELECT * FROM (
    SELECT source, coalesce(case_id, number) AS case_id, identity_key, customer_code AS customer, day_key, at_second,
        topic, status, outcome, satisfaction, closed_on, agent, channel_key, batch, row_in_source
    FROM interaction JOIN batch USING (batch) WHERE lower(kind) = 'ticket' AND origin <> '{OF_SERVICE}')
WHERE case_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY source, case_id ORDER BY batch DESC, row_in_source DESC) = 1"""
EVENTS = f"""SELECT source, case_id, lower(event) AS event, identity_key, customer_code AS customer, day_key, at_second,
    agent, topic, channel_key, batch, row_in_source
FROM case_event JOIN batch USING (batch) WHERE origin <> '{OF_SERVICE}'"""
TOLD = f"""WITH ticket AS ({TICKETS}), told AS ({EVENTS}),
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
    FROM ticket FULL JOIN last USING (source, case_id))"""
OPEN = (
    "coalesce(event, '') <> 'closed' AND (coalesce(event, '') = 'reopened' OR NOT coalesce(is_closed, false))"
)
NAMED = "(source, case_id) IN (SELECT (unnest({}::VARCHAR[]), unnest({}::VARCHAR[])))"
CASES = """SELECT source, case_id, customer, numbering, i.id, day_key, at_second, topic, outcome, satisfaction, closed_on,
    agent, is_closed, channel.name
FROM every LEFT JOIN customer_identity AS i USING (identity_key) LEFT JOIN channel USING (channel_key)
WHERE {} ORDER BY day_key, source, case_id"""
OF_CASES = f"""SELECT source, case_id, event, day_key, at_second, agent, topic FROM ({EVENTS})
WHERE {NAMED.format("$1", "$2")} ORDER BY source, case_id, day_key, coalesce(at_second, 0), batch, row_in_source"""
PERSONS = """SELECT i.numbering, i.id, customer_code, arg_max(c.id, valid_to), arg_max(c.name, valid_to)
FROM customer_identity AS i JOIN (SELECT unnest(?::VARCHAR[]) AS numbering, unnest(?::VARCHAR[]) AS id) USING (numbering, id)
JOIN customer AS c USING (customer_code) GROUP BY ALL"""
OF_CODES = """SELECT customer_code, arg_max(id, valid_to), arg_max(name, valid_to) FROM customer
WHERE customer_code IN (SELECT unnest(?::INTEGER[])) GROUP BY customer_code"""
NUMBERS = "SELECT numbering, id FROM customer_identity WHERE customer_code = ?"
BEGIN, NOON, END = time(0, 0), time(12, 0), time(23, 59, 59)  # of events of which the day alone is told
KEPT = "cases as they were told last"


class CasePerson(NamedTuple):
    """A customer as cubes show them."""

    code: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class FrontOffice:
    """What is to be done, as whoever looks may see it: `cases` are open or were spoken of here, `tasks` are open, each
    with whom it is for; `contacts` were recorded here."""

    cases: tuple[ServiceCase, ...]
    tasks: tuple[tuple[ServiceTask, CasePerson | None], ...]
    contacts: tuple[RecordedContact, ...]
    persons: Mapping[SourceNumber, CasePerson]

    @property
    def open_cases(self) -> tuple[ServiceCase, ...]:
        return tuple(
            sorted((each for each in self.cases if each.state.is_open), key=lambda each: each.urgency)
        )

    def case(self, number: CaseNumber) -> ServiceCase | None:
        return next((each for each in self.cases if each.case == number), None)


def firm_zone(warehouse: Warehouse) -> ZoneInfo:
    """The zone of the firm's days; UTC where none is declared."""
    return zone_of(warehouse.rows(ZONE))


def zone_of(found: Sequence[tuple[str]]) -> ZoneInfo:
    return ZoneInfo(found[0][0] if found and found[0][0] else "UTC")


def front_office(warehouse: Warehouse) -> FrontOffice:
    """Cases, tasks and contacts together. Errors: WarehouseError."""
    store = operational_store.of(warehouse)
    kinds = (CASE_EVENT, RECORDED_CONTACT, SERVICE_TASK)
    state = tuple(statement_log.state_of(store, each) for each in kinds)
    kept = warehouse.beside.get(KEPT)
    who = environment.who()
    if kept is None or kept[0] != (state, who):
        events, told, tasks = statement_log.current_of(store, *kinds)
        kept = warehouse.beside[KEPT] = ((state, who), _front_office(warehouse, events, told, tasks))
    found: FrontOffice = kept[1]
    return found


def _front_office(
    warehouse: Warehouse, events: Sequence[Statement], told: Sequence[Statement], tasks: Sequence[Statement]
) -> FrontOffice:
    contacts = recorded_contacts.contacts_among(told)
    own_tasks = service_tasks.tasks_among(tasks)
    numbers = {each.customer for each in (*contacts, *own_tasks) if each.customer}
    numbers |= {number for each in events if (number := _number(each))}
    persons = _persons(warehouse, sorted(numbers))
    seen = tuple(_hidden(warehouse, each) for each in contacts if each.customer in persons)
    cases = _with_said(warehouse, events, seen, persons)
    listed = tuple(
        (each, persons.get(each.customer) if each.customer else None)
        for each in own_tasks
        if _is_shown(warehouse, each.customer, persons, each.by, each.assignee)
    )
    return FrontOffice(cases, listed, seen, persons)


def _number(statement: Statement) -> SourceNumber | None:
    told = statement.told.get("customer")
    return SourceNumber(*told["customer"]) if told else None


def _is_shown(
    warehouse: Warehouse,
    customer: SourceNumber | None,
    persons: Mapping[SourceNumber, CasePerson],
    *people: str,
) -> bool:
    """Whether what is about a customer is shown: where they are, and where no row is kept from whoever looks; what is
    about nobody, to those whom it names."""
    if customer in persons or not warehouse.policy.rows:
        return True
    return customer is None and environment.who() in people


def _persons(warehouse: Warehouse, numbers: Sequence[SourceNumber]) -> dict[SourceNumber, CasePerson]:
    if not numbers:
        return {}
    columns = [[each.numbering for each in numbers], [each.id for each in numbers]]
    return {
        SourceNumber(numbering, id): CasePerson(code, shown, name)
        for numbering, id, code, shown, name in warehouse.rows(PERSONS, columns)
    }


def _hidden(warehouse: Warehouse, each: RecordedContact) -> RecordedContact:
    """Without the texts that are masked of interactions."""
    masked = warehouse.policy.masked
    if "interaction.note" in masked:
        each = replace(each, note="", promise="", refusal="")
    return replace(each, topic="") if "interaction.topic" in masked else each


def _with_said(
    warehouse: Warehouse,
    events: Sequence[Statement],
    contacts: Sequence[RecordedContact],
    persons: Mapping[SourceNumber, CasePerson],
) -> tuple[ServiceCase, ...]:
    """The cases of sources that are open or spoken of, and those of this house, with what was said of each."""
    said: dict[CaseNumber, list[Statement]] = {}
    for each in events:
        if each.erased_at is None or each.told.get("customer"):
            said.setdefault(case_of(each), []).append(each)
    foreign = [case for case in said if case.source != OWN]
    found = {each.case: each for each in _open_of_sources(warehouse)}
    missing = [case for case in foreign if case not in found]
    found |= {each.case: each for each in _of_sources(warehouse, missing)}
    for case, told in said.items():
        base = found.get(case)
        if base is None and case.source != OWN:
            continue  # it is kept from whoever looks, or its source took it back
        if base is None:
            number = next((number for each in told if (number := _number(each))), None)
            if not _is_shown(warehouse, number, persons, *(each.said_by for each in told)):
                continue
            base = _own_case(case, number, persons)
        found[case] = replace(
            base, events=(*base.events, *(_masked(warehouse, case_event(each)) for each in told))
        )
    for each in contacts:
        if each.case in found:
            found[each.case] = replace(
                found[each.case], events=(*found[each.case].events, _contact_event(each))
            )
    return tuple(found.values())


def _own_case(
    case: CaseNumber, number: SourceNumber | None, persons: Mapping[SourceNumber, CasePerson]
) -> ServiceCase:
    person = persons.get(number) if number else None
    if person is None:
        return ServiceCase(case, number=number, called=number.id if number else "")
    return ServiceCase(case, (), person.code, number, person.id, person.name)


def _contact_event(each: RecordedContact) -> CaseEvent:
    event = WROTE if each.direction == "in" else REACHED
    return CaseEvent(event, each.at, each.by, outcome=each.outcome, note=each.note, said=each.said)


def _masked(warehouse: Warehouse, each: CaseEvent) -> CaseEvent:
    masked = warehouse.policy.masked
    each = replace(each, note="") if "interaction.note" in masked else each
    return replace(each, topic="") if {"interaction.topic", "case_event.topic"} & masked else each


def _open_of_sources(warehouse: Warehouse) -> tuple[ServiceCase, ...]:
    key = "open cases of sources"
    if key not in warehouse.beside:
        rows = warehouse.rows(f"{TOLD} {CASES.format(OPEN)}", [CLOSED_WORDS])
        warehouse.beside[key] = _cases(warehouse, rows)
    found: tuple[ServiceCase, ...] = warehouse.beside[key]
    return found


def _of_sources(warehouse: Warehouse, cases: Sequence[CaseNumber]) -> tuple[ServiceCase, ...]:
    if not cases:
        return ()
    named = NAMED.format("$2", "$3")
    return _cases(
        warehouse, warehouse.rows(f"{TOLD} {CASES.format(named)}", [CLOSED_WORDS, *_columns(cases)])
    )


def _columns(cases: Sequence[CaseNumber]) -> list[list[str]]:
    return [[each.source for each in cases], [each.id for each in cases]]


def find_cases(warehouse: Warehouse, text: str, most: int = 20) -> tuple[ServiceCase, ...]:
    """Cases, open or closed, that are numbered so, in any case and any source. Errors: WarehouseError."""
    written = text.strip().casefold()
    if not written:
        return ()
    here = tuple(each for each in front_office(warehouse).cases if each.case.id.casefold() == written)
    known = {each.case for each in here}
    rows = warehouse.rows(
        f"SELECT DISTINCT source, case_id FROM (SELECT source, case_id FROM ({TICKETS}) UNION ALL"
        f" SELECT source, case_id FROM ({EVENTS})) WHERE lower(case_id) = ? LIMIT {int(most)}",
        [written],
    )
    others = [CaseNumber(*each) for each in rows if CaseNumber(*each) not in known]
    return (*here, *_of_sources(warehouse, others))[:most]


def customer_cases(warehouse: Warehouse, code: int) -> tuple[ServiceCase, ...]:
    """All cases of a customer, the latest first. Errors: WarehouseError."""
    here = {each.case: each for each in front_office(warehouse).cases if each.customer == code}
    rows = warehouse.rows(f"{TOLD} {CASES.format('customer = $2')}", [CLOSED_WORDS, code])
    others = [each for each in _cases(warehouse, rows) if each.case not in here]
    found = [*here.values(), *others]
    return tuple(sorted(found, key=lambda each: each.state.since or datetime.min, reverse=True))


def _cases(warehouse: Warehouse, rows: Sequence[tuple[Any, ...]]) -> tuple[ServiceCase, ...]:
    zone = firm_zone(warehouse)
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
    if is_closed and not names & set(CASE_EVENTS[3:5]):
        last = max((each.at for each in told), default=begun)
        at = (
            moment((closed_on - EPOCH).days, None, zone, END)
            if closed_on
            else last + timedelta(microseconds=1)
        )
        points = None if satisfaction is None else round(satisfaction)
        events.append(CaseEvent(CLOSED, at, outcome=outcome or "", satisfaction=points, is_dated=True))
    return tuple(events)


def moment(day: int, second: int | None, zone: ZoneInfo, otherwise: time = BEGIN) -> datetime:
    """The moment (UTC) of a day and a second of it in a zone."""
    on = EPOCH + timedelta(days=day)
    local = (
        datetime.combine(on, otherwise)
        if second is None
        else datetime.combine(on, BEGIN) + timedelta(seconds=second)
    )
    return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def place_of(at: datetime, zone: ZoneInfo) -> tuple[date, int]:
    """The day and the second of it in a zone, of a moment (UTC)."""
    local = at.replace(tzinfo=UTC).astimezone(zone)
    return local.date(), local.hour * 3600 + local.minute * 60 + local.second
