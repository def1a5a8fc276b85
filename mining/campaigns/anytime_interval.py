"""An interval that holds at every look at a running campaign, where the usual one holds at a single, planned look.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", arXiv 2103.06476, theorem 2.2; rho by the approximation to its optimum at the size that was planned. It is
of the difference of the arms, never of the pooled rate.
"""

from __future__ import annotations

from math import log, sqrt

from mining.campaigns.arm_difference import ArmSummary

ALPHA = 0.05


def anytime_half_width(
    treated: ArmSummary, held_out: ArmSummary, planned_pairs: float, alpha: float = ALPHA
) -> float:
    """Half of the interval, in the unit of the measure, `planned_pairs` being the customers of each arm at which it
    should be narrowest. Arms of different sizes count as that many pairs as their harmonic mean."""
    pairs = 2 / (1 / treated.customers + 1 / held_out.customers)
    spread = sqrt((treated.error + held_out.error) * pairs)
    rho2 = (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / planned_pairs
    seen = pairs * rho2 + 1
    return spread * sqrt(2 * seen / (pairs**2 * rho2) * log(sqrt(seen) / alpha))
