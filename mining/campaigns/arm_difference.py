"""The effect of a campaign on a measure: the difference of two arms' means, as they were drawn, whoever was reached.

Intention to treat: every customer counts in the arm that is stored, whether a letter arrived or not. The interval is
Welch's, "The generalization of Student's problem when several different population variances are involved", Biometrika
34 (1947); that of the relative effect follows by the delta method from the same variances.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
import numpy.typing as npt
from scipy import stats

Values = npt.NDArray[np.float64]
LEVEL = 0.95
FEWEST = 2


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """An arm: its customers (groups of them where these were drawn), the mean of what each did, and the variance of
    that from one to the next."""

    customers: int
    mean: float
    variance: float

    @classmethod
    def of(cls, values: Values) -> ArmSummary:
        """Raises ValueError for fewer than two customers: one alone says nothing of how much they differ."""
        if len(values) < FEWEST:
            raise ValueError(f"An arm of {len(values)} has no variance.")
        return cls(len(values), float(np.mean(values)), float(np.var(values, ddof=1)))

    @property
    def error(self) -> float:
        """The standard error of the mean, squared."""
        return self.variance / self.customers


@dataclass(frozen=True, slots=True)
class Effect:
    """What each customer did more for being reached, in the unit of the measure, with the ends of the interval at 95%.

    `p` is that of no difference. `relative` is the effect as a part of what those held out did (None where they did
    nothing), with its own ends; these are infinite where what they did cannot be told from nothing.
    """

    treated: ArmSummary
    held_out: ArmSummary
    difference: float
    low: float
    high: float
    p: float
    relative: float | None
    relative_low: float
    relative_high: float

    @property
    def is_told_from_chance(self) -> bool:
        """Whether the interval leaves out nothing at all."""
        return self.low > 0 or self.high < 0


def arm_difference(treated: Values, held_out: Values) -> Effect:
    """The effect from one value a customer of each arm. Raises ValueError where an arm has fewer than two."""
    return summary_difference(ArmSummary.of(treated), ArmSummary.of(held_out))


def summary_difference(
    treated: ArmSummary, held_out: ArmSummary, degrees_of_freedom: float | None = None
) -> Effect:
    """The effect from the means and variances of two arms; with Welch's degrees of freedom where none are told."""
    difference = treated.mean - held_out.mean
    variance = treated.error + held_out.error
    freedom = _freedom(treated, held_out) if degrees_of_freedom is None else degrees_of_freedom
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * sqrt(variance)
    p = 2 * stats.t.sf(abs(difference) / sqrt(variance), freedom) if variance else float(difference == 0)
    relative, low, high = _relative(treated, held_out)
    return Effect(
        treated, held_out, difference, difference - half, difference + half, float(p), relative, low, high
    )


def _freedom(one: ArmSummary, other: ArmSummary) -> float:
    """Welch and Satterthwaite's degrees of freedom."""
    below = one.error**2 / (one.customers - 1) + other.error**2 / (other.customers - 1)
    return (one.error + other.error) ** 2 / below if below else inf


def _relative(treated: ArmSummary, held_out: ArmSummary) -> tuple[float | None, float, float]:
    """The ratio of the means less 1, and its ends; Fieller's condition says when these are worth anything."""
    z = float(stats.norm.ppf((1 + LEVEL) / 2))
    if not held_out.mean:
        return None, -inf, inf
    ratio = treated.mean / held_out.mean
    if held_out.mean**2 <= z**2 * held_out.error:
        return ratio - 1, -inf, inf
    half = z * sqrt(treated.error + ratio**2 * held_out.error) / abs(held_out.mean)
    return ratio - 1, ratio - 1 - half, ratio - 1 + half
