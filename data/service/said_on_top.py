"""What was recorded of a customer and is not in the snapshot yet, or no longer to be: for whoever lists its rows."""

from __future__ import annotations

from dataclasses import dataclass

from data.service.case_course import NOTED, CaseEvent
from data.service.case_list import front_office
from data.service.recorded_contacts import RecordedContact
from data.service.service_case import CaseNumber
from data.store.publication import OF_SERVICE
from data.store.warehouse import Warehouse

NUMBERS = f"""SELECT number FROM {{}} JOIN batch USING (batch)
WHERE customer_code = ? AND origin = '{OF_SERVICE}' AND number IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class SaidOnTop:
    """`contacts` and `events` (each with its case) are no rows yet; `gone` are the numbers of rows of `interaction` and
    `case_event` that were taken back. Rows of `interaction` of kind ticket follow with the next publication."""

    contacts: tuple[RecordedContact, ...]
    events: tuple[tuple[CaseNumber, CaseEvent], ...]
    gone: frozenset[str]


def said_on_top(warehouse: Warehouse, code: int) -> SaidOnTop:
    """Of a customer (code), as whoever looks may see them. Errors: WarehouseError."""
    office = front_office(warehouse)
    rows = {
        number
        for fact in ("interaction", "case_event")
        for (number,) in warehouse.rows(NUMBERS.format(fact), [code])
    }
    contacts = [each for each in office.contacts if office.code_of(each.customer) == code]
    cases = [each for each in office.cases if each.customer == code]
    recorded = {each.said for each in contacts}
    events = [
        (case.case, each)
        for case in cases
        for each in case.course
        if each.said and each.said not in recorded and each.event != NOTED
    ]
    held = recorded | {each.said for _, each in events} | {each.case.id for each in cases}
    return SaidOnTop(
        tuple(each for each in contacts if each.said not in rows),
        tuple(each for each in events if each[1].said not in rows),
        frozenset(rows - held),
    )
