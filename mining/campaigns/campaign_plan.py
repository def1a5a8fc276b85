"""What a campaign could find before it starts: the smallest effect, and how many customers another effect takes.

Sizes as in `campaign_size`; the mean and variance are those of what customers did lately, and CUPED's part of the
variance is what a past of theirs leaves of it (Deng, Xu, Kohavi and Walker, WSDM 2013, equation 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mining.campaigns.campaign_size import (
    customers_an_arm,
    customers_for_shares,
    customers_in_all,
    smallest_effect,
    smallest_lift,
)

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """`mean` of `known` customers; `kept`, the part of the variance that CUPED leaves (1: no past, no gain).

    Of `treated` and `held_out` customers the `smallest` effect found with 80% power, in the unit of the measure, and
    `smallest_adjusted` with CUPED. `needed` customers in all for an effect of `wanted`, likewise (None: never).
    """

    mean: float
    known: int
    kept: float
    treated: int
    held_out: int
    smallest: float
    smallest_adjusted: float
    wanted: float
    needed: int | None
    needed_adjusted: int | None


def campaign_plan(
    value: Numbers, before: Numbers | None, customers: int, held_share: float, lift: float, is_share: bool
) -> CampaignPlan:
    """From what each customer did lately, and `before` that; `lift` is the effect looked for, a part of the mean.

    Raises ValueError where nobody differs, and for arms without customers.
    """
    variance = float(np.var(value, ddof=1)) if len(value) > 1 else 0.0
    if not variance:
        raise ValueError("All customers did the same, so nothing tells how much they differ.")
    held = round(customers * held_share)
    mean, treated, kept = float(np.mean(value)), customers - held, _kept(value, before)
    smallest = smallest_lift(mean, treated, held) if is_share else smallest_effect(variance, treated, held)
    needed = _needed(mean, variance, lift, held_share, is_share)
    return CampaignPlan(
        mean, len(value), kept, treated, held, smallest, smallest * kept**0.5, mean * lift,
        needed, None if needed is None else max(4, round(needed * kept)),
    )  # fmt: skip


def _kept(value: Numbers, before: Numbers | None) -> float:
    """1 less the squared correlation with the past."""
    if before is None or not np.ptp(before):
        return 1.0
    return float(1 - np.corrcoef(value, before)[0, 1] ** 2)


def _needed(mean: float, variance: float, lift: float, held_share: float, is_share: bool) -> int | None:
    if not mean or not lift or (is_share and mean * (1 + lift) >= 1):
        return None
    an_arm = (
        customers_for_shares(mean, mean * (1 + lift)) if is_share else customers_an_arm(variance, mean * lift)
    )
    return customers_in_all(an_arm, held_share)
