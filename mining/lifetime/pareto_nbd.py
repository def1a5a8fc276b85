"""Pareto/NBD: a customer buys at a rate of its own until it leaves, at a time that purchases do not move.

Schmittlein, Morrison & Colombo, "Counting your customers", Management Science 33 (1987). The likelihood is the
integral over the time of leaving, all of whose terms are positive: differences of hypergeometric functions, as in
Fader & Hardie's note of 2005, are log 0 for customers who came back three hundred times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy.special import betainc, expit, gammaln, psi

from mining.lifetime.purchase_histories import DistinctHistories, KnownFor, Numbers
from mining.lifetime.purchase_model import Lives, PurchaseModel, even_share
from mining.lifetime.quadrature import in_logarithm

NODES = 18
FALLEN = 40.0
ROWS_AT_ONCE = 1_024


@dataclass(frozen=True)
class ParetoNbd(PurchaseModel):
    """Rates of purchase are gamma(`r`, `alpha`), rates of leaving gamma(`s`, `beta`)."""

    r: float
    alpha: float
    s: float
    beta: float

    ESTIMATED: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    TIMES: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    NAME: ClassVar[str] = "Pareto/NBD"

    @classmethod
    def start(cls, rows: DistinctHistories) -> Self:
        age = float(rows.weights @ rows.age / rows.weights.sum()) + 1
        return cls(rows.unit, 1.0, age, 1.0, age)

    def log_prior(self, start: Self) -> tuple[float, Numbers]:
        """1 / (1 + r) and 1 / (1 + s) are even between 0 and 1, log alpha knows nothing; beta lies about the mean
        age of customers, for of who leaves far later the data say nothing."""
        of_rates, by_r = even_share(float(np.log(self.r)))
        of_leaving, by_s = even_share(float(np.log(self.s)))
        of_time, by_beta = even_share(float(np.log(self.beta / start.beta)))
        return of_rates + of_leaving + of_time, np.array([by_r, 0.0, by_s, by_beta])

    def scores(self, rows: DistinctHistories) -> tuple[Numbers, Numbers]:
        """Equation 15 of Fader & Hardie 2005, the integral kept as it stands."""
        x, age = rows.repeats, rows.age
        counts = self.r + np.arange(int(x.max()) + 1.0)
        integral, *inner = _in_parts(rows, self._integrals)
        stays, leaves = self._log_stays(rows), np.log(self.s) + integral
        alive = expit(stays - leaves)
        gone = 1 - alive
        constant = self.r * np.log(self.alpha) + self.s * np.log(self.beta) - gammaln(self.r)
        found = gammaln(counts)[x] + constant + np.logaddexp(stays, leaves)
        far_alpha, far_beta = self.alpha + age, self.beta + age
        slopes = [
            psi(counts)[x] - psi(self.r) + np.log(self.alpha) - alive * np.log(far_alpha) - gone * inner[0],
            self.r / self.alpha - (self.r + x) * (alive / far_alpha + gone * inner[1]),
            np.log(self.beta) + gone / self.s - alive * np.log(far_beta) - gone * inner[2],
            self.s / self.beta - alive * self.s / far_beta - gone * (self.s + 1) * inner[3],
        ]
        return found, np.exp(self.logs)[:, None] * np.stack(slopes)

    def phases(self, rows: DistinctHistories) -> Numbers:
        integral = _in_parts(rows, self._integrals)[0]
        alive: Numbers = expit(self._log_stays(rows) - np.log(self.s) - integral)[None]
        return alive

    def coming(self, horizon: float, pairs: KnownFor) -> Numbers:
        """Equation 41 of Fader & Hardie 2005, given alive."""
        since = self.beta + pairs.age
        later, power = np.log1p(horizon / since), self.s - 1
        lasts = -np.expm1(-power * later) / power if abs(power) > 1e-9 else later
        found: Numbers = (self.r + pairs.repeats) / (self.alpha + pairs.age) * since * lasts
        return found[None]

    def at_least(self, count: int, horizon: float, pairs: KnownFor) -> Numbers:
        """Over the time that is left: of a length, or the whole horizon."""
        since, age, shape = self.beta + pairs.age, self.alpha + pairs.age, self.r + pairs.repeats
        near = self._near(pairs)
        moved, weights = in_logarithm(np.zeros(len(pairs)), np.full(len(pairs), horizon), near, NODES)
        ends = moved - near
        density = self.s / (since + ends) * (since / (since + ends)) ** self.s
        leaves = (weights * density * betainc(count, shape, ends / (age + ends))).sum(axis=0)
        stays = (since / (since + horizon)) ** self.s * betainc(count, shape, horizon / (age + horizon))
        found: Numbers = leaves + stays
        return found[None]

    def draw(self, size: int, random: np.random.Generator) -> Lives:
        leaving = random.gamma(self.s, 1 / self.beta, size)
        ends = random.exponential(1, size) / np.maximum(leaving, 1e-300)
        return Lives(random.gamma(self.r, 1 / self.alpha, size), 1, np.full(size, np.inf), ends)

    def _near(self, pairs: KnownFor) -> float:
        """The scale within which the future of the most different customers changes."""
        return float(min(self.alpha, self.beta) + pairs.age.min())

    def _log_stays(self, rows: DistinctHistories) -> Numbers:
        found: Numbers = -(self.r + rows.repeats) * np.log(self.alpha + rows.age) - self.s * np.log(
            self.beta + rows.age
        )
        return found

    def _integrals(self, rows: DistinctHistories) -> Numbers:
        """The logarithm of the integral of (alpha + t)^-(r + x) (beta + t)^-(s + 1) from t_x to T; and under it the
        means of log(alpha + t), 1 / (alpha + t), log(beta + t), 1 / (beta + t) (5 x rows)."""
        power, start, stop = self.r + rows.repeats, rows.recency, rows.age
        fallen = (self.alpha + start) * np.expm1(np.minimum(FALLEN / power, 700.0))
        stop = np.minimum(stop, start + fallen)
        near, far = sorted((self.alpha, self.beta))
        moved, weights = in_logarithm(start, stop, near, NODES)
        further = moved + (far - near)
        both = [(np.log(each), 1 / each) for each in (moved, further)]
        (log_alpha, by_alpha), (log_beta, by_beta) = both if self.alpha <= self.beta else both[::-1]
        first_alpha, first_beta = np.log(self.alpha + start), np.log(self.beta + start)
        fall = np.exp(-power * (log_alpha - first_alpha) - (self.s + 1) * (log_beta - first_beta)) * weights
        whole = np.maximum(fall.sum(axis=0), 1e-300)
        means = [
            np.einsum("ij,ij->j", fall, each) / whole for each in (log_alpha, by_alpha, log_beta, by_beta)
        ]
        log_whole = np.log(whole) - power * first_alpha - (self.s + 1) * first_beta
        return np.stack([log_whole, *means])


def _in_parts(rows: DistinctHistories, of: Callable[[DistinctHistories], Numbers]) -> Numbers:
    """Row by row in parts that fit the processor's cache."""
    parts = [of(rows.take(each)) for each in rows.parts(ROWS_AT_ONCE)]
    return np.concatenate(parts, axis=1)
