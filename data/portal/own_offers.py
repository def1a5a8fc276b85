"""Prices that the customer of a link named, and what was answered; what the firm holds them against is not told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from data.collaborate import bid_deeds
from data.collaborate.bid_deeds import NamedPrice
from data.collaborate.bid_desk import bid_desk
from data.collaborate.bid_surroundings import product_of, products_of
from data.collaborate.price_bid import ACCEPTED, COUNTERED, DECLINED, EXPIRED, OPEN, PriceBid
from data.errors import BadRequest
from data.model.calendar import to_date
from data.operational import operational_store
from data.operational.statement_kinds import SourceNumber
from data.people.portal_links import WHO
from data.portal.own_rows import OwnRows
from data.store.publication import OF_SERVICE

MOST_OPEN = 50
NAMELESS = ("", "")
TAKES = "Takes what was asked for {}."
TOLD = f"""SELECT coalesce(source, ''), coalesce(number, concat(batch, ' ', row_in_source)), day_key, product_code,
    offered_price, coalesce(quantity, 1), answer, countered_price, reason, expires_on
FROM price_offer LEFT JOIN batch USING (batch)
WHERE customer_code = $1 AND origin IS DISTINCT FROM '{OF_SERVICE}' AND trim(coalesce(answer, '')) <> ''
ORDER BY day_key DESC LIMIT 200"""
NAMES = """SELECT product_code, arg_max(id, valid_to), arg_max(name, valid_to) FROM product
WHERE product_code IN (SELECT unnest(?::INTEGER[])) GROUP BY product_code"""


@dataclass(frozen=True, slots=True)
class OwnOffer:
    """A price of one piece that the customer named; `state` is open, expired, the answer, or what they said to it, with
    the `answered` price and until when that stands."""

    key: str
    day: date
    product: str
    price: Decimal | None
    quantity: Decimal | None
    state: str
    answered: Decimal | None = None
    until: date | None = None
    reason: str = ""
    product_id: str = ""
    requirements: str = ""

    def can_be_taken(self, today: date) -> bool:
        """Whether another price was asked, and still is."""
        asked = self.state == COUNTERED and self.answered is not None and bool(self.product_id)
        return asked and (self.until is None or self.until >= today)


def own_offers(rows: OwnRows, today: date) -> tuple[OwnOffer, ...]:
    """The customer's offers, the latest first; an answer that waits for a second person is none yet, and why one
    was accepted or countered is written for that person. Errors: WarehouseError."""
    bids = [each for each in bid_desk(rows.warehouse).bids if each.customer == rows.code]
    told = rows.ask(TOLD)
    codes = sorted({each.product for each in bids} | {row[3] for row in told})
    names = {code: (f"{name} ({id})", id) for code, id, name in rows.warehouse.rows(NAMES, [codes])}
    found = [_offer(each, *names.get(each.product, NAMELESS), today) for each in bids]
    there = {each.key for each in found}
    for source, number, day, product, price, quantity, answer, countered, reason, until in told:
        if (key := f"{source}/{number}") not in there:
            name, _ = names.get(product, NAMELESS)
            state = answer.strip().lower()
            found.append(
                OwnOffer(key, to_date(day), name, price, quantity, state, countered, until, reason or "")
            )
    return tuple(sorted(found, key=lambda each: each.day, reverse=True))  # of a day as the desk has them


def _offer(each: PriceBid, product: str, product_id: str, today: date) -> OwnOffer:
    key = f"{each.bid.source}/{each.bid.id}"
    if each.answer is not None and each.is_answered:
        answer = each.answer
        said = answer.reply.verdict if answer.reply else answer.answer
        return OwnOffer(
            key, each.day, product, each.price, each.pieces, said, answer.price, answer.expires_on,
            answer.reason if answer.answer == DECLINED else "", product_id, each.requirements,
        )  # fmt: skip
    state = each.told or (EXPIRED if each.is_expired(today) else OPEN)
    return OwnOffer(
        key, each.day, product, each.price, each.pieces, state, until=each.expires_on, product_id=product_id,
        requirements=each.requirements,
    )  # fmt: skip


def name_price(
    rows: OwnRows,
    product: str,
    price: Decimal,
    quantity: Decimal,
    requirements: str,
    until: date | None,
    today: date,
) -> str:
    """Name a price for one piece of a product, by its number or name; the offer's number. Errors: BadRequest where that
    cannot be, and beyond MOST_OPEN offers that are open; WarehouseError."""
    if sum(each.state == OPEN for each in own_offers(rows, today)) >= MOST_OPEN:
        raise BadRequest(f"{MOST_OPEN} offers of yours are open.", "Wait until some are answered.")
    number, code = product_of(rows.warehouse, product)
    asked = products_of(rows.warehouse, [code], today)[code].listed
    named = NamedPrice(
        SourceNumber(*rows.link.member), number, price, quantity, "", asked, requirements, until
    )
    store = operational_store.ready(rows.warehouse.path)
    return bid_deeds.name_price(store, named, today, rows.warehouse.profile.currency, WHO).bid.id


def take_counter(rows: OwnRows, key: str, today: date) -> str:
    """Name the price that was asked instead of the customer's; the new offer's number, "" where they took it already.
    Errors: BadRequest where nothing is asked, or no longer; WarehouseError."""
    offers = own_offers(rows, today)
    found = next((each for each in offers if each.key == key and each.can_be_taken(today)), None)
    if found is None or found.answered is None:
        raise BadRequest("That is not asked of you, or not any longer.", "Name a price anew.")
    words = TAKES.format(key.rpartition("/")[2])
    if any(each.requirements == words and each.state in (OPEN, ACCEPTED) for each in offers):
        return ""
    pieces = found.quantity or Decimal(1)
    return name_price(rows, found.product_id, found.answered, pieces, words, found.until, today)
