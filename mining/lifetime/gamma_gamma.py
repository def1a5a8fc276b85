"""Gamma-Gamma: what a customer spends on a day of purchase, its own mean drawn towards everybody's.

Fader & Hardie, "The Gamma-Gamma model of monetary value" (2013); Colombo & Jiang (1999). It takes repeat purchases
only, leaves the first out, and holds where how often and how much do not go together: `correlation` says whether.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln, psi

from data.errors import BadRequest
from mining.lifetime.delta_estimate import DeltaEstimate, slopes
from mining.lifetime.maximum_likelihood import Likeliest, Likelihood, likeliest
from mining.lifetime.model_refusals import (
    FEWEST_REPEAT_BUYERS,
    Doubt,
    NotConverged,
    ParameterAtBorder,
    customers_counted,
)
from mining.lifetime.purchase_histories import Numbers, PurchaseHistories

NAMES = ("p", "q", "v")
NOTABLE = 0.3


@dataclass(frozen=True, slots=True)
class SpendDependsOnFrequency:
    """The model's one condition, broken."""

    correlation: float

    def __str__(self) -> str:
        more = "more" if self.correlation > 0 else "less"
        return (
            f"Who buys more often spends {more} a day (correlation {self.correlation:.2f}): the Gamma-Gamma model "
            "takes the two for independent, so values lean to one side. Compare groups of similar frequency."
        )


@dataclass(frozen=True, slots=True)
class MeanSpendWithoutEnd:
    """So few customers spend so much that their mean cannot be told."""

    q: float

    def __str__(self) -> str:
        return (
            f"Mean spend differs so much between customers (q = {self.q:.2f}, where more than 1 is needed) that no "
            "mean can be expected of who did not come back. Look for orders of other kinds among them."
        )


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Spend of a day is gamma(`p`, nu), nu of each customer gamma(`q`, `v`); money in the histories' own."""

    p: float
    q: float
    v: float

    def scores(self, repeats: Numbers, spend: Numbers) -> tuple[Numbers, Numbers]:
        """Equation 1a: the log-likelihood of each customer with a repeat, and its derivatives by logarithms."""
        p, q, v = self.p, self.q, self.v
        shape, scale = p * repeats, v + repeats * spend
        log_scale, log_sum = np.log(scale), np.log(repeats * spend)
        found = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v)
        found = found + shape * log_sum - np.log(spend) - (shape + q) * log_scale
        by_p = repeats * (psi(shape + q) - psi(shape) + log_sum - log_scale)
        by_q = psi(shape + q) - psi(q) + np.log(v) - log_scale
        by_v = q / v - (shape + q) / scale
        return found, np.stack([p * by_p, q * by_q, v * by_v])

    def expected(self, repeats: Numbers, spend: Numbers) -> Numbers:
        """Equation 5: the mean spend of a day of purchase; without repeats everybody's, p v / (q - 1)."""
        found: Numbers = self.p * (self.v + repeats * spend) / (self.p * repeats + self.q - 1)
        return found

    def squares(self, repeats: Numbers, spend: Numbers) -> tuple[Numbers, Numbers]:
        """The mean square of a customer's own mean, and the mean variance of a day around it; infinite for p x + q
        of 2 or less."""
        over = self.p * repeats + self.q - 1
        wide = np.where(
            over > 1, (self.v + repeats * spend) ** 2 / over / np.maximum(over - 1, 1e-300), np.inf
        )
        return self.p**2 * wide, self.p * wide

    def with_logs(self, logs: Numbers) -> GammaGamma:
        """The model of these logarithms of p, q and v."""
        return GammaGamma(*np.exp(logs).tolist())

    @property
    def logs(self) -> Numbers:
        return np.log([self.p, self.q, self.v])


@dataclass(frozen=True, slots=True, eq=False)
class FittedSpend:
    """The likeliest `model`, the point `found`, whom it was fitted to, and what is in doubt.

    `correlation` is Pearson's between repeats and mean spend of the `customers` with both.
    """

    model: GammaGamma
    found: Likeliest
    histories: PurchaseHistories
    customers: int
    correlation: float
    doubts: tuple[Doubt | SpendDependsOnFrequency, ...]

    @property
    def expected(self) -> DeltaEstimate:
        """Mean spend of a day of purchase, one entry a customer of the histories."""
        repeats, spend = _all(self.histories)
        value = self.model.expected(repeats, spend)
        changes = slopes(lambda logs: self.model.with_logs(logs).expected(repeats, spend), self.model.logs)
        return DeltaEstimate(value, changes, np.zeros(len(value)), self.found.robust)

    @property
    def squares(self) -> tuple[Numbers, Numbers]:
        """`GammaGamma.squares` of each customer of the histories."""
        return self.model.squares(*_all(self.histories))


def fit_spend(histories: PurchaseHistories) -> FittedSpend:
    """The likeliest Gamma-Gamma of customers with repeats and spend above 0; the others stay out.

    Raises BadRequest where fewer than 100 are left, where all spend the same, or where no mean can be told.
    """
    repeats, spend = _all(histories)
    used = (repeats > 0) & (spend > 0)
    repeats, spend = repeats[used], spend[used]
    _check(spend)
    unit = float(spend.mean())
    start = GammaGamma(2.0, 4.0, 2.0)

    def scores(logs: Numbers) -> tuple[Numbers, Numbers]:
        return start.with_logs(logs).scores(repeats, spend / unit)

    found = likeliest(Likelihood(scores, np.ones(len(spend))), start.logs, NAMES)
    found = replace(
        found,
        logs=found.logs + np.array([0, 0, np.log(unit)]),
        log_likelihood=found.log_likelihood - len(spend) * np.log(unit),
    )
    model = start.with_logs(found.logs)
    if model.q <= 1:
        raise BadRequest(*_parted(str(MeanSpendWithoutEnd(model.q))))
    correlation = float(np.corrcoef(repeats, spend)[0, 1]) if repeats.std() > 0 else 0.0
    return FittedSpend(model, found, histories, len(spend), correlation, _doubts(found, correlation))


def _all(histories: PurchaseHistories) -> tuple[Numbers, Numbers]:
    """Repeats and spend of each customer; 0 where there is none of either."""
    if "repeat_spend" not in histories.frame.columns:
        raise BadRequest("The purchase histories say nothing of money.", "Give them repeat_spend.")
    spend = histories.frame["repeat_spend"]
    known = spend.is_not_null().to_numpy()
    return np.where(known, histories.repeats, 0).astype(np.float64), spend.fill_null(0.0).to_numpy()


def _check(spend: Numbers) -> None:
    if len(spend) < FEWEST_REPEAT_BUYERS:
        raise BadRequest(
            f"Only {customers_counted(len(spend))} came back and spent something; mean spend needs "
            f"{FEWEST_REPEAT_BUYERS}.",
            "Take a longer period or more customers.",
        )
    if spend.max() - spend.min() <= 1e-9 * spend.max():
        raise BadRequest(
            "All customers spend the same on a day of purchase.", "Take that sum as their mean spend."
        )


def _doubts(found: Likeliest, correlation: float) -> tuple[Doubt | SpendDependsOnFrequency, ...]:
    doubts: list[Doubt | SpendDependsOnFrequency] = []
    if not found.converged:
        doubts.append(NotConverged("Gamma-Gamma model"))
    if found.at_border:
        doubts.append(ParameterAtBorder("Gamma-Gamma model", found.at_border))
    if abs(correlation) > NOTABLE:
        doubts.append(SpendDependsOnFrequency(correlation))
    return tuple(doubts)


def _parted(words: str) -> tuple[str, str]:
    problem, _, remedy = words.rpartition(". ")
    return f"{problem}.", remedy
