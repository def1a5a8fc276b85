"""Numbers computed from fitted parameters, and how sure they are: the expectation's interval, and the outcome's.

The delta method: parameters err about as a normal with their covariance (of logarithms), and a number errs along its
slopes by them. An expectation's interval holds that error alone, on the scale where it is nearly normal. An outcome's
holds what chance does to people besides. A sum's error is the error of the sum: parameters err for everybody alike,
chance for each by itself, so neither ends nor variances of the whole add up from its members' ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit, logit, ndtri
from scipy.stats import gamma, nbinom

from mining.lifetime.purchase_histories import Counts, Numbers

STEP = 1e-4
LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """Both ends, one entry a number."""

    low: Numbers
    high: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class DeltaEstimate:
    """`value` a row, its `slopes` by the logarithms of parameters (parameters x rows), and `noise`, the variance of the
    outcome around `value` when parameters are right. `covariance` is that of the logarithms."""

    value: Numbers
    slopes: Numbers
    noise: Numbers
    covariance: Numbers

    @property
    def errors(self) -> Numbers:
        """Standard errors of `value`."""
        squared = ((self.covariance @ self.slopes) * self.slopes).sum(axis=0)
        found: Numbers = np.sqrt(np.maximum(squared, 0))
        return found

    def expectation(self, level: float = LEVEL) -> Interval:
        """Of a positive expectation, on its logarithm."""
        part = ndtri((1 + level) / 2) * self.errors / np.maximum(np.abs(self.value), 1e-300)
        return Interval(self.value * np.exp(-part), self.value * np.exp(part))

    def probability(self, level: float = LEVEL) -> Interval:
        """Of a probability, on its logit; 0 and 1 stay what they are."""
        inside = np.clip(self.value, 1e-15, 1 - 1e-15)
        part = ndtri((1 + level) / 2) * self.errors / (inside * (1 - inside))
        low, high = expit(logit(inside) - part), expit(logit(inside) + part)
        sure = part == 0
        return Interval(np.where(sure, self.value, low), np.where(sure, self.value, high))

    def totals(self, group_of: np.ndarray, groups: int, row_of: np.ndarray | None = None) -> DeltaEstimate:
        """One row a group: the sums over its customers, `group_of` each; `row_of` says which row a customer has."""

        def summed(column: Numbers) -> Numbers:
            each = column if row_of is None else column[row_of]
            return np.bincount(group_of, weights=each, minlength=groups).astype(np.float64)

        slopes = np.stack([summed(column) for column in self.slopes])
        return DeltaEstimate(summed(self.value), slopes, summed(self.noise), self.covariance)

    def count_outcome(self, level: float = LEVEL) -> Interval:
        """Of a number of purchases or buyers: negative binomial of the same mean and variance; where the variance is
        the smaller, as buyers' mostly is, normal to the nearest whole number."""
        mean = np.maximum(self.value, 1e-300)
        variance = self.errors**2 + self.noise
        wide = np.maximum(variance, mean * (1 + 1e-9))
        shape, spread = mean**2 / (wide - mean), np.sqrt(variance)

        def end(part: float) -> Numbers:
            near = np.maximum(np.ceil(mean + ndtri(part) * spread - 0.5), 0)
            found: Numbers = np.where(variance > mean, nbinom.ppf(part, shape, mean / wide), near)
            return found

        return Interval(*map(end, _ends(level)))

    def amount_outcome(self, level: float = LEVEL) -> Interval:
        """Of money: gamma of the same mean and variance; NaN where the noise has no end."""
        mean = np.maximum(self.value, 1e-300)
        variance = np.maximum(self.errors**2 + np.where(np.isfinite(self.noise), self.noise, np.nan), 1e-300)
        return Interval(*(gamma.ppf(end, mean**2 / variance, scale=variance / mean) for end in _ends(level)))


def slopes(of: Callable[[Numbers], Numbers], logs: Numbers) -> Numbers:
    """The derivatives of a function of logarithms of parameters, by central differences (parameters x rows)."""
    found = []
    for at in range(len(logs)):
        moved = np.zeros(len(logs))
        moved[at] = STEP
        found.append((of(logs + moved) - of(logs - moved)) / (2 * STEP))
    return np.stack(found)


def group_codes(group: pl.Series) -> tuple[pl.Series, Counts]:
    """The groups in the order in which they are met, and the place among them of each customer's."""
    names = group.unique(maintain_order=True)
    return names, group.replace_strict(names, np.arange(len(names)), return_dtype=pl.Int64).to_numpy()


def _ends(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2
