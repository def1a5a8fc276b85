"""How much a period is like the one before it: taken off before anything is tested, else any wave is news.

First-order autocorrelation, generalised least squares (Prais & Winsten 1954).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mining.trends.trend_effect import Numbers

GRID = np.round(np.arange(0, 1.0, 0.1), 1)
DRAWS = 200
Residuals = Callable[[Numbers], Numbers]


def whitened(columns: Numbers, correlation: float) -> Numbers:
    """Columns (periods x any) whose noise of that autocorrelation has none left, and keeps its variance's scale."""
    found = columns - correlation * np.vstack([np.zeros_like(columns[:1]), columns[:-1]])
    found[0] = np.sqrt(1 - correlation**2) * columns[0]
    return found


def simulated(periods: int, correlation: float, count: int, random: np.random.Generator) -> Numbers:
    """Gaussian noise of that autocorrelation (count x periods), of variance 1 / (1 - correlation^2)."""
    noise = random.standard_normal((periods, count))
    noise[0] /= np.sqrt(1 - correlation**2)
    for at in range(1, periods):
        noise[at] += correlation * noise[at - 1]
    return noise.T


def lag_one(residuals: Numbers) -> Numbers:
    """The first autocorrelation of each row; 0 of rows without any variation."""
    upper = (residuals[:, 1:] * residuals[:, :-1]).sum(axis=1)
    lower = (residuals**2).sum(axis=1)
    found: Numbers = np.divide(upper, lower, out=np.zeros_like(upper), where=lower > 0)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class FittedCorrelations:
    """What the residuals of a fit look like where the noise's autocorrelation is known: `means` of the first
    autocorrelation of simulated ones by that of GRID, and `draws` of it (GRID x draws)."""

    means: Numbers
    draws: Numbers

    def of(self, residuals: Numbers) -> Numbers:
        """The autocorrelation of each series on GRID, from its residuals (series x periods).

        Residuals of a fit look less correlated than the noise was. So that one is taken whose residuals look like these
        on average (indirect inference). A series of few periods tells little: its own is drawn to the median of all as
        far as their scatter is no more than chance makes (empirical Bayes), and never taken as less than the median,
        since to take too little makes news of nothing.
        """
        own = self._read(lag_one(residuals))
        middle = float(np.median(own))
        of_chance = self._read(self.draws[round(middle * 10)]).var()
        between = max(float(own.var()) - of_chance, 0.0)
        drawn = middle + (own - middle) * between / (between + of_chance)
        at = np.ceil(np.clip(np.maximum(drawn, middle), 0, GRID[-1]) * 10 - 0.5).astype(int)
        found: Numbers = GRID[at]
        return found

    def _read(self, seen: Numbers) -> Numbers:
        found: Numbers = np.interp(seen, self.means + 1e-9 * GRID, GRID)
        return found


def fitted_correlations(periods: int, residuals: Residuals) -> FittedCorrelations:
    """From simulated series of so many periods, fitted by `residuals`."""
    random = np.random.default_rng(0)
    draws = np.array([lag_one(residuals(simulated(periods, each, DRAWS, random))) for each in GRID])
    return FittedCorrelations(np.maximum.accumulate(draws.mean(axis=1)), draws)
