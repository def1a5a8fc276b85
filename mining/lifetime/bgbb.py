"""BG/BB: customers who can buy only at given opportunities (a yearly gift, a season), and may leave between them.

Fader, Hardie & Shang, "Customer-base analysis in a discrete-time noncontractual setting", Marketing Science 29 (2010).
Time counts in opportunities: x bought of n, the last at the t_x-th.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, psi

from data.errors import BadRequest
from mining.lifetime.delta_estimate import DeltaEstimate, slopes
from mining.lifetime.maximum_likelihood import Likeliest, Likelihood, likeliest
from mining.lifetime.model_refusals import Doubt, NotConverged, ParameterAtBorder
from mining.lifetime.purchase_histories import Counts, Numbers

NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True, slots=True, eq=False)
class Opportunities:
    """Different (x, t_x, n), one row each; `weights` customers have it."""

    bought: Counts
    last: Counts
    seen: Counts
    weights: Counts


@dataclass(frozen=True, slots=True)
class BgBb:
    """Chances to buy are beta(`alpha`, `beta`), to leave before an opportunity beta(`gamma`, `delta`)."""

    alpha: float
    beta: float
    gamma: float
    delta: float

    def scores(self, rows: Opportunities) -> tuple[Numbers, Numbers]:
        """Equation 7, and its derivatives by logarithms."""
        terms = self._terms(rows)
        top = terms.max(axis=0)
        shares = np.exp(terms - top)
        whole = shares.sum(axis=0)
        shares /= whole
        x, ends, stays = self._places(rows)
        buys, passes = self.alpha + x, self.beta + ends - x
        both = psi(self.alpha + self.beta) - psi(self.alpha + self.beta + ends)
        gone = np.arange(len(terms))[:, None] > 0
        leaving = psi(self.gamma + self.delta) - psi(self.gamma + self.delta + stays + gone)
        slopes_of = (
            psi(buys) - psi(self.alpha) + both,
            psi(passes) - psi(self.beta) + both,
            np.where(gone, 1 / self.gamma, 0) + leaving,
            psi(self.delta + stays) - psi(self.delta) + leaving,
        )
        by_logs = [
            p * (shares * each).sum(axis=0) for p, each in zip(np.exp(self.logs), slopes_of, strict=True)
        ]
        return np.log(whole) + top, np.stack(by_logs)

    def alive(self, rows: Opportunities) -> Numbers:
        """Equation 11: the probability to be there at the next opportunity."""
        stays = (self.delta + rows.seen) / (self.gamma + self.delta + rows.seen)
        found: Numbers = np.exp(self._terms(rows)[0] - self.scores(rows)[0]) * stays
        return found

    def expected(self, opportunities: int, rows: Opportunities) -> Numbers:
        """Equation 13: purchases at the next so many opportunities."""
        a, b, c, d, n = self.alpha, self.beta, self.gamma, self.delta, rows.seen
        stays = np.exp(self._terms(rows)[0] - self.scores(rows)[0])
        buys = (a + rows.bought) / (a + b + n)
        later = np.arange(1, opportunities + 1)[:, None]
        left = np.exp(betaln(c, d + n + later) - betaln(c, d + n)).sum(axis=0)
        found: Numbers = stays * buys * left
        return found

    def buys_within(self, opportunities: int, rows: Opportunities) -> Numbers:
        """The probability of one purchase or more at the next so many opportunities."""
        a, b, c, d, n = self.alpha, self.beta, self.gamma, self.delta, rows.seen
        stays = np.exp(self._terms(rows)[0] - self.scores(rows)[0])
        passed = b + n - rows.bought
        found = np.zeros(len(n))
        for later in range(1, opportunities + 1):
            left = np.exp(betaln(c, d + n + later) - betaln(c, d + n))
            first = np.exp(betaln(a + rows.bought + 1, passed + later - 1) - betaln(a + rows.bought, passed))
            found += left * first
        bought: Numbers = stays * found
        return bought

    def with_logs(self, logs: Numbers) -> BgBb:
        """The model of these logarithms of its parameters."""
        return BgBb(*np.exp(logs).tolist())

    @property
    def logs(self) -> Numbers:
        return np.log([self.alpha, self.beta, self.gamma, self.delta])

    def _places(self, rows: Opportunities) -> tuple[Numbers, Numbers, Numbers]:
        """x, the opportunities that count for purchases, and those survived; row 0: all; row i: left at t_x + i - 1."""
        silent = int((rows.seen - rows.last).max())
        ends = np.minimum(rows.last + np.arange(silent)[:, None], rows.seen)
        ends = np.concatenate([rows.seen[None], ends]).astype(np.float64)
        return rows.bought.astype(np.float64), ends, ends

    def _terms(self, rows: Opportunities) -> Numbers:
        """The logarithms of the parts of the likelihood: alive to the end, or gone after each silent opportunity."""
        x, ends, stays = self._places(rows)
        gone = np.arange(len(ends))[:, None] > 0
        bought = betaln(self.alpha + x, self.beta + ends - x) - betaln(self.alpha, self.beta)
        left = betaln(self.gamma + gone, self.delta + stays) - betaln(self.gamma, self.delta)
        never = gone & (ends >= rows.seen)
        found: Numbers = np.where(never, -np.inf, bought + left)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class FittedOpportunities:
    """The likeliest `model` of `rows`, the point `found`, and what is in doubt."""

    model: BgBb
    found: Likeliest
    rows: Opportunities
    doubts: tuple[Doubt, ...]

    def expected(self, opportunities: int) -> DeltaEstimate:
        """Purchases to come of each row; its noise is not told, so only the expectation has an interval."""
        changes = slopes(
            lambda logs: self.model.with_logs(logs).expected(opportunities, self.rows), self.model.logs
        )
        value = self.model.expected(opportunities, self.rows)
        return DeltaEstimate(value, changes, np.full(len(value), np.inf), self.found.robust)


def fit_opportunities(rows: Opportunities) -> FittedOpportunities:
    """The likeliest BG/BB. Raises BadRequest for counts that cannot be."""
    bought, last, seen = rows.bought, rows.last, rows.seen
    wrong = (bought < 0) | (last > seen) | (bought > last) | ((bought == 0) & (last > 0)) | (rows.weights < 0)
    if not len(bought) or wrong.any():
        raise BadRequest(
            "Some customers bought more often than there were opportunities, or there are none.",
            "Give x of n opportunities, the last purchase at the t_x-th.",
        )
    start = BgBb(1.0, 1.0, 1.0, 1.0)
    weights = rows.weights.astype(np.float64)
    likelihood = Likelihood(lambda logs: start.with_logs(logs).scores(rows), weights)
    found = likeliest(likelihood, start.logs, NAMES)
    doubts: list[Doubt] = [] if found.converged else [NotConverged("BG/BB")]
    if found.at_border:
        doubts.append(ParameterAtBorder("BG/BB", found.at_border))
    return FittedOpportunities(start.with_logs(found.logs), found, rows, tuple(doubts))
