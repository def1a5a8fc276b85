"""The bid desk: offers that sources tell of and nobody answered, and those said or answered here, in one list.

What people said lies on top of the snapshot, so that it is seen at once and by every process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from data import environment
from data.collaborate.order_lines import OrderLine, order_lines
from data.collaborate.price_bid import OWN, BidAnswer, BidNumber, PriceBid
from data.collaborate.price_limits import limits_among
from data.collaborate.price_rules import PriceRule, rules_among
from data.collaborate.said_bids import answers_among, bid_of, member_of, money
from data.model.calendar import to_date
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import (
    PRICE_ANSWER,
    PRICE_APPROVAL,
    PRICE_LIMIT,
    PRICE_OFFER_SAID,
    PRICE_REPLY,
    PRICE_RULE,
    PRICE_SENT,
    SourceNumber,
)
from data.operational.statement_log import Statement
from data.service.case_list import CasePerson, persons_among
from data.service.firm_moments import ZONE, place_of, zone_of
from data.store.publication import OF_SERVICE
from data.store.warehouse import Warehouse

# What sources call an offer that nobody answered.
OPEN_WORDS = ["", "open", "waiting", "pending", "new", "in attesa", "aperta", "aperto", "offen", "neu", "en attente",
              "ouvert", "pendiente", "abierta", "ожидает", "открыто", "новое"]  # fmt: skip
# As each was told last; of those that meet a condition.
OFFERS = f"""SELECT * FROM (
    SELECT coalesce(source, '') AS source, coalesce(number, concat(batch, ' ', row_in_source)) AS offer, day_key,
        identity_key, customer_code, product_code, partner_code, offered_price, quantity, asked_price, requirements,
        expires_on, answer, answered_on, batch, row_in_source
    FROM price_offer LEFT JOIN batch USING (batch)
    WHERE origin IS DISTINCT FROM '{OF_SERVICE}' AND {{}})
QUALIFY row_number() OVER (PARTITION BY source, offer ORDER BY batch DESC, row_in_source DESC) = 1"""
UNANSWERED = "answered_on IS NULL AND list_contains($1, lower(trim(coalesce(answer, ''))))"
NAMED = "(source, offer) IN (SELECT (unnest($2::VARCHAR[]), unnest($3::VARCHAR[])))"
LISTED = f"""WITH offer AS ({OFFERS.format("true")})
SELECT source, offer.offer, day_key, offer.customer_code, i.numbering, i.id, offer.product_code, p.numbering, p.id,
    partner_code, offered_price, quantity, asked_price, requirements, expires_on, CASE WHEN {UNANSWERED} THEN '' ELSE
    coalesce(nullif(trim(answer), ''), 'answered') END
FROM offer LEFT JOIN customer_identity AS i USING (identity_key) LEFT JOIN (
    SELECT product_code, arg_min(numbering, identity_key) AS numbering, arg_min(id, identity_key) AS id
    FROM product_identity GROUP BY product_code) AS p USING (product_code)
WHERE {{}} ORDER BY day_key DESC, source, offer"""
CUSTOMERS = """SELECT customer_code, arg_max(id, valid_to), arg_max(name, valid_to) FROM customer
WHERE customer_code IN (SELECT unnest(?::INTEGER[])) GROUP BY customer_code"""
PRODUCTS = """SELECT numbering, i.id, product_code FROM product_identity AS i
JOIN (SELECT unnest(?::VARCHAR[]) AS numbering, unnest(?::VARCHAR[]) AS id) USING (numbering, id)
JOIN (SELECT DISTINCT product_code FROM product) USING (product_code)"""
_FIRST = datetime.min
KEPT = "offers of prices as they were told last"
# The fields that hold a column which can be masked.
HELD: Mapping[str, tuple[str, Any]] = {
    "price_offer.requirements": ("requirements", ""),
    "price_offer.offered_price": ("price", None),
    "price_offer.asked_price": ("asked", None),
    "price_offer.quantity": ("quantity", None),
}
KINDS = (PRICE_OFFER_SAID, PRICE_ANSWER, PRICE_APPROVAL, PRICE_REPLY, PRICE_SENT, PRICE_RULE, PRICE_LIMIT)


@dataclass(frozen=True, slots=True)
class BidDesk:
    """Offers as whoever looks may see them, the newest first; rules and limits that hold. `files` are
    accepted offers that went out to be ordered. `told_until` is the last day
    on which a source tells of an offer."""

    bids: tuple[PriceBid, ...]
    rules: tuple[PriceRule, ...] = ()
    limits: Mapping[str, Decimal] | None = None
    told_until: date | None = None
    files: Mapping[int, tuple[OrderLine, ...]] = field(default_factory=dict)

    def bid(self, number: BidNumber) -> PriceBid | None:
        return next((each for each in self.bids if each.bid == number), None)

    @property
    def unanswered(self) -> tuple[PriceBid, ...]:
        """Those to which no answer takes effect."""
        return tuple(each for each in self.bids if not each.is_answered and not each.told)


def bid_desk(warehouse: Warehouse) -> BidDesk:
    """Everything on the desk. Errors: WarehouseError."""
    store = operational_store.of(warehouse)
    state = tuple(statement_log.state_of(store, each) for each in KINDS)
    as_of = (state, environment.who() if warehouse.policy.rows else "")
    kept = warehouse.beside.get(KEPT)
    if kept is None or kept[0] != as_of:
        kept = warehouse.beside[KEPT] = (as_of, _desk(warehouse, *statement_log.current_of(store, *KINDS)))
    found: BidDesk = kept[1]
    return found


def _desk(
    warehouse: Warehouse,
    said: Sequence[Statement],
    answered: Sequence[Statement],
    approvals: Sequence[Statement],
    replies: Sequence[Statement],
    sent: Sequence[Statement],
    rules: Sequence[Statement],
    limits: Sequence[Statement],
) -> BidDesk:
    answers = answers_among(answered, approvals, replies, sent)
    of_sources = _of_sources(warehouse, [bid for bid in answers if bid.source != OWN])
    every = (*of_sources, *_said_here(warehouse, said))
    masked = [HELD[column] for column in sorted(warehouse.policy.masked) if column in HELD]
    hidden = "price_offer.reason" in warehouse.policy.masked
    bids = [replace(each, answer=_kept(answers.get(each.bid), hidden), **dict(masked)) for each in every]
    bids.sort(key=lambda each: (each.day, each.at or _FIRST, each.bid), reverse=True)
    last = warehouse.profile.extents["price_offer"].last_day
    shown = {each.bid for each in bids}
    files = order_lines(each for each in sent if bid_of(each) in shown)
    return BidDesk(tuple(bids), rules_among(rules), limits_among(limits), last, files)


def _kept(answer: BidAnswer | None, hidden: bool) -> BidAnswer | None:
    """The answer without its reason where that is masked."""
    return replace(answer, reason="") if answer and hidden else answer


def _of_sources(warehouse: Warehouse, spoken_of: Sequence[BidNumber]) -> tuple[PriceBid, ...]:
    """Those that nobody answered as far as sources tell, read once a snapshot, and those of sources that were answered
    here."""
    key = "open offers of sources"
    if key not in warehouse.beside:
        warehouse.beside[key] = _read(warehouse, UNANSWERED, [])
    found: dict[BidNumber, PriceBid] = warehouse.beside[key]
    others = [each for each in spoken_of if each not in found]
    named = (
        _read(warehouse, NAMED, [[each.source for each in others], [each.id for each in others]])
        if others
        else {}
    )
    return (*found.values(), *named.values())


def _read(warehouse: Warehouse, among: str, values: list[Any]) -> dict[BidNumber, PriceBid]:
    """Those that meet the SQL `among`."""
    rows = warehouse.rows(LISTED.format(among), [OPEN_WORDS, *values])
    codes = sorted({row[3] for row in rows if row[3]})
    names = {code: (id, name) for code, id, name in warehouse.rows(CUSTOMERS, [codes])} if codes else {}
    return {each.bid: each for each in (_bid(row, names) for row in rows)}


def _bid(row: Sequence[Any], names: Mapping[int, tuple[str, str]]) -> PriceBid:
    source, offer, day, customer, numbering, id, product, p_numbering, p_id, partner, *amounts = row
    price, quantity, asked, requirements, expires_on, told = amounts
    shown, called = names.get(customer, ("", "")) if customer else ("", "")
    return PriceBid(
        BidNumber(source, offer),
        to_date(day),
        price,
        quantity,
        customer,
        SourceNumber(numbering, id) if customer and numbering is not None else None,
        shown,
        called or "",
        product,
        SourceNumber(p_numbering, p_id) if product and p_numbering is not None else None,
        partner,
        asked,
        "",
        requirements or "",
        expires_on,
        told=told,
    )


def _said_here(warehouse: Warehouse, said: Iterable[Statement]) -> list[PriceBid]:
    """Offers that were said here, of customers and products that are shown."""
    told = [(each, each.values(PRICE_OFFER_SAID)) for each in said]
    customers = sorted({number for _, values in told if (number := member_of(values["customer"]))})
    products = sorted({number for _, values in told if (number := member_of(values["product"]))})
    persons = persons_among(warehouse, customers)
    columns = [[each.numbering for each in products], [each.id for each in products]]
    found = warehouse.rows(PRODUCTS, columns) if products else []
    codes = {SourceNumber(numbering, id): code for numbering, id, code in found}
    zone = zone_of(warehouse.rows(ZONE)) if told else None
    bids = []
    for each, values in told:
        customer, product = member_of(values["customer"]), member_of(values["product"])
        if customer is None or product is None:
            continue
        person = persons.get(customer)
        is_kept = bool(warehouse.policy.rows) and (person is None or product not in codes)
        if zone is not None and not is_kept:
            day = place_of(each.said_at, zone)[0]
            bids.append(_said(each, day, customer, person, product, codes.get(product, 0)))
    return bids


def _said(
    each: Statement,
    day: date,
    customer: SourceNumber,
    person: CasePerson | None,
    product: SourceNumber,
    code: int,
) -> PriceBid:
    values = each.values(PRICE_OFFER_SAID)
    expires = values["expires_on"]
    return PriceBid(
        bid_of(each),
        day,
        money(values["price"]),
        money(values["quantity"]),
        person.code if person else 0,
        customer,
        person.id if person else customer.id,
        (person.name or "") if person else "",
        code,
        product,
        0,
        money(values["asked"]),
        str(values["currency"] or ""),
        str(values["requirements"] or ""),
        expires if isinstance(expires, date) else None,
        by=each.said_by,
        said=each.id,
        at=each.said_at,
    )
