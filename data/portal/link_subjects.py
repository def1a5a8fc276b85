"""For whom links are, as whoever looks may see it; and whom a link can be made for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from data.errors import BadRequest
from data.model.canonical_tables import PARTNER
from data.operational.statement_kinds import SourceNumber
from data.people.portal_links import PortalLink, SubjectKind
from data.portal.own_rows import TABLES
from data.review import customer_records
from data.service.service_choices import number_to_speak_of
from data.store.warehouse import Warehouse

KNOWN = """WITH asked AS (SELECT unnest($1::VARCHAR[]) AS numbering, unnest($2::VARCHAR[]) AS number)
SELECT i.numbering, i.id, arg_max(t.id, valid_to), arg_max(t.name, valid_to)
FROM asked JOIN {name}_identity AS i ON i.numbering = asked.numbering AND i.id = asked.number
JOIN {name} AS t USING ({name}_code) WHERE {name}_code > 0 GROUP BY i.numbering, i.id"""
PARTNERS = f"""SELECT arg_max(t.id, valid_to), arg_max(name, valid_to) AS name, min(numbering), min_by(i.id, numbering)
FROM {PARTNER.name} AS t JOIN {PARTNER.name}_identity AS i USING ({PARTNER.code})
WHERE {PARTNER.code} > 0 GROUP BY {PARTNER.code} ORDER BY name"""


class LinkSubject(NamedTuple):
    """A member by the number that cubes show and its name, and by a number of a source."""

    id: str
    name: str
    member: SourceNumber


def subjects_of(warehouse: Warehouse, links: Iterable[PortalLink]) -> dict[str, LinkSubject]:
    """The subject of each link (its id) that whoever looks may see."""
    listed = list(links)
    known = {
        kind: subjects_among(warehouse, kind, [each.member for each in listed if each.kind == kind])
        for kind in TABLES
    }
    return {each.id: known[each.kind][each.member] for each in listed if each.member in known[each.kind]}


def subjects_among(
    warehouse: Warehouse, kind: str, members: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], LinkSubject]:
    """Whom these numbers of sources mean, as far as whoever looks may see them."""
    asked = sorted(set(members))
    columns = [[each[at] for each in asked] for at in (0, 1)]
    rows = warehouse.rows(KNOWN.format(name=TABLES[kind].name), columns) if asked else []
    return {
        (numbering, id): LinkSubject(shown, name, SourceNumber(numbering, id))
        for numbering, id, shown, name in rows
    }


def customer_subject(warehouse: Warehouse, number: str) -> LinkSubject:
    """The customer whom cubes or one source call so. Errors: BadRequest for nobody, several, and who was forgotten."""
    number = number.strip()
    codes = customer_records.codes_of(warehouse, number)
    if len(codes) != 1:
        raise BadRequest(
            f"{len(codes):,} customers are called {number!r}." if codes else f"No customer is called {number!r}.",
            "Give the number that cubes show of the customer.",
        )  # fmt: skip
    return LinkSubject(
        *customer_records.shown_as(warehouse, codes[0]), number_to_speak_of(warehouse, codes[0])
    )


def partner_subjects(warehouse: Warehouse) -> list[LinkSubject]:
    """All partners whom sources number, by name."""
    return [
        LinkSubject(id, name, SourceNumber(numbering, number))
        for id, name, numbering, number in warehouse.rows(PARTNERS)
    ]


def subject_for(warehouse: Warehouse, kind: SubjectKind, id: str) -> LinkSubject:
    """The member that a link is to be made for. Errors: BadRequest."""
    if kind == "customer":
        return customer_subject(warehouse, id)
    found = next((each for each in partner_subjects(warehouse) if each.id == id.strip()), None)
    if found is None:
        raise BadRequest(f"No partner is called {id!r}.", "Choose one of the list, or load your partners.")
    return found
