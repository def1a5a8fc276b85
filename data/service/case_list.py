"""Cases as whoever looks may see them: those that sources tell of and those opened here, in one list.

What people said lies on top of the snapshot, so that it is seen at once and by every process.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from data import environment
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import CASE_EVENT, RECORDED_CONTACT, SERVICE_TASK, SourceNumber
from data.operational.statement_log import Statement
from data.service import recorded_contacts, service_tasks
from data.service.case_course import REACHED, WROTE, CaseEvent
from data.service.case_deeds import case_event, case_of
from data.service.recorded_contacts import RecordedContact
from data.service.service_case import OWN, CaseNumber, ServiceCase
from data.service.service_tasks import WITHHELD, ServiceTask
from data.service.source_cases import (
    named_of_sources,
    numbered_in_sources,
    open_of_sources,
)
from data.store.warehouse import Warehouse

PERSONS = """SELECT i.numbering, i.id, customer_code, arg_max(c.id, valid_to), arg_max(c.name, valid_to)
FROM customer_identity AS i JOIN (SELECT unnest(?::VARCHAR[]) AS numbering, unnest(?::VARCHAR[]) AS id)
    USING (numbering, id) JOIN customer AS c USING (customer_code) GROUP BY ALL"""
KEPT = "cases as they were told last"
# The fields of what people said that hold a column which can be masked.
HELD_OF_CONTACT = {
    "interaction.note": ("note", "promise", "refusal"),
    "interaction.topic": ("topic",),
    "interaction.outcome": ("outcome",),
    "interaction.satisfaction": ("satisfaction",),
    "interaction.agent": ("by",),
}
HELD_OF_EVENT = HELD_OF_CONTACT | {
    "interaction.note": ("note",),
    "case_event.topic": ("topic",),
    "case_event.agent": ("by",),
}


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

    def code_of(self, number: SourceNumber | None) -> int:
        """The code of whoever has this number, as far as anything was said of them; 0 of nobody."""
        person = self.persons.get(number) if number else None
        return person.code if person else 0

    def case(self, number: CaseNumber) -> ServiceCase | None:
        return next((each for each in self.cases if each.case == number), None)


def front_office(warehouse: Warehouse) -> FrontOffice:
    """Cases, tasks and contacts together. Errors: WarehouseError."""
    store = operational_store.of(warehouse)
    kinds = (CASE_EVENT, RECORDED_CONTACT, SERVICE_TASK)
    state = tuple(statement_log.state_of(store, each) for each in kinds)
    kept = warehouse.beside.get(KEPT)
    as_of = (state, environment.who() if warehouse.policy.rows else "")
    if kept is None or kept[0] != as_of:
        events, told, tasks = statement_log.current_of(store, *kinds)
        kept = warehouse.beside[KEPT] = (as_of, _front_office(warehouse, events, told, tasks))
    found: FrontOffice = kept[1]
    return found


def _front_office(
    warehouse: Warehouse, events: Sequence[Statement], told: Sequence[Statement], tasks: Sequence[Statement]
) -> FrontOffice:
    contacts = recorded_contacts.contacts_among(told)
    own_tasks = service_tasks.tasks_among(tasks)
    numbers = {each.customer for each in contacts if each.customer}
    numbers |= {each.customer for each in own_tasks if each.customer}
    numbers |= {number for each in events if (number := _number(each))}
    persons = persons_among(warehouse, sorted(numbers))
    seen = tuple(_hidden(warehouse, each) for each in contacts if each.customer in persons)
    cases = _with_said(warehouse, events, seen, persons)
    promised = {each.said for each in contacts}
    listed = tuple(
        (_kept(warehouse, each, promised), persons.get(each.customer) if each.customer else None)
        for each in own_tasks
        if is_shown(warehouse, each.customer, persons, each.by, each.assignee)
    )
    return FrontOffice(cases, listed, seen, persons)


def _number(statement: Statement) -> SourceNumber | None:
    told = statement.told.get("customer")
    return SourceNumber(*told["customer"]) if told else None


def is_shown(
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


def persons_among(warehouse: Warehouse, numbers: Sequence[SourceNumber]) -> dict[SourceNumber, CasePerson]:
    """Whom these numbers mean, as whoever looks may see them; of whom they may not, or who is not here, none."""
    if not numbers:
        return {}
    columns = [[each.numbering for each in numbers], [each.id for each in numbers]]
    return {
        SourceNumber(numbering, id): CasePerson(code, shown, name)
        for numbering, id, code, shown, name in warehouse.rows(PERSONS, columns)
    }


def _hidden(warehouse: Warehouse, each: RecordedContact) -> RecordedContact:
    """Without what is masked of interactions."""
    return replace(each, **_emptied(warehouse, HELD_OF_CONTACT))


def _kept(warehouse: Warehouse, task: ServiceTask, promised: Collection[str]) -> ServiceTask:
    """Without the promise of a contact whose note is masked."""
    is_hidden = task.id in promised and "interaction.note" in warehouse.policy.masked
    return replace(task, what=WITHHELD) if is_hidden else task


def _emptied(warehouse: Warehouse, held: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What stands in the place of fields that hold masked columns."""
    fields = (field for column in warehouse.policy.masked for field in held.get(column, ()))
    return {field: None if field == "satisfaction" else "" for field in fields}


def _with_said(
    warehouse: Warehouse,
    events: Sequence[Statement],
    contacts: Sequence[RecordedContact],
    persons: Mapping[SourceNumber, CasePerson],
) -> tuple[ServiceCase, ...]:
    """The cases of sources that are open or spoken of, and those of this house, with what was said of each."""
    told: dict[CaseNumber, list[Statement]] = {}
    for each in events:
        if each.erased_at is None or each.told.get("customer"):
            told.setdefault(case_of(each), []).append(each)
    found = {each.case: each for each in open_of_sources(warehouse)}
    spoken_of = [case for case in told if case.source != OWN and case not in found]
    found |= {each.case: each for each in named_of_sources(warehouse, spoken_of)}
    for case, said in told.items():
        base = found.get(case) or _own_case(warehouse, case, said, persons)
        if base is not None:
            happened = (_masked(warehouse, case_event(each)) for each in said)
            found[case] = replace(base, events=(*base.events, *happened))
    for contact in contacts:
        if contact.case in found:
            base = found[contact.case]
            found[contact.case] = replace(base, events=(*base.events, _contact_event(contact)))
    return tuple(found.values())


def _own_case(
    warehouse: Warehouse,
    case: CaseNumber,
    said: Sequence[Statement],
    persons: Mapping[SourceNumber, CasePerson],
) -> ServiceCase | None:
    """A case that was opened here, without its events; None of one that is not shown, or that a source tells not of."""
    number = next((number for each in said if (number := _number(each))), None)
    if case.source != OWN or not is_shown(warehouse, number, persons, *(each.said_by for each in said)):
        return None
    person = persons.get(number) if number else None
    if person is None:
        return ServiceCase(case, number=number, called=number.id if number else "")
    return ServiceCase(case, (), person.code, number, person.id, person.name)


def _contact_event(each: RecordedContact) -> CaseEvent:
    event = WROTE if each.direction == "in" else REACHED
    return CaseEvent(event, each.at, each.by, outcome=each.outcome, note=each.note, said=each.said)


def _masked(warehouse: Warehouse, each: CaseEvent) -> CaseEvent:
    return replace(each, **_emptied(warehouse, HELD_OF_EVENT))


def find_cases(warehouse: Warehouse, text: str, most: int = 20) -> tuple[ServiceCase, ...]:
    """Cases, open or closed, that are numbered so, in any case and any source. Errors: WarehouseError."""
    written = text.strip().casefold()
    if not written:
        return ()
    here = tuple(each for each in front_office(warehouse).cases if each.case.id.casefold() == written)
    known = {each.case for each in here}
    others = (each for each in numbered_in_sources(warehouse, text.strip()) if each.case not in known)
    return (*here, *others)[:most]
