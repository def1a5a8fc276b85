"""What a partner would answer to proposals and prices that customers named, of its own products; whoever decides sees
it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from data.collaborate.bid_desk import bid_desk
from data.collaborate.price_bid import OPEN
from data.collaborate.proposal_board import proposal_board
from data.errors import BadRequest
from data.operational import operational_store, statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_text
from data.operational.statement_kinds import PARTNER_SUGGESTION, SourceNumber, Values
from data.people.portal_links import WHO
from data.portal.own_rows import OwnRows

PROPOSAL, PRICE_OFFER = "proposal", "price offer"
ACCEPT, DECLINE = "accept", "decline"
FIELDS = ("about", "number", "verdict", "note")
LONGEST_NOTE = 500
OWN_PRODUCTS = """SELECT product_code, arg_max(id, valid_to), arg_max(name, valid_to) FROM product
WHERE product_code IN (SELECT product_code FROM stock WHERE partner_code = $1
    UNION SELECT product_code FROM lead_time WHERE partner_code = $1) AND product_code > 0 GROUP BY product_code"""


@dataclass(frozen=True, slots=True)
class PartnerSuggestion:
    """What a partner would answer, by its last word: `number` is the source and number of what it is about."""

    partner: SourceNumber
    about: str
    number: str
    verdict: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PartnerQuestion:
    """Something open about a product of the partner, without whose it is; `mine` is what the partner would answer."""

    about: str
    number: str
    title: str
    text: str
    product: str
    price: Decimal | None = None
    quantity: Decimal | None = None
    mine: PartnerSuggestion | None = None


def suggestions(store: OperationalStore) -> tuple[PartnerSuggestion, ...]:
    """All that hold, the oldest first. Errors: WarehouseError."""
    found = []
    for each in statement_log.current(store, PARTNER_SUGGESTION):
        values = each.values(PARTNER_SUGGESTION)
        partner = values["partner"]
        assert isinstance(partner, SourceNumber)
        about, number, verdict, note = (str(values[name] or "") for name in FIELDS)
        found.append(PartnerSuggestion(partner, about, number, verdict, note, each.said_at))
    return tuple(found)


def open_questions(rows: OwnRows, today: date) -> tuple[PartnerQuestion, ...]:
    """Open proposals and offers about the partner's products, the latest first. Errors: WarehouseError."""
    products = {code: (id, name) for code, id, name in rows.ask(OWN_PRODUCTS)}
    ids = {id for id, _ in products.values()}
    numbers = rows.numbers
    told = {
        (each.about, each.number): each
        for each in suggestions(operational_store.of(rows.warehouse))
        if each.partner in numbers
    }
    board = proposal_board(rows.warehouse)
    asked = [
        PartnerQuestion(PROPOSAL, each.number.key, each.title, each.text, each.product,
                        mine=told.get((PROPOSAL, each.number.key)))
        for each in reversed(board.standing)
        if each.is_open and each.product_id in ids
    ]  # fmt: skip
    for bid in bid_desk(rows.warehouse).bids:
        if bid.state(today) == OPEN and not bid.told and bid.product in products:
            key = f"{bid.bid.source}/{bid.bid.id}"
            asked.append(
                PartnerQuestion(PRICE_OFFER, key, "A customer names a price", bid.requirements,
                                products[bid.product][1], bid.price, bid.pieces, told.get((PRICE_OFFER, key)))
            )  # fmt: skip
    return tuple(asked)


def suggest(rows: OwnRows, about: str, number: str, verdict: str, note: str, today: date) -> str:
    """Say what the partner would answer; the statement. Errors: BadRequest for what is none of its questions;
    WarehouseError."""
    if (about, number) not in {(each.about, each.number) for each in open_questions(rows, today)}:
        raise BadRequest("Nobody asks you that any more.", "Look at the list again.")
    if verdict not in (ACCEPT, DECLINE):
        raise BadRequest("Say whether you would accept or decline.", "Choose one of the two.")
    values: Values = {
        "partner": SourceNumber(*rows.link.member),
        "about": about,
        "number": number,
        "verdict": verdict,
        "note": plain_text(note, LONGEST_NOTE) if note.strip() else None,
    }
    return statement_log.say(operational_store.ready(rows.warehouse.path), PARTNER_SUGGESTION, values, WHO)
