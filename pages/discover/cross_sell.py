"""Cross-sell: the customers who bought a rule's left side and not its right, and what that may be worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from cubes.ask.answer import Answer
from cubes.condition import Condition, Operator
from cubes.query import Cut, Query, parse_cut
from data.errors import BadRequest
from pages.ui.style.formats import count_text, format_value, number_text

MEASURES = ("revenue", "orders", "last_purchase")
CUSTOMER = "customer"
UNITS = {"revenue": "money"}
Ask = Callable[[Query], Answer]
Item = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RuleSides:
    """The items of a rule as (level, id), and the slice that it was found in."""

    cuts: tuple[Cut, ...]
    left: tuple[Item, ...]
    right: tuple[Item, ...]

    def bought(self, items: Sequence[Item]) -> tuple[Cut, ...]:
        """Conditions that keep the customers with an order of each of these items within the slice."""
        return tuple(self._orders(item, Operator.OVER) for item in items)

    @property
    def missing(self) -> tuple[Cut, ...]:
        """Conditions that keep who bought all of the left and nothing of the right."""
        return (*self.bought(self.left), *(self._orders(item, Operator.EXACTLY) for item in self.right))

    def asked(self, measures: tuple[str, ...], items: Sequence[Item], *conditions: Cut) -> Query:
        """The question of what customers spent on these items, of those customers who meet the conditions.

        Raises BadRequest for items of several levels.
        """
        cuts = Query(cuts=self.cuts).pinned().cut(items_cut(items)).cuts
        return Query(measures, (CUSTOMER,), cuts=(*cuts, *conditions))

    def _orders(self, item: Item, operator: Operator) -> Cut:
        level, member = item
        plain = tuple(each for each in self.cuts if not each.condition and each.level != level)
        within = tuple(map(_written, (*plain, Cut(level, (member,)))))
        return Cut(CUSTOMER, condition=Condition("orders", operator, (0.0,), within=within))


def items_cut(items: Sequence[Item]) -> Cut:
    """The filter that keeps these items. Raises BadRequest where they are of several levels."""
    level, *others = dict.fromkeys(level for level, _ in items)
    if others:
        raise BadRequest(
            "The items of this rule are of several levels, which no filter keeps together.",
            "Look at rules of one level to see who lacks a side.",
        )
    return Cut(level, tuple(member for _, member in items))


def _written(cut: Cut) -> str:
    """A cut as conditions hold it. Raises BadRequest for a number that is read otherwise than it is written."""
    if parse_cut(str(cut)) != cut:
        raise BadRequest(
            f"Who lacks a side cannot be asked: “{cut}” is no filter that can be written.",
            "Numbers with blanks at their ends cannot be filtered by; try another level of items.",
        )
    return str(cut)


@dataclass(frozen=True, slots=True, eq=False)
class CrossSell:
    """`customers` (customer, name, revenue and orders of the left side, last_purchase of it), the greatest revenue
    first; `both` of them bought both sides, each for `median` of the right side (None where nobody did)."""

    customers: pl.DataFrame
    confidence: float
    both: int
    median: float | None

    @property
    def at_stake(self) -> float | None:
        """Customers x confidence x median, in the firm's currency; None where nobody bought both."""
        return None if self.median is None else self.customers.height * self.confidence * self.median


def cross_sell(sides: RuleSides, confidence: float, ask: Ask) -> CrossSell:
    """Who bought every item of the left side within the slice, and not every item of the right. Raises BadRequest."""
    left, right = sides.bought(sides.left), sides.bought(sides.right)
    buyers = ask(sides.asked(MEASURES, sides.left, *left)).plain()
    of_both = ask(sides.asked(("revenue",), sides.right, *left, *right)).plain()
    return CrossSell(
        listed(buyers.join(of_both, on=f"{CUSTOMER}.id", how="anti")),
        confidence,
        of_both.height,
        of_both.select(pl.col("revenue").cast(pl.Float64).median()).item(),
    )


def listed(found: pl.DataFrame) -> pl.DataFrame:
    """An answer by customer as a list, the greatest revenue first."""
    named = found.select(pl.col(f"{CUSTOMER}.id").alias(CUSTOMER), pl.col(CUSTOMER).alias("name"), *MEASURES)
    return named.sort("revenue", CUSTOMER, descending=[True, False])


def stake_words(found: CrossSell, right: str, currency: str) -> str:
    """How the revenue at stake comes about, and what it is not."""
    whom = count_text(found.customers.height, "customer")
    if found.median is None:
        return f"No known customer bought both, so nothing tells what {whom} would spend on {right}."
    median = format_value(found.median, "money", currency)
    return (
        f"An estimate: {whom} × {format_value(found.confidence, 'percent')} confidence × {median}, the median revenue "
        f"of {right} per customer who bought both ({number_text(found.both)}). Confidence is counted of orders, not of "
        "customers, and nobody was asked: read it as an order of magnitude."
    )
