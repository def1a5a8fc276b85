"""Thresholds: the steps of the sliders, and what they ask for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from mining.patterns.exact_shares import count_at_least
from pages.ui.style import locales

STEPS = tuple(map(Decimal, ("1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8")))
CONFIDENCES = tuple(
    map(Decimal, ("0.01", "0.02", "0.05", *(f"0.{each}" for each in range(10, 100, 5)), "0.98", "1"))
)
LARGEST = Decimal("0.5")
FEWEST = 2


def supports(baskets: int, *also: Decimal) -> list[Decimal]:
    """Ten steps a decade, from two baskets to half of all, and the values named."""
    least = Decimal(FEWEST) / max(baskets, 4)
    decades = range(least.adjusted(), 0)
    steps = {(step.scaleb(decade)).normalize() for decade in decades for step in STEPS}
    return merged((step for step in steps if least <= step <= LARGEST), *also)


def merged(steps: Iterable[Decimal], *also: Decimal) -> list[Decimal]:
    """The steps in order, and the values named; of equal ones the value named."""
    return sorted({each: each for each in (*also, *steps)})


def percent(value: Decimal) -> str:
    """
    >>> percent(Decimal("0.00025"))
    '0.025%'
    """
    here = locales.current()
    return f"{(value * 100).normalize():f}".replace(".", here.decimal) + here.percent


def at_least(support: Decimal, baskets: int) -> int:
    """How many baskets a support asks for."""
    return count_at_least(Fraction(support), baskets)
