"""Noise taken out by what customers did before they were assigned to an arm: CUPED.

y - theta (x - mean x) has the expectation of y, because x was there before the draw. theta is that of both arms pooled
within themselves. Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by utilizing
pre-experiment data", WSDM 2013, equations 3 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mining.campaigns.arm_difference import ArmSummary, Effect, Values, summary_difference

GAIN = 0.99  # a variance above this part of the old one is no gain worth a word


@dataclass(frozen=True, slots=True)
class AdjustedEffect:
    """`effect` after the adjustment, and the part of the variance that is left (`variance_ratio`, 1 where nothing)."""

    effect: Effect
    variance_ratio: float

    @property
    def is_gain(self) -> bool:
        """Whether it told more than the plain difference."""
        return self.variance_ratio < GAIN


def adjusted_difference(
    treated: Values,
    held_out: Values,
    treated_before: Values,
    held_out_before: Values,
    degrees_of_freedom: float | None = None,
) -> AdjustedEffect:
    """The effect from what each customer did, and had done before. Raises ValueError for arms of fewer than two."""
    off = [each - np.mean(each) for each in (treated, held_out, treated_before, held_out_before)]
    together, before = np.concatenate(off[:2]), np.concatenate(off[2:])
    below = float(before @ before)
    theta = float(together @ before) / below if below else 0.0
    middle = float(np.mean(np.concatenate([treated_before, held_out_before])))
    effect = summary_difference(
        ArmSummary.of(treated - theta * (treated_before - middle)),
        ArmSummary.of(held_out - theta * (held_out_before - middle)),
        degrees_of_freedom,
    )
    whole = float(together @ together)
    return AdjustedEffect(effect, 1 - theta**2 * below / whole if whole else 1.0)
