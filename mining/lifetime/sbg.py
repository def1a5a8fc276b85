"""sBG: how many of a cohort under contract renew, again and again: each leaves with a chance of its own.

Fader & Hardie, "How to project customer retention", Journal of Interactive Marketing 21 (2007). Retention rises with
time because those who leave easily leave first. Time counts in renewals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, hyp2f1, psi

from data.errors import BadRequest
from mining.lifetime.delta_estimate import DeltaEstimate, slopes
from mining.lifetime.maximum_likelihood import Likeliest, Likelihood, likeliest
from mining.lifetime.model_refusals import Doubt, NotConverged, ParameterAtBorder
from mining.lifetime.purchase_histories import Numbers

NAMES = ("alpha", "beta")


@dataclass(frozen=True, slots=True)
class ShiftedBetaGeometric:
    """Chances to leave at a renewal are beta(`alpha`, `beta`)."""

    alpha: float
    beta: float

    def survival(self, renewals: Numbers) -> Numbers:
        """Equation 6: the share that is left after so many renewals."""
        found: Numbers = np.exp(betaln(self.alpha, self.beta + renewals) - betaln(self.alpha, self.beta))
        return found

    def retention(self, renewals: Numbers) -> Numbers:
        """Equation 8: of those left before the n-th renewal, the share that renews."""
        found: Numbers = (self.beta + renewals - 1) / (self.alpha + self.beta + renewals - 1)
        return found

    def residual(self, renewals: Numbers, rate: float) -> Numbers:
        """Discounted expected residual lifetime of who has renewed so often, in payments, the next renewal's first
        and undiscounted; `rate` is that of a renewal period (Fader & Hardie 2010, equation 6)."""
        retained = self.retention(renewals + 1)
        series = hyp2f1(1, self.beta + renewals + 1, self.alpha + self.beta + renewals + 1, 1 / (1 + rate))
        found: Numbers = retained * series
        return found

    def with_logs(self, logs: Numbers) -> ShiftedBetaGeometric:
        """The model of these logarithms of alpha and beta."""
        return ShiftedBetaGeometric(*np.exp(logs).tolist())

    @property
    def logs(self) -> Numbers:
        return np.log([self.alpha, self.beta])


@dataclass(frozen=True, slots=True, eq=False)
class FittedRenewals:
    """The likeliest `model`, the point `found`, and what is in doubt."""

    model: ShiftedBetaGeometric
    found: Likeliest
    doubts: tuple[Doubt, ...]

    def survival(self, renewals: Sequence[int]) -> DeltaEstimate:
        """The share left after each number of renewals; `probability()` is its interval."""
        at = np.asarray(renewals, dtype=np.float64)
        changes = slopes(lambda logs: self.model.with_logs(logs).survival(at), self.model.logs)
        return DeltaEstimate(self.model.survival(at), changes, np.zeros(len(at)), self.found.robust)


def fit_renewals(cohorts: Sequence[Sequence[int]]) -> FittedRenewals:
    """The likeliest sBG of cohorts: of each, how many began, then how many were left after each renewal so far.

    Raises BadRequest for counts that rise or are negative, or when nobody leaves or nobody is ever seen to renew.
    """
    counts = [np.asarray(each, dtype=np.float64) for each in cohorts]
    for each in counts:
        if len(each) < 2 or (np.diff(each) > 0).any() or each[-1] < 0:
            raise BadRequest(
                f"{[int(count) for count in each]} is no cohort: it must begin, and never grow.",
                "Give how many began, then how many were left after each renewal.",
            )
    longest = max(map(len, counts), default=1) - 1
    left, stayed = np.zeros(longest), np.zeros(longest)
    for each in counts:
        left[: len(each) - 1] -= np.diff(each)
        stayed[len(each) - 2] += each[-1]
    if left.sum() == 0 or stayed.sum() + left[1:].sum() == 0:
        raise BadRequest("All of them stayed, or all left at once.", "Take cohorts of more renewals.")
    return _fitted(left, stayed)


def _fitted(left: Numbers, stayed: Numbers) -> FittedRenewals:
    start = ShiftedBetaGeometric(1.0, 1.0)

    def scores(logs: Numbers) -> tuple[Numbers, Numbers]:
        return _scores(start.with_logs(logs), len(left))

    found = likeliest(Likelihood(scores, np.concatenate([left, stayed])), start.logs, NAMES)
    doubts: list[Doubt] = [] if found.converged else [NotConverged("sBG model")]
    if found.at_border:
        doubts.append(ParameterAtBorder("sBG model", found.at_border))
    return FittedRenewals(start.with_logs(found.logs), found, tuple(doubts))


def _scores(model: ShiftedBetaGeometric, longest: int) -> tuple[Numbers, Numbers]:
    """log P(leaves at t), then log P(left after t), t from 1 to `longest`, with their derivatives by logarithms."""
    alpha, beta, at = model.alpha, model.beta, np.arange(1.0, longest + 1)
    whole = betaln(alpha, beta)
    total = psi(alpha + beta)
    found = np.concatenate([betaln(alpha + 1, beta + at - 1), betaln(alpha, beta + at)]) - whole
    together = psi(alpha + beta + at)
    by_alpha = np.concatenate([psi(alpha + 1) - together, psi(alpha) - together]) - psi(alpha) + total
    by_beta = np.concatenate([psi(beta + at - 1) - together, psi(beta + at) - together]) - psi(beta) + total
    return found, np.stack([alpha * by_alpha, beta * by_beta])
