"""NBD-Dirichlet: what penetration, purchase rate and loyalty a brand of its share has in a market, from panel totals.

Goodhardt, Ehrenberg & Chatfield, "The Dirichlet: a comprehensive model of buying behaviour", Journal of the Royal
Statistical Society A 147 (1984): category purchases are negative binomial, the choice among brands is Dirichlet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import gammaln

from data.errors import BadRequest

Numbers = npt.NDArray[np.float64]

TAIL = 1e-9
RAREST = 1e-6  # of households, who may buy more often than MOST_PURCHASES
MOST_PURCHASES = 5_000
MOST_SHARE = 1 - 1e-6
LEAST = 1e-6  # under one in a million nothing is told of anybody
S_BOUNDS = (1e-3, 1e3)


@dataclass(frozen=True, slots=True)
class PanelBrand:
    """A brand as a panel tells of it: its part of all purchases and the part of all households that bought it."""

    name: str
    share: float
    penetration: float


@dataclass(frozen=True, slots=True)
class ExpectedBrand:
    """What a brand of its share has by the model: buyers of all households (0 to 1), purchases of it a buyer, and the
    share of its buyers' category purchases that it gets (share of category requirements, 0 to 1)."""

    name: str
    share: float
    penetration: float
    rate: float
    share_of_requirements: float


@dataclass(frozen=True, slots=True)
class NbdDirichlet:
    """`m` is purchases of the category a household, `k` their spread, `s` how alike households choose."""

    m: float
    k: float
    s: float

    def purchases(self) -> Numbers:
        """P(n) of 0, 1, 2 ... purchases of the category, until what is left is under one in a thousand million."""
        n = np.arange(MOST_PURCHASES)
        logged = (
            gammaln(self.k + n) - gammaln(self.k) - gammaln(n + 1)
            - self.k * np.log1p(self.m / self.k) + n * np.log(self.m / (self.m + self.k))
        )  # fmt: skip
        chances: Numbers = np.exp(logged)
        return chances[: int(np.searchsorted(np.cumsum(chances), 1 - TAIL)) + 1]

    def brand(self, name: str, share: float) -> ExpectedBrand:
        chances = self.purchases()
        n = np.arange(len(chances))
        bought = 1 - _never(n, share, self.s)
        penetration = float(chances @ bought)
        rate = self.m * share / penetration
        of_category = float((n * chances) @ bought) / penetration
        return ExpectedBrand(name, share, penetration, rate, rate / of_category)


def nbd_dirichlet(penetration: float, rate: float, brands: Sequence[PanelBrand]) -> NbdDirichlet:
    """The model of a market in which that part of households buys the category, at that many purchases a buyer.

    k solves 1 - penetration = (1 + m / k)^-k; s is for each brand what gives its penetration, averaged by share.
    Raises BadRequest for totals that cannot be.
    """
    check_panel(penetration, rate, brands)
    m = penetration * rate
    k = brentq(lambda logged: _empty(m, np.exp(logged)) - (1 - penetration), -12, 12)
    if NbdDirichlet(m, float(np.exp(k)), 1.0).purchases().sum() < 1 - RAREST:
        raise BadRequest(
            f"{rate:g} purchases a buyer are more than the model is reckoned for.", "Take a shorter period."
        )
    found = [(brand.share, _choice(m, float(np.exp(k)), brand)) for brand in brands]
    told = [(share, s) for share, s in found if s is not None]
    if not told:
        raise BadRequest(
            "No brand's share and penetration go together in any market.",
            "Look whether both are of one period.",
        )
    weights = sum(share for share, _ in told)
    return NbdDirichlet(m, float(np.exp(k)), sum(share * s for share, s in told) / weights)


def check_panel(penetration: float, rate: float, brands: Sequence[PanelBrand]) -> None:
    """Raise BadRequest, in words, for totals that cannot be."""
    if not brands:
        raise BadRequest("The panel names no brand.", "Give each brand's share and penetration.")
    parts = [penetration, *(each.share for each in brands), *(each.penetration for each in brands)]
    if any(each > 1 for each in parts):
        raise BadRequest("Shares and penetrations go from 0 to 1, and one is over 1.", "Write 56% as 0.56.")
    if not all(each > LEAST for each in parts) or penetration == 1:
        raise BadRequest("Shares and penetrations lie between 0 and 1.", "Leave out brands that nobody buys.")
    if any(each.share > MOST_SHARE for each in brands):
        raise BadRequest(
            "A brand has all purchases, so nobody has a choice to tell of.", "Name the brands beside it too."
        )
    if sum(each.share for each in brands) > 1.005:
        raise BadRequest(
            "The brands' shares come to more than all purchases.", "Give each its part of all, 0 to 1."
        )
    if not rate > -np.log(1 - penetration) / penetration:
        raise BadRequest(
            f"{rate:g} purchases a buyer are too few for a penetration of {penetration:g}.",
            "Give the purchases of the category by those who bought it, in the same period.",
        )


def _empty(m: float, k: float) -> float:
    return float(np.exp(-k * np.log1p(m / k)))


def _never(n: npt.NDArray[np.int64], share: float, s: float) -> Numbers:
    """The chance that none of n purchases is of a brand of that share."""
    rest = s * (1 - share)
    found: Numbers = np.exp(gammaln(s) - gammaln(s + n) + gammaln(rest + n) - gammaln(rest))
    return found


def _choice(m: float, k: float, brand: PanelBrand) -> float | None:
    """The s at which the brand has its penetration; None where no s gives it."""

    def off(logged: float) -> float:
        return (
            NbdDirichlet(m, k, float(np.exp(logged))).brand(brand.name, brand.share).penetration
            - brand.penetration
        )

    low, high = np.log(S_BOUNDS)
    if off(low) * off(high) > 0:
        return None
    return float(np.exp(brentq(off, low, high)))
