"""What people wrote of one customer and no source tells: notes, contacts and events of cases, for the time line."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import WarehouseError
from data.review import customer_records
from data.review.time_line import WrittenEvent
from data.service.case_course import CaseEvent
from data.service.recorded_contacts import RecordedContact
from data.service.said_on_top import said_on_top
from data.service.service_case import CaseNumber
from data.store.warehouse import Warehouse
from pages.explore.notes_panel import all_notes
from pages.service.case_words import contact_words, event_words
from pages.ui.local_time import local_moment


@dataclass(frozen=True, slots=True)
class WrittenHere:
    """`events` stand in no snapshot yet; the rows of the numbers `gone` were taken back."""

    events: tuple[WrittenEvent, ...]
    gone: tuple[str, ...] = ()


def written_of(store: Warehouse, code: int) -> WrittenHere:
    """What was written of a customer (code). What the front office said is left out where it cannot be read."""
    notes = _notes(store, code)
    try:
        office = said_on_top(store, code)
    except WarehouseError:
        return WrittenHere(notes)
    contacts = tuple(map(_contact, office.contacts))
    cases = tuple(_case_event(case, each) for case, each in office.events)
    return WrittenHere((*notes, *contacts, *cases), tuple(sorted(office.gone)))


def _notes(store: Warehouse, code: int) -> tuple[WrittenEvent, ...]:
    own = customer_records.source_numbers(store, code)
    return tuple(
        WrittenEvent(local_moment(each.written_at), "note", each.text, each.author)
        for each in all_notes()
        if each.customer in own
    )


def _contact(each: RecordedContact) -> WrittenEvent:
    return WrittenEvent(local_moment(each.at), each.kind, contact_words(each), each.by)


def _case_event(case: CaseNumber, each: CaseEvent) -> WrittenEvent:
    return WrittenEvent(
        local_moment(each.at), f"ticket {each.event}", f"{case.id}: {event_words(each)}", each.by, each.note
    )
