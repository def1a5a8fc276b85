"""What stands beside offers on the desk: of the product its price, cost, stock and lead times; of the customer their
value, stage and earlier offers; how many others named as much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from data.collaborate.bid_desk import OFFERS, BidDesk
from data.collaborate.bid_terms import SLIP, BidTerms
from data.collaborate.price_bid import BidNumber, PriceBid
from data.collaborate.price_rules import EVERYTHING, PriceRule, rule_for
from data.errors import BadRequest
from data.model.calendar import day_key, to_date
from data.model.canonical_tables import UNKNOWN
from data.operational.statement_kinds import SourceNumber
from data.service.firm_moments import ZONE, place_of, zone_of
from data.store.warehouse import Warehouse

WITHIN = " > "  # between a department and its category
STOCK_DAYS = 92  # a count older than that tells nothing of today
# Channel 0 is every channel's; the last price that is told holds.
PRICES = """SELECT product_code, arg_max(unit_price, (day_key, -channel_code, batch, row_in_source))
        FILTER (unit_price IS NOT NULL), max(day_key) FILTER (unit_price IS NOT NULL),
    arg_max(unit_cost, (day_key, -channel_code, batch, row_in_source)) FILTER (unit_cost IS NOT NULL)
FROM price WHERE product_code IN (SELECT unnest($1::INTEGER[])) AND day_key <= $2 GROUP BY product_code"""
PRODUCTS = """SELECT product_code, arg_max(id, v), arg_max(name, v), arg_max(department, v), arg_max(category, v)
FROM (SELECT *, (valid_to, product_key) AS v FROM product WHERE product_code IN (SELECT unnest(?::INTEGER[])))
GROUP BY product_code"""
KINDS = """SELECT customer_code, arg_max(customer_kind, (valid_to, customer_key)) FROM customer
WHERE customer_code IN (SELECT unnest(?::INTEGER[])) GROUP BY customer_code"""
STOCK = """WITH last AS (
    SELECT product_code, day_key, on_hand FROM stock
    WHERE product_code IN (SELECT unnest($1::INTEGER[])) AND on_hand IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY product_code, partner_code, coalesce(place, '')
        ORDER BY day_key DESC, batch DESC, row_in_source DESC) = 1)
SELECT product_code, sum(on_hand), max(day_key), count(*) FROM last
WHERE day_key > (SELECT max(day_key) FROM stock) - $2 GROUP BY product_code"""
# Orders to the partner of an offer, or else to whoever supplied the product last: those that are open still count.
LEAD_TIMES = """WITH supplier AS (
    SELECT product_code, arg_max(partner_code, (day_key, batch, row_in_source)) AS partner_code FROM lead_time
    WHERE product_code IN (SELECT unnest($1::INTEGER[])) AND partner_code > 0 GROUP BY product_code)
SELECT supplier.product_code, partner_code,
    coalesce(received_on, ended_on, (SELECT DATE '1970-01-01' + max(day_key) FROM lead_time)) - DATE '1970-01-01'
        - day_key AS days, received_on IS NOT NULL AS is_done
FROM lead_time JOIN supplier USING (partner_code) WHERE received_on IS NOT NULL OR ended_on IS NULL"""
PARTNERS = """SELECT partner_code, arg_max(name, valid_to) FROM partner
WHERE partner_code IN (SELECT unnest(?::INTEGER[])) GROUP BY partner_code"""
SCORES = """SELECT customer_code, arg_max(value, day_key) FILTER (value IS NOT NULL)::DOUBLE,
    arg_max(head_room, day_key) FILTER (head_room IS NOT NULL)::DOUBLE
FROM (SELECT customer_code, day_key, number, sum(value) AS value, sum(head_room) AS head_room FROM customer_score
    WHERE customer_code IN (SELECT unnest(?::INTEGER[])) GROUP BY ALL) GROUP BY customer_code"""
STAGES = """SELECT subject, arg_max(to_stage, (run, seq)) FROM stage_event
WHERE subject_kind = 'customer' AND subject IN (SELECT unnest(?::INTEGER[])) GROUP BY subject"""
EARLIER = f"""SELECT customer_code, count(*), count(*) FILTER (lower(answer) = 'accepted'), count(DISTINCT product_code)
FROM ({OFFERS.format("customer_code IN (SELECT unnest(?::INTEGER[]))")}) GROUP BY customer_code"""
# One voice a person: the highest price that each named for the product.
AS_MUCH = """WITH best AS (
    SELECT product_code, customer_code, max(offered_price) AS best FROM price_offer
    WHERE product_code IN (SELECT unnest($1::INTEGER[])) AND customer_code > 0 AND offered_price > 0 GROUP BY ALL),
asked AS (SELECT unnest($2::INTEGER[]) AS nth, unnest($3::INTEGER[]) AS product_code,
    unnest($4::DECIMAL(18,4)[]) AS price)
SELECT nth, count(*), count(*) FILTER (best >= price) FROM asked JOIN best USING (product_code) GROUP BY nth"""
# Products by their number, or by their name now, as one source calls them.
OF_PRODUCT = """SELECT arg_min(numbering, identity_key), arg_min(i.id, identity_key), product_code
FROM product_identity AS i JOIN (SELECT product_code FROM product WHERE {} GROUP BY product_code) USING (product_code)
GROUP BY product_code LIMIT 2"""
CALLED = OF_PRODUCT.format("lower(id) = lower(?)")
NAMED_SO = OF_PRODUCT.format("lower(name) = lower(?)")
CATEGORIES = f"""SELECT DISTINCT concat(department, '{WITHIN}', category) AS member FROM product
WHERE product_code > 0 ORDER BY member"""
KINDS_THERE = "SELECT DISTINCT customer_kind AS kind FROM customer WHERE customer_code > 0 ORDER BY kind"
MOST_NAMED = 20_000
NAMED = f"""SELECT customer_code::BIGINT AS person, offered_price::DOUBLE AS price FROM price_offer
WHERE product_code = ? AND customer_code > 0 AND offered_price > 0 ORDER BY day_key DESC LIMIT {MOST_NAMED}"""
SHARES = f"""SELECT customer_code::BIGINT AS person, (offered_price / asked_price)::DOUBLE AS price FROM price_offer
WHERE customer_code > 0 AND offered_price > 0 AND asked_price > 0 AND offered_price < {{}} * asked_price
ORDER BY day_key DESC LIMIT {MOST_NAMED}"""
ANSWER_TIMES = f"""SELECT day_key, answered_on FROM ({OFFERS.format("true")})
WHERE answered_on IS NULL OR answered_on - DATE '1970-01-01' >= day_key"""


@dataclass(frozen=True, slots=True)
class BidProduct:
    """A product as a price is named for it. `priced_on` is the day of its list price."""

    id: str
    name: str
    places: Mapping[str, str]
    listed: Decimal | None = None
    cost: Decimal | None = None
    priced_on: date | None = None


@dataclass(frozen=True, slots=True)
class BidSurroundings:
    """What stands beside one offer; None and 0 where nothing is known. `lead_days` and `lead_done` are a row for each
    order to the partner that supplies the product: how long it took, or takes still. Of `persons` who named a price for
    the product, one voice each, `as_much` named at least this one. `offers` are all that is told of the
    customer."""

    product: BidProduct
    terms: BidTerms
    on_hand: Decimal | None = None
    counted_on: date | None = None
    supplier: str = ""
    lead_days: tuple[int, ...] = ()
    lead_done: tuple[bool, ...] = ()
    value: float | None = None
    head_room: float | None = None
    stage: str = ""
    offers: int = 0
    accepted: int = 0
    persons: int = 0
    as_much: int = 0


@dataclass(frozen=True, slots=True)
class BidGoods:
    """Products of offers and kinds of their customers, by code."""

    products: Mapping[int, BidProduct] = field(default_factory=dict)
    kinds: Mapping[int, str] = field(default_factory=dict)


def bid_terms(
    warehouse: Warehouse, bids: Iterable[PriceBid], rules: Sequence[PriceRule], today: date
) -> dict[BidNumber, BidTerms]:
    """What each offer is held against as of a day. Errors: WarehouseError."""
    every = tuple(bids)
    goods = bid_goods(warehouse, every, today)
    return {each.bid: _terms(warehouse, each, goods, rules) for each in every}


def bid_goods(warehouse: Warehouse, bids: Sequence[PriceBid], today: date) -> BidGoods:
    products = sorted({each.product for each in bids if each.product})
    customers = sorted({each.customer for each in bids if each.customer})
    kinds = dict(warehouse.rows(KINDS, [customers])) if customers else {}
    return BidGoods(products_of(warehouse, products, today) if products else {}, kinds)


def products_of(warehouse: Warehouse, codes: Sequence[int], today: date) -> dict[int, BidProduct]:
    """Products by code, with their list price and cost as of a day."""
    prices = {code: told for code, *told in warehouse.rows(PRICES, [list(codes), day_key(today)])}
    found = {}
    for code, id, name, department, category in warehouse.rows(PRODUCTS, [list(codes)]):
        listed, day, cost = prices.get(code, (None, None, None))
        places = {"product": id, "category": f"{department}{WITHIN}{category}"}
        found[code] = BidProduct(
            id, name or id, places, listed, cost, to_date(day) if day is not None else None
        )
    return found


def _terms(warehouse: Warehouse, bid: PriceBid, goods: BidGoods, rules: Sequence[PriceRule]) -> BidTerms:
    product = goods.products.get(bid.product)
    places = {EVERYTHING: "", **(product.places if product else {})}
    if kind := goods.kinds.get(bid.customer):
        places["customer_kind"] = kind
    listed, cost = (product.listed, product.cost) if product else (None, None)
    rule, currency = rule_for(rules, places), warehouse.profile.currency
    return BidTerms(cost, listed, bid.asked or listed, rule, currency, places)


def bid_surroundings(
    warehouse: Warehouse, bids: Sequence[PriceBid], rules: Sequence[PriceRule], today: date
) -> dict[BidNumber, BidSurroundings]:
    """What stands beside each of a few offers. Errors: WarehouseError."""
    goods = bid_goods(warehouse, bids, today)
    products, customers = list(goods.products), sorted({each.customer for each in bids if each.customer})
    stock = _by_code(warehouse, STOCK, [products, STOCK_DAYS])
    leads = _lead_times(warehouse, products)
    scores, stages = _by_code(warehouse, SCORES, [customers]), _by_code(warehouse, STAGES, [customers])
    earlier = _by_code(warehouse, EARLIER, [customers])
    as_much = _as_much(warehouse, bids)
    nothing = BidProduct("", UNKNOWN, {})
    found = {}
    for nth, each in enumerate(bids):
        on_hand, counted, _ = stock.get(each.product, (None, None, 0))
        value, head_room = scores.get(each.customer, (None, None))
        offers, accepted, _ = earlier.get(each.customer, (0, 0, 0))
        persons, much = as_much.get(nth, (0, 0))
        supplier, days, done = leads.get(each.product, ("", (), ()))
        found[each.bid] = BidSurroundings(
            goods.products.get(each.product, nothing),
            _terms(warehouse, each, goods, rules),
            on_hand,
            to_date(counted) if counted is not None else None,
            supplier,
            days,
            done,
            value,
            head_room,
            (stages.get(each.customer) or ("",))[0] or "",
            offers,
            accepted,
            persons,
            much,
        )
    return found


def _by_code(warehouse: Warehouse, sql: str, values: list[Any]) -> dict[int, tuple[Any, ...]]:
    return {code: tuple(told) for code, *told in warehouse.rows(sql, values)} if values[0] else {}


def _lead_times(
    warehouse: Warehouse, products: list[int]
) -> dict[int, tuple[str, tuple[int, ...], tuple[bool, ...]]]:
    """Of each product who supplies it, and how long each order to them took or takes."""
    rows = warehouse.rows(LEAD_TIMES, [products]) if products else []
    partners = sorted({partner for _, partner, _, _ in rows})
    names = dict(warehouse.rows(PARTNERS, [partners])) if partners else {}
    found: dict[int, tuple[str, list[int], list[bool]]] = {}
    for product, partner, days, is_done in rows:
        if days >= 0:
            _, took, done = found.setdefault(product, (names.get(partner) or "", [], []))
            took.append(days)
            done.append(is_done)
    return {product: (name, tuple(took), tuple(done)) for product, (name, took, done) in found.items()}


def _as_much(warehouse: Warehouse, bids: Sequence[PriceBid]) -> dict[int, tuple[int, int]]:
    asked = [(nth, each.product, each.price) for nth, each in enumerate(bids) if each.product and each.price]
    if not asked:
        return {}
    nth, products, prices = (list(column) for column in zip(*asked, strict=True))
    rows = warehouse.rows(AS_MUCH, [sorted(set(products)), nth, products, prices])
    return {at: (persons, much) for at, persons, much in rows}


def named_prices(warehouse: Warehouse, product: int) -> pl.DataFrame:
    """The last prices that known customers named for a product (code): `person`, `price`, a row an offer."""
    return warehouse.frame(NAMED, [product])


def named_shares(warehouse: Warehouse) -> pl.DataFrame:
    """The last prices of all products as shares of what was asked, the same columns; slipped decimals left out."""
    key = "shares of prices asked that were named"
    if key not in warehouse.beside:
        warehouse.beside[key] = warehouse.frame(SHARES.format(SLIP))
    found: pl.DataFrame = warehouse.beside[key]
    return found


def answer_times(warehouse: Warehouse, desk: BidDesk, today: date) -> pl.DataFrame:
    """How long answers took: `days` and whether it `ended`, a row an offer, those that wait still with how long so far.

    Offers of a source wait until the last day on which it tells of any, or that of their answer here.
    """
    key = "times of answers of sources"
    if key not in warehouse.beside:
        warehouse.beside[key] = warehouse.rows(ANSWER_TIMES)
    last = day_key(desk.told_until) if desk.told_until else 0
    spells = [
        (day_key(answered) - day, True) for day, answered in warehouse.beside[key] if answered is not None
    ]
    zone = zone_of(warehouse.rows(ZONE))
    for each in desk.bids:
        answer = each.answer if each.is_answered else None
        if answer is not None and answer.at is not None and not each.told:
            spells.append((max(0, (place_of(answer.at, zone)[0] - each.day).days), True))
        elif not each.told:
            until = day_key(today) if each.said else last
            spells.append((max(0, until - day_key(each.day)), False))
    return pl.DataFrame(spells, schema={"days": pl.Int64, "ended": pl.Boolean}, orient="row")


def product_of(warehouse: Warehouse, called: str) -> tuple[SourceNumber, int]:
    """The number and the code of the product of that number, or of that name.

    Errors: BadRequest where none, or several, are called so.
    """
    written = " ".join(called.split())
    found = warehouse.rows(CALLED, [written]) or warehouse.rows(NAMED_SO, [written])
    if len(found) != 1:
        many = "Several products are" if found else "No product is"
        raise BadRequest(f"{many} called {written[:80]!r}.", "Write its number, or all of its name.")
    numbering, id, code = found[0]
    return SourceNumber(numbering, id), code


def rule_members(warehouse: Warehouse, level: str) -> tuple[str, ...]:
    """What a rule of a level can be of; nothing of everything and of products, which are written."""
    sql = {"category": CATEGORIES, "customer_kind": KINDS_THERE}.get(level)
    return tuple(text for (text,) in warehouse.rows(sql)) if sql else ()
