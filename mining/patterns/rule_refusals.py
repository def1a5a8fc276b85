"""Why no rules come out, and the thresholds that would change it: values with their numbers, whose words follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from data.errors import BadRequest
from data.model.said import said
from mining.patterns.exact_shares import Share


@dataclass(frozen=True, slots=True)
class RuleAdvice:
    """Thresholds to take instead; None where the one in force may stay."""

    support: Decimal | None = None
    confidence: Decimal | None = None
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class RuleOfOneItem:
    """Itemsets were bounded to one item, and a rule needs two."""

    advice = RuleAdvice(longest=2)

    def __str__(self) -> str:
        return "A rule needs two items: allow longer itemsets."


@dataclass(frozen=True, slots=True)
class NothingTogether:
    """No basket holds two different items; no threshold mends that."""

    advice = RuleAdvice()

    def __str__(self) -> str:
        return "No basket holds two different items, so nothing can go together. Take wider baskets."


@dataclass(frozen=True, slots=True)
class PairTooRare:
    """The pair of items that stands in most baskets still stands in too few."""

    support: Share
    pair: tuple[str, str]
    count: int
    baskets: int
    advice: RuleAdvice

    def __str__(self) -> str:
        return said(
            "No two items reach support {}. The commonest pair, {} and {}, stands in {:,} of {:,} baskets. Lower the"
            " support to {:f}.",
            self.support, *self.pair, self.count, self.baskets, self.advice.support,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoneSoSure:
    """The rule of highest confidence (a row of `Rules.frame`, and its sentence) is not sure enough."""

    confidence: Share
    surest: Mapping[str, Any]
    said: str
    advice: RuleAdvice

    def __str__(self) -> str:
        return said(
            "No rule reaches confidence {}. The surest one: {} Lower the confidence to {:f}.",
            self.confidence, self.said, self.advice.confidence,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoneBeyondChance:
    """Rules are sure enough, and not one of them is more than chance."""

    sure: int
    tests: int
    advice = RuleAdvice()

    def __str__(self) -> str:
        return said(
            "{:,} of the {:,} rules that were tested are sure enough, and none is more than chance would give. Widen"
            " the slice: more baskets tell smaller differences from chance.",
            self.sure, self.tests,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoneProductive:
    """Rules pass, and in each an item on the left adds nothing to the others."""

    rules: int
    advice = RuleAdvice()

    def __str__(self) -> str:
        return said(
            "In each of the {:,} rules an item on the left adds nothing to the others: switch off “productive only” to"
            " see them.",
            self.rules,
        )  # fmt: skip


WhyNoRule = RuleOfOneItem | NothingTogether | PairTooRare | NoneSoSure | NoneBeyondChance | NoneProductive


class TooManyItemsets(BadRequest):
    """More itemsets reach a support than can be read or held: about so many, or beyond telling (None)."""

    def __init__(self, support: Share, budget: int, advice: RuleAdvice, about: float | None) -> None:
        many = said("about {:,}", int(float(f"{about:.1e}"))) if about else "more than a billion"
        super().__init__(
            said(
                "At support {} {} itemsets would come out; {:,} are held at most.",
                support,
                many,
                budget,
            ),
            said("Raise the support: {:f} would do.", advice.support)
            if advice.support
            else "Too many items stand in the same baskets: limit itemsets to two items.",
        )
        self.support, self.budget, self.advice = support, budget, advice
