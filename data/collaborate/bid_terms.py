"""What an offer of a price is held against: cost, list price, floor and rule, and what is odd about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from data.collaborate.price_bid import PriceBid
from data.collaborate.price_rules import PriceRule

CENT = Decimal("0.01")
SLIP = 10  # times the price asked: one decimal too many


@dataclass(frozen=True, slots=True)
class BidTerms:
    """`cost` and `listed` are money a piece as of the day, None where not known; `asked` is what this customer was
    asked, the list price where that is not told. `places` is the member of each level that a rule can be of; `rule` the
    narrowest that fits. `currency` is that of report."""

    cost: Decimal | None = None
    listed: Decimal | None = None
    asked: Decimal | None = None
    rule: PriceRule | None = None
    currency: str = ""
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def floor(self) -> Decimal | None:
        """Cost and the least margin, a cent at least; None where the cost is not known.

        >>> BidTerms(Decimal("10.001")).floor
        Decimal('10.01')
        """
        if self.cost is None:
            return None
        least = self.rule.least_margin if self.rule else Decimal(0)
        return (self.cost * (100 + least) / 100).quantize(CENT, ROUND_CEILING)

    def margin(self, price: Decimal, pieces: Decimal) -> Decimal | None:
        """What is earned on so many at a price; None where the cost is not known."""
        return None if self.cost is None else (price - self.cost) * pieces


def doubts(bid: PriceBid, terms: BidTerms) -> tuple[str, ...]:
    """What cannot be right about an offer, a sentence each: no rule answers it then."""
    found = []
    if bid.price is None or bid.price <= 0:
        found.append("It names no price.")
    if bid.quantity is not None and bid.quantity <= 0:
        found.append("It wants no piece.")
    if bid.currency and terms.currency and bid.currency != terms.currency:
        found.append(f"It is in {bid.currency}, prices and costs in {terms.currency}.")
    if terms.asked and bid.price is not None and bid.price >= SLIP * terms.asked:
        found.append(
            f"It is {bid.price / terms.asked:,.0f} times the price asked: a decimal may have slipped."
        )
    return tuple(found)
