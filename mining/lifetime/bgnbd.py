"""BG/NBD: how many purchases may yet come from each customer, by how many came, when the last, and for how long known.

Fader, Hardie & Lee, "'Counting your customers' the easy way: an alternative to the Pareto/NBD model", Marketing
Science 24 (2005): while alive a customer buys at a rate of its own, and after each purchase may drop out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Numbers = npt.NDArray[np.float64]

SAMPLE = 5_000
BOUNDS = ((-7.0, 7.0),) * 4


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Rates of purchase are gamma(`r`, `alpha`), chances to drop out beta(`a`, `b`); time counts in one unit."""

    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, repeats: Numbers, recency: Numbers, age: Numbers) -> Numbers:
        """Equation 6, one value a customer."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        shared = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
        alive = betaln(a, b + repeats) - betaln(a, b) - (r + repeats) * np.log(alpha + age)
        gone = (
            betaln(a + 1, b + np.maximum(repeats, 1) - 1)
            - betaln(a, b)
            - (r + repeats) * np.log(alpha + recency)
        )
        found: Numbers = shared + np.where(repeats > 0, np.logaddexp(alive, gone), alive)
        return found

    def expected(self, horizon: float, repeats: Numbers, recency: Numbers, age: Numbers) -> Numbers:
        """Equation 10: the purchases to be expected within `horizon` after `age`."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        first = (a + b + repeats - 1) / (a - 1)
        shrunk = ((alpha + age) / (alpha + age + horizon)) ** (r + repeats)
        series = hyp2f1(r + repeats, b + repeats, a + b + repeats - 1, horizon / (alpha + age + horizon))
        gone = a / (b + np.maximum(repeats, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + repeats)
        found: Numbers = first * (1 - shrunk * series) / (1 + np.where(repeats > 0, gone, 0.0))
        return found


def fit(repeats: Numbers, recency: Numbers, age: Numbers) -> BgNbd:
    """The likeliest model of customers with this many purchases after the first, the last of them `recency` after
    the first, known for `age`; beyond 5,000 customers, one in so many of them."""
    chosen = slice(None, None, 1 + len(repeats) // SAMPLE)
    columns = np.stack([repeats[chosen], recency[chosen], age[chosen]])
    rows, times = np.unique(columns, axis=1, return_counts=True)
    unit = float(age.max())

    def cost(logged: Numbers) -> float:
        model = BgNbd(*np.exp(logged))
        return float(-(times @ model.log_likelihood(rows[0], rows[1] / unit, rows[2] / unit)) / times.sum())

    found = minimize(cost, np.zeros(4), method="L-BFGS-B", bounds=BOUNDS)
    r, alpha, a, b = np.exp(found.x)
    return BgNbd(float(r), float(alpha * unit), float(a), float(b))
