"""What is bought: from orders (customer, day) to order lines, month by month, with the returns that follow.

Seasons and growth live here, in the size and content of baskets; the days of orders belong to `customers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.demo.demo_firm import DAYS, FIRST_KEY, MONTHS, Firm, day_index, month_starts
from data.demo.places import places
from data.demo.simulated_customers import (
    CAMPAIGN_FIRST,
    CAMPAIGN_LAST,
    DISCOUNTS,
    KINDS,
    SEGMENTS,
    TYPES,
    People,
)
from data.demo.simulated_products import CATEGORIES, Goods, month_weights, price_factors

Columns = dict[str, np.ndarray]

BASKET_SEASON = (0.94, 0.92, 1.00, 1.02, 1.04, 0.98, 0.94, 0.72, 1.06, 1.08, 1.14, 1.24)
YEARLY_BASKET_FACTOR = 1.04
PROMOTED_AT_ONCE = 2
HOME_CHANCE = 0.65
MAIN_TYPE_CHANCE = 0.75
CASH_SHARE = 0.05
FIRST_RETURN, LAST_RETURN = 3, 45
WHOLE_RETURN_CHANCE = 0.7

CHANNELS = (
    ("Store", "Prato outlet"), ("Store", "Florence store"), ("Store", "Milan showroom"),
    ("Store", "Bologna store"), ("Store", "Verona store"), ("Store", "Rome store"),
    ("Store", "Munich showroom"), ("Store", "Lyon showroom"),
    ("Online", "Web shop"), ("Online", "App"), ("Remote", "Mail order"), ("Remote", "Phone"),
    ("Partners", "Alpen Kontor"), ("Partners", "Casa Levante"), ("Partners", "Maison Lys"),
    ("Partners", "Rete Distretto"), ("Remote", "E-mail"),  # by the last nobody orders: it reaches customers
)  # fmt: skip
CHANNEL_CODE = {name: code for code, (_, name) in enumerate(CHANNELS, 1)}
PAYMENTS = ("Bank transfer", "Card", "Cash", "Cash on delivery", "Invoice, 30 days")
PAYMENT_CODE = {name: code for code, name in enumerate(PAYMENTS, 1)}
# chances of PAYMENTS by kind of customer; cash outside a store becomes cash on delivery
PAYMENT_CHANCES = {
    "Company": (0.20, 0.10, 0.0, 0.0, 0.70),
    "Professional": (0.25, 0.40, 0.05, 0.02, 0.28),
    "Household": (0.06, 0.68, 0.18, 0.08, 0.0),
}


@dataclass(frozen=True, slots=True)
class Orders:
    """All purchase orders by day: `day` (index) and `customer` (code); order key i + 1 is row i."""

    day: np.ndarray
    customer: np.ndarray


def orders(firm: Firm, code: np.ndarray, day: np.ndarray) -> Orders:
    """An order for each purchase, and cash sales to unknown customers in between."""
    cash = firm.random("cash").integers(0, DAYS, round(len(day) * CASH_SHARE))
    both = np.sort(np.concatenate((cash << 32, day << 32 | code)))
    return Orders((both >> 32).astype(np.int32), (both & 0xFFFFFFFF).astype(np.int32))


@dataclass(frozen=True)
class Shop:
    """What every month's baskets are drawn from."""

    firm: Firm
    goods: Goods
    people: People

    @cached_property
    def shelves(self) -> tuple[np.ndarray, np.ndarray]:
        """Products' cumulated weights, and where each category begins in them (the last is the end)."""
        steps = np.concatenate(([0.0], np.cumsum(self.goods.weight)))
        return steps[1:], steps[np.searchsorted(self.goods.category, np.arange(len(CATEGORIES) + 1))]

    @cached_property
    def follower(self) -> tuple[np.ndarray, np.ndarray]:
        """By product: the product that may join it, and the chance that it does."""
        consequent, chance = np.zeros(len(self.goods.names), np.int64), np.zeros(len(self.goods.names))
        consequent[self.goods.associations[:, 0]] = self.goods.associations[:, 1]
        chance[self.goods.associations[:, 0]] = self.goods.chances
        return consequent, chance

    @cached_property
    def near(self) -> tuple[np.ndarray, np.ndarray]:
        """By place: the channel code of its store (0 where none is near) and of its partner."""
        where = places()
        stores = [CHANNEL_CODE[place.store] if place.store else 0 for place in where]
        return np.array(stores), np.array([CHANNEL_CODE[place.partner] for place in where])


def months(shop: Shop, ordered: Orders) -> Iterator[tuple[Columns, np.ndarray]]:
    """The lines of each month in order of days, with a mask of those that the campaign added.

    Returns wait until the month in which they come back.
    """
    starts = month_starts()
    edges = np.searchsorted(ordered.day, starts)
    waiting = _none()
    return_orders = len(ordered.day)
    for month in range(MONTHS):
        random = shop.firm.random("lines", month)
        bought, extra, back = _month(shop, ordered, slice(edges[month], edges[month + 1]), month, random)
        waiting = _joined(waiting, back)
        due = waiting["day_key"] < FIRST_KEY + starts[month + 1]
        returned = _numbered(_taken(waiting, due), return_orders)
        waiting = _taken(waiting, ~due)
        return_orders = int(returned["order_key"].max(initial=return_orders))
        lines = _joined(bought, returned)
        by_day = np.argsort((lines["day_key"] - FIRST_KEY - starts[month]).astype(np.int16), kind="stable")
        marked = np.concatenate((extra, np.zeros(len(returned["day_key"]), bool)))
        yield _taken(lines, by_day), marked[by_day]


def _month(
    shop: Shop, ordered: Orders, rows: slice, month: int, random: np.random.Generator
) -> tuple[Columns, np.ndarray, Columns]:
    """Lines bought in a month, which of them the campaign added, and the returns they lead to."""
    customer, day = ordered.customer[rows].astype(np.int64), ordered.day[rows].astype(np.int64)
    basket, product, extra = _baskets(shop, customer, day, month, random)
    channel = _channels(shop, customer, day, random)
    payment = _payments(shop, customer, channel, random)
    units, price, cost = _amounts(shop, customer[basket], product, month, random)
    bought: Columns = {
        "day_key": (day + FIRST_KEY)[basket],
        "customer": customer[basket],
        "product": product + 1,
        "channel": channel[basket],
        "payment": payment[basket],
        "order_key": basket + rows.start + 1,
        "units": units,
        "revenue": units * price,
        "cost": units * cost,
        "is_return": np.zeros(len(basket), bool),
        "is_order": np.diff(basket, prepend=-1) > 0,
    }
    return bought, extra, _returns(shop, bought, extra, price, cost, basket, random)


def _baskets(
    shop: Shop, customer: np.ndarray, day: np.ndarray, month: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(order in the month, product index, added by the campaign) of each line; no product twice an order."""
    growth = YEARLY_BASKET_FACTOR ** (month / 12 - MONTHS / 24)
    mean = _by_segment(shop, "basket", customer) * BASKET_SEASON[month % 12] * growth
    basket = np.repeat(np.arange(len(customer)), 1 + random.poisson(np.maximum(mean - 1, 0)))
    product = _products(shop, _categories(shop, customer[basket], month, random), random)
    consequent, chance = shop.follower
    joins = random.random(len(product)) < chance[product]
    invited = np.repeat(np.flatnonzero(_invited(shop, customer, day, random)), PROMOTED_AT_ONCE)
    promoted = random.choice(shop.goods.promoted, len(invited))
    size = len(shop.goods.names)
    orders = np.concatenate((basket, basket[joins], invited))
    products = np.concatenate((product, consequent[product[joins]], promoted))
    key, first = np.unique(orders * size + products, return_index=True)
    return key // size, key % size, first >= len(orders) - len(invited)


def _categories(shop: Shop, customer: np.ndarray, month: int, random: np.random.Generator) -> np.ndarray:
    """A home category if its season allows, else any by its pull in this month."""
    pull = month_weights()[month]
    season = pull / month_weights().max(axis=0)
    breadth = _by_segment(shop, "breadth", customer)
    home = shop.people.home[customer, (breadth * random.random(len(customer)) ** 1.5).astype(np.int64)]
    kept = random.random(len(customer)) < HOME_CHANCE * season[home]
    steps = np.cumsum(pull / pull.sum())[:-1]
    return np.where(kept, home, np.searchsorted(steps, random.random(len(customer)), side="right"))


def _products(shop: Shop, category: np.ndarray, random: np.random.Generator) -> np.ndarray:
    steps, begins = shop.shelves
    low, high = begins[category], begins[category + 1]
    found = np.searchsorted(steps, low + (high - low) * random.random(len(category)), side="right")
    chosen: np.ndarray = np.minimum(found, len(steps) - 1)
    return chosen


def _invited(shop: Shop, customer: np.ndarray, day: np.ndarray, random: np.random.Generator) -> np.ndarray:
    during = (day >= day_index(CAMPAIGN_FIRST)) & (day <= day_index(CAMPAIGN_LAST))
    agrees = random.random(len(customer)) < _by_segment(shop, "response", customer)
    invited: np.ndarray = during & agrees & (shop.people.treated[customer] == 1)
    return invited


def _channels(shop: Shop, customer: np.ndarray, day: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The customer's main type of channel or another of the segment; apps gain on the web, phones on mail."""
    steps = np.cumsum([segment.types for segment in SEGMENTS], axis=1)[:, :-1]
    drawn = random.random(len(customer))[:, None] >= steps[shop.people.segment[customer]]
    stays = (random.random(len(customer)) < MAIN_TYPE_CHANCE) | (customer == 0)
    kind = np.where(stays, shop.people.main_type[customer], drawn.sum(axis=1))
    store, partner = (code[shop.people.place[customer]] for code in shop.near)
    store = np.where(customer == 0, random.integers(1, 9, len(customer)), store)
    kind = np.where((kind == TYPES.index("Store")) & (store == 0), TYPES.index("Online"), kind)
    modern = random.random(len(customer)) < 0.15 + 0.45 * day / DAYS
    online = np.where(modern, CHANNEL_CODE["App"], CHANNEL_CODE["Web shop"])
    remote = np.where(modern, CHANNEL_CODE["Phone"], CHANNEL_CODE["Mail order"])
    return np.choose(kind, (store, online, remote, partner))


def _payments(
    shop: Shop, customer: np.ndarray, channel: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    steps = np.cumsum([PAYMENT_CHANCES[kind] for kind in KINDS], axis=1)[:, :-1]
    drawn = random.random(len(customer))[:, None] >= steps[shop.people.kind[customer]]
    payment = 1 + drawn.sum(axis=1)
    payment = np.where((customer == 0) & (payment != PAYMENT_CODE["Card"]), PAYMENT_CODE["Cash"], payment)
    in_store = channel < CHANNEL_CODE["Web shop"]
    cash, delivered = PAYMENT_CODE["Cash"], PAYMENT_CODE["Cash on delivery"]
    payment = np.where((payment == cash) & ~in_store, delivered, payment)
    return np.where((payment == delivered) & in_store, cash, payment)


def _amounts(
    shop: Shop, customer: np.ndarray, product: np.ndarray, month: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole units, price and cost a unit in cents; costs follow the general price level."""
    mean = (shop.people.spend[customer] * shop.goods.pack[product] - 1).clip(0)
    units = 1 + np.rint(mean * random.standard_exponential(len(product))).astype(np.int64)
    discount = np.array(DISCOUNTS)[shop.people.kind[customer]]
    lists = shop.goods.price * price_factors()[month, shop.goods.category]
    costs = shop.goods.unit_cost * price_factors()[month].min()
    price = np.rint(lists[product] * (1 - discount)).astype(np.int64)
    return units, price, np.rint(costs[product]).astype(np.int64)


def _returns(
    shop: Shop,
    bought: Columns,
    extra: np.ndarray,
    price: np.ndarray,
    cost: np.ndarray,
    basket: np.ndarray,
    random: np.random.Generator,
) -> Columns:
    """What comes back, whole or in part, 3 to 45 days later, all of an order on one day.

    Neither what the campaign added nor what unknown customers bought comes back.
    """
    customer = bought["customer"]
    chance = np.where(extra | (customer == 0), 0.0, _by_segment(shop, "returns", customer))
    delay = random.integers(FIRST_RETURN, LAST_RETURN + 1, basket[-1] + 1 if len(basket) else 0)[basket]
    comes = random.random(len(customer)) < chance
    part = np.where(random.random(len(customer)) < WHOLE_RETURN_CHANCE, 1.0, random.random(len(customer)))
    day = bought["day_key"] + delay
    rows = np.flatnonzero(comes & (day < FIRST_KEY + DAYS))
    units = np.ceil(bought["units"][rows] * np.maximum(part[rows], 1e-9)).astype(np.int64)
    return _taken(bought, rows) | {
        "day_key": day[rows],
        "units": -units,
        "revenue": -units * price[rows],
        "cost": -units * cost[rows],
        "is_return": np.ones(len(rows), bool),
        "is_order": np.zeros(len(rows), bool),
    }


def _numbered(returned: Columns, last: int) -> Columns:
    """Returns in order of days, each group from one order under the next order key of its own."""
    found = _taken(returned, np.lexsort((returned["order_key"], returned["day_key"])))
    starts = np.diff(found["order_key"], prepend=-1) != 0
    return found | {"order_key": last + np.cumsum(starts)}


def _by_segment(shop: Shop, field: str, customer: np.ndarray) -> np.ndarray:
    """What the segment of each of these customers declares."""
    declared = np.array([getattr(segment, field) for segment in SEGMENTS])
    found: np.ndarray = declared[shop.people.segment[customer]]
    return found


def _none() -> Columns:
    names = ("day_key", "customer", "product", "channel", "payment", "order_key", "units", "revenue", "cost")
    empty: Columns = {name: np.empty(0, np.int64) for name in names}
    return empty | {"is_return": np.empty(0, bool), "is_order": np.empty(0, bool)}


def _joined(one: Columns, other: Columns) -> Columns:
    return {name: np.concatenate((one[name], other[name])) for name in one}


def _taken(columns: Columns, rows: np.ndarray) -> Columns:
    return {name: values[rows] for name, values in columns.items()}
