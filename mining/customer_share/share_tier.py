"""The five tiers of customer share: what is known of a wallet, and that no two of them are ever added up.

A share of one tier is another quantity than a share of the next: what customers told, what a rank stands for, what
look-alikes spend, how many categories are bought, what a model of a whole market expects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from data.errors import BadRequest


class Tier(StrEnum):
    OBSERVED = "observed"
    SURVEYED = "surveyed"
    ATTAINABLE = "attainable"
    BREADTH = "breadth"
    DIRICHLET = "dirichlet"


INDEX = "an index, not a market share"
TIER_WORDS = {
    Tier.OBSERVED: "observed: of what customers say they spend with anyone",
    Tier.SURVEYED: f"surveyed: what the rank that customers give stands for, {INDEX}",
    Tier.ATTAINABLE: f"attainable: of what their look-alikes spend, {INDEX}",
    Tier.BREADTH: f"breadth: categories bought of those offered, {INDEX}",
    Tier.DIRICHLET: f"expected: by the NBD-Dirichlet model of a market, {INDEX}",
}


@dataclass(frozen=True, slots=True)
class TieredShare:
    """`own` of `whole`, both in the tier's unit (money, or categories), of any number of customers."""

    tier: Tier
    own: float
    whole: float

    def __post_init__(self) -> None:
        if not 0 <= self.own <= self.whole * (1 + 1e-12):
            raise BadRequest(
                f"{self.own:g} of {self.whole:g} is no share.",
                "What is spent here is part of the whole wallet.",
            )

    @property
    def share(self) -> float | None:
        """0 to 1; None of an empty wallet."""
        return self.own / self.whole if self.whole else None

    @property
    def head_room(self) -> float:
        return self.whole - self.own

    def __add__(self, other: TieredShare) -> TieredShare:
        """Sum over sum. Raises BadRequest for a share of another tier."""
        if self.tier is not other.tier:
            raise BadRequest(
                f"A share that is {self.tier} and one that is {other.tier} do not add up.",
                "Look at one tier at a time.",
            )
        return TieredShare(self.tier, self.own + other.own, self.whole + other.whole)


def rolled_up(tier: Tier, shares: Iterable[TieredShare]) -> TieredShare:
    """All of these as one. Raises BadRequest where one is of another tier."""
    found = TieredShare(tier, 0.0, 0.0)
    for each in shares:
        found += each
    return found
