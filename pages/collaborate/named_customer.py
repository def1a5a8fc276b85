"""A customer as somebody writes them into a form, by a number, name, e-mail or phone: who is meant must be plain."""

from __future__ import annotations

from data.errors import BadRequest
from data.operational.statement_kinds import SourceNumber
from data.review import customer_finder
from data.service.service_choices import number_to_speak_of
from data.store.warehouse import Warehouse
from pages.ui import noted_looks

LABEL = "Customer, by number, name, e-mail or phone"
LONGEST = 100
TOLD = 3


def customer_named(warehouse: Warehouse, text: str) -> SourceNumber:
    """The number of whoever is meant. Errors: BadRequest where nobody is, or several may be; of who was forgotten."""
    written = text.strip()
    if not written:
        raise BadRequest("No customer is named.", "Write a number or a name.")
    found = customer_finder.find(warehouse, written, TOLD + 1)
    noted_looks.searched(written, "member_finder")
    if not found:
        raise BadRequest(
            f"No customer is known as {written!r}.",
            "Try a number, a part of the name, the e-mail or the phone.",
        )
    exact = [each for each in found if each.id.casefold() == written.casefold()]
    if len(exact or found) > 1:
        told = ", ".join(f"{each.id} {each.name}".strip() for each in found[:TOLD])
        more = " and more" if len(found) > TOLD else ""
        raise BadRequest(f"Several may be meant: {told}{more}.", "Write the number.")
    return number_to_speak_of(warehouse, (exact or found)[0].code)
