"""What is never offered: every rule in one table, and what each keeps from whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from mining.offers.scoreboard import OfferList

EVERY_LIST = frozenset(OfferList)


class Bars(StrEnum):
    """What a rule keeps out: a customer from all offers, a product from all customers, a product from a customer."""

    CUSTOMER = "customer"
    PRODUCT = "product"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class OfferRule:
    """A rule: what it bars, from which lists, and in words why an offer was removed."""

    name: str
    bars: Bars
    words: str
    lists: frozenset[OfferList] = EVERY_LIST


RULES = (
    OfferRule("consent", Bars.CUSTOMER, "no consent"),
    OfferRule("cap", Bars.CUSTOMER, "contacted as often as the cap allows"),
    OfferRule("stock", Bars.PRODUCT, "out of stock"),
    OfferRule("delisted", Bars.PRODUCT, "delisted, or not sold lately"),
    OfferRule("returned", Bars.PAIR, "returned by this customer"),
    OfferRule("once", Bars.PRODUCT, "hardly anybody buys it twice", frozenset([OfferList.AGAIN])),
)
"""In the order in which an offer that several rules bar is counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Barred:
    """Codes that rules bar, by the name of the rule: of customers, of products, and of pairs (rows of customer and
    product). A rule that is not here bars nothing: what it needs is not known."""

    customers: Mapping[str, np.ndarray] = field(default_factory=dict)
    products: Mapping[str, np.ndarray] = field(default_factory=dict)
    pairs: Mapping[str, np.ndarray] = field(default_factory=dict)

    def by_customer(self, customers: np.ndarray) -> np.ndarray:
        """Of each customer (code) the place of the first rule that bars it; -1 where none does (int8)."""
        return _first_rule(Bars.CUSTOMER, self.customers, customers, EVERY_LIST)

    def by_product(self, products: np.ndarray, which: OfferList) -> np.ndarray:
        """The same of products, on a list."""
        return _first_rule(Bars.PRODUCT, self.products, products, {which})

    def by_pair(self, customers: np.ndarray, products: np.ndarray) -> np.ndarray:
        """The same of pairs of a customer and a product."""
        wanted = _paired(customers, products)
        held = {name: _paired(*np.asarray(each).reshape(-1, 2).T) for name, each in self.pairs.items()}
        return _first_rule(Bars.PAIR, held, wanted, EVERY_LIST)

    @property
    def pair_rules(self) -> tuple[tuple[int, np.ndarray], ...]:
        """The place of each rule that bars pairs, and its pairs."""
        return tuple(
            (place, self.pairs[each.name]) for place, each in enumerate(RULES) if each.name in self.pairs
        )


def _first_rule(
    bars: Bars,
    held: Mapping[str, np.ndarray],
    codes: np.ndarray,
    lists: frozenset[OfferList] | set[OfferList],
) -> np.ndarray:
    found = np.full(len(codes), -1, dtype=np.int8)
    for place in reversed(range(len(RULES))):
        rule = RULES[place]
        if rule.bars is bars and rule.name in held and rule.lists & lists:
            found[np.isin(codes, held[rule.name])] = place
    return found


def _paired(customers: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Both codes as one number."""
    found: np.ndarray = (customers.astype(np.int64) << 32) | products.astype(np.int64)
    return found
