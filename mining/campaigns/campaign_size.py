"""How many customers a campaign needs to find an effect, and which effect it can find with those there are.

The normal approximation of a two-sided test of two means, at 5% with 80% power; with CUPED the variance shrinks to the
part that the past leaves of it.
"""

from __future__ import annotations

from math import asin, ceil, pi, sin, sqrt

from scipy import stats

POWER = 0.8
ALPHA = 0.05


def smallest_effect(variance: float, treated: int, held_out: int, power: float = POWER) -> float:
    """The smallest difference of means that is found with such power, in the unit of the measure.

    `variance` is that of one customer's value. Raises ValueError where an arm is empty.
    """
    if min(treated, held_out) < 1:
        raise ValueError("Both arms need customers.")
    return _both(power) * sqrt(variance * (1 / treated + 1 / held_out))


def customers_an_arm(variance: float, effect: float, power: float = POWER) -> int:
    """Customers of each of two equal arms for an effect, a difference of means. Raises ValueError for one of 0."""
    if not effect:
        raise ValueError("No number of customers finds an effect of nothing.")
    return ceil(2 * variance * (_both(power) / effect) ** 2)


def customers_for_shares(share: float, lifted: float, power: float = POWER) -> int:
    """Customers of each of two equal arms to tell one share (0 to 1) from another, by the arcsine of their roots.

    Cohen, "Statistical power analysis for the behavioral sciences", 2nd edition, section 6.4. Raises ValueError for
    shares that are the same.
    """
    if share == lifted:
        raise ValueError("No number of customers tells a share from itself.")
    return ceil(2 * (_both(power) / (_angle(lifted) - _angle(share))) ** 2)


def customers_in_all(an_arm: int, held_out: float) -> int:
    """Customers of both arms together, of whom the share `held_out` (0 to 1) is left alone, for what so many an arm of
    equal ones find. Raises ValueError for a share that leaves an arm empty."""
    if not 0 < held_out < 1:
        raise ValueError("Both arms need customers.")
    return ceil(an_arm / (2 * held_out * (1 - held_out)))


def smallest_lift(share: float, treated: int, held_out: int, power: float = POWER) -> float:
    """What a share (0 to 1) has to rise by to be told from itself with arms of such sizes; likewise by the arcsine.

    Raises ValueError where an arm is empty.
    """
    if min(treated, held_out) < 1:
        raise ValueError("Both arms need customers.")
    angle = _angle(share) + _both(power) * sqrt(1 / treated + 1 / held_out)
    return sin(min(angle, pi) / 2) ** 2 - share


def _angle(share: float) -> float:
    return 2 * asin(sqrt(share))


def _both(power: float) -> float:
    return float(stats.norm.ppf(1 - ALPHA / 2) + stats.norm.ppf(power))
