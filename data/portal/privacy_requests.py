"""Customers who ask by the portal for what is held of them, or to be forgotten; and what was answered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from data.errors import BadRequest
from data.operational import operational_store, statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_text
from data.operational.statement_kinds import PRIVACY_ANSWER, PRIVACY_REQUEST, SourceNumber
from data.people.portal_links import WHO
from data.portal.own_rows import OwnRows

DATA, ERASURE = "data", "erasure"
ASKED, WITHDRAWN = "asked", "withdrawn"
LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """What a customer asked for at a moment (UTC), by its statement; the `answer`, "" while none was given."""

    customer: SourceNumber
    what: str
    at: datetime
    said: str
    answer: str = ""
    answered_at: datetime | None = None


def privacy_requests(
    store: OperationalStore, of: Collection[SourceNumber] | None = None
) -> tuple[PrivacyRequest, ...]:
    """Those that stand, of these customers or of all, the oldest first; none of whom was forgotten. Errors:
    WarehouseError."""
    asked, answered = statement_log.current_of(store, PRIVACY_REQUEST, PRIVACY_ANSWER)
    answers = {str(each.told["request"]): each for each in answered}
    found = []
    for each in asked:
        values = each.values(PRIVACY_REQUEST)
        customer, answer = values["customer"], answers.get(each.id)
        if not isinstance(customer, SourceNumber) or values["state"] != ASKED:
            continue
        if of is None or customer in of:
            words, at = (str(answer.told["note"]), answer.said_at) if answer else ("", None)
            found.append(PrivacyRequest(customer, str(values["what"]), each.said_at, each.id, words, at))
    return tuple(found)


def ask_for(rows: OwnRows, what: str, state: str = ASKED) -> str:
    """A customer asks, or no longer does; the statement, "" where it stands so already. Errors: BadRequest,
    WarehouseError."""
    if what not in (DATA, ERASURE):
        raise BadRequest("That is nothing that can be asked for here.", "Choose one of the two.")
    store = operational_store.ready(rows.warehouse.path)
    open_ones = [
        each for each in privacy_requests(store, rows.numbers) if each.what == what and not each.answer
    ]
    if bool(open_ones) == (state == ASKED):
        return ""
    customer = open_ones[0].customer if open_ones else SourceNumber(*rows.link.member)
    return statement_log.say(
        store, PRIVACY_REQUEST, {"customer": customer, "what": what, "state": state}, WHO
    )


def answer(store: OperationalStore, request: str, note: str, who: str = "") -> str:
    """Say what was done about a request (its statement); the customer reads it. Errors: BadRequest, NotAllowed,
    WarehouseError."""
    if request not in {each.said for each in privacy_requests(store) if not each.answer}:
        raise BadRequest("Nobody waits for that answer any more.", "Look at the requests again.")
    told = plain_text(note, LONGEST_ANSWER)
    return statement_log.say(store, PRIVACY_ANSWER, {"request": request, "note": told}, who)
