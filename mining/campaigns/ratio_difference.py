"""The effect on a ratio, such as money an order: sums over sums by arm, their error by the delta method.

A customer is one draw of both sums: orders of one customer are not independent. With R = sum y / sum x, its variance is
that of the mean of (y - R x) / mean x. Deng, Knoblich and Lu, "Applying the delta method in metric analytics", KDD
2018, equation 3.
"""

from __future__ import annotations

import numpy as np

from mining.campaigns.arm_difference import ArmSummary, Effect, Values, summary_difference


def ratio_difference(treated: tuple[Values, Values], held_out: tuple[Values, Values]) -> Effect:
    """The effect from (numerators, denominators) of the customers of each arm.

    Raises ValueError for an arm of fewer than two customers or whose denominators add up to nothing.
    """
    return summary_difference(_ratio(*treated), _ratio(*held_out))


def _ratio(above: Values, below: Values) -> ArmSummary:
    """An arm's ratio as its mean, and the variance of what each customer adds to it."""
    mean = float(np.mean(below)) if len(below) else 0.0
    if not mean:
        raise ValueError("Nothing stands below the line of this ratio.")
    ratio = float(np.mean(above)) / mean
    spread = ArmSummary.of((above - ratio * below) / mean)
    return ArmSummary(spread.customers, ratio, spread.variance)
