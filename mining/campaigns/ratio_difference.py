"""The effect on a ratio of two sums, such as revenue an order: by the delta method, as the mean of linearised values.

Customers are drawn, orders are not: of a ratio R = sum y / sum x the values R + (y - R x) / mean x have the mean R and,
as customers differ, its variance to the first order. Deng, Knoblich and Lu, "Applying the delta method in metric
analytics", KDD 2018, equation 3; Budylin, Drutsa and others, "Consistent transformation of ratio metrics", WSDM 2018.
"""

from __future__ import annotations

import numpy as np

from mining.campaigns.arm_difference import Effect, Values, arm_difference


def linearised(above: Values, below: Values) -> Values:
    """A value a customer whose mean is sum(above) / sum(below), in the unit of that ratio.

    Raises ValueError where nothing is to divide by.
    """
    whole = float(np.sum(below))
    if not whole:
        raise ValueError("Nobody has anything to divide by.")
    ratio = float(np.sum(above)) / whole
    return ratio + (above - ratio * below) / (whole / len(below))


def ratio_difference(
    treated: Values, treated_below: Values, held_out: Values, held_out_below: Values
) -> Effect:
    """The difference of the two arms' ratios, from what each customer adds above and below. Raises ValueError for an
    arm of fewer than two, or with nothing below."""
    return arm_difference(linearised(treated, treated_below), linearised(held_out, held_out_below))
