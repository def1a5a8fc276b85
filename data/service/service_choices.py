"""What forms of the front office offer: subjects, outcomes and channels, and people who were named."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import BadRequest
from data.operational.statement_kinds import SourceNumber
from data.people import accounts
from data.service.case_list import FrontOffice
from data.store.warehouse import Warehouse

MOST = 40
USUAL = """SELECT {column}, count(*) AS n FROM interaction
WHERE lower(kind) IN ('call', 'ticket') AND {column} IS NOT NULL AND length({column}) <= 80
GROUP BY {column} ORDER BY n DESC, {column} LIMIT ?"""
CHANNELS = """SELECT arg_max(name, valid_to) AS name FROM channel WHERE channel_code > 0
GROUP BY channel_code ORDER BY name"""
PURPOSES = """SELECT any_value(purpose) AS purpose FROM consent WHERE trim(purpose) <> ''
GROUP BY lower(trim(purpose)) ORDER BY purpose"""
NUMBER = """SELECT numbering, id, EXISTS (FROM erased WHERE erased.identity_key = i.identity_key),
    numbering = 'erased' OR regexp_full_match(id, 'erased-[0-9]+(-[0-9]+)?')
FROM customer_identity AS i WHERE customer_code = ? ORDER BY identity_key LIMIT 1"""


@dataclass(frozen=True, slots=True)
class ServiceChoices:
    """Subjects and outcomes, the most usual first; channels and purposes of consents, by name."""

    topics: tuple[str, ...]
    outcomes: tuple[str, ...]
    channels: tuple[str, ...]
    purposes: tuple[str, ...]


def service_choices(warehouse: Warehouse) -> ServiceChoices:
    """Of a snapshot; read once."""
    key = "choices of the service"
    if key not in warehouse.beside:
        topics, outcomes = (_usual(warehouse, column) for column in ("topic", "outcome"))
        channels = tuple(name for (name,) in warehouse.rows(CHANNELS))
        purposes = tuple(purpose for (purpose,) in warehouse.rows(PURPOSES))
        warehouse.beside[key] = ServiceChoices(topics, outcomes, channels, purposes)
    found: ServiceChoices = warehouse.beside[key]
    return found


def _usual(warehouse: Warehouse, column: str) -> tuple[str, ...]:
    return tuple(text for text, _ in warehouse.rows(USUAL.format(column=column), [MOST]))


def known_people(warehouse: Warehouse, office: FrontOffice, who: str) -> tuple[str, ...]:
    """Whoever looks, then who was named before and who may sign in, by name."""
    named = {each.state.assignee for each in office.open_cases} | {each.assignee for each, _ in office.tasks}
    named |= {each.name for each in accounts.listed(warehouse.path)}
    return (who, *sorted(named - {who, ""}, key=str.casefold))


def number_to_speak_of(warehouse: Warehouse, code: int) -> SourceNumber:
    """The number of a customer (code) that what is recorded names. Errors: BadRequest for whom there is none, and for
    who was forgotten."""
    found = warehouse.rows(NUMBER, [code])
    if not found:
        raise BadRequest("Nobody is known by that number.", "Find the customer again.")
    numbering, id, *erased = found[0]
    if any(erased):
        raise BadRequest("This person was forgotten on their wish.", "Nothing is recorded of them any more.")
    return SourceNumber(numbering, id)
