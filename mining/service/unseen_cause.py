"""How strong a cause that nobody recorded would have to be, to make a difference between matched pairs by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.stats import beta

from mining.retention.wilson_interval import Z95

# VanderWeele & Ding, Annals of Internal Medicine 167 (2017), 268-274, from the abstract.
E_VALUE_MEANS = (
    "“The E-value is defined as the minimum strength of association, on the risk ratio scale, that an unmeasured"
    " confounder would need to have with both the treatment and the outcome to fully explain away a specific"
    " treatment–outcome association, conditional on the measured covariates.” (VanderWeele & Ding 2017)"
)


@dataclass(frozen=True, slots=True)
class UnseenCause:
    """The `ratio` of the chances of both sides of pairs, with `low` and `high` (95%), the E-value of it and of the end
    of the interval that is nearer to 1 (1 where the interval holds 1), and Rosenbaum's `gamma`: the greatest odds by
    which an unseen cause may have chosen who of a pair it befell, with the difference still beyond chance (1: none)."""

    ratio: float | None
    low: float | None
    high: float | None
    e_value: float | None
    e_value_end: float | None
    gamma: float | None


def unseen_cause(both: int, one: int, other: int) -> UnseenCause:
    """Of pairs in which something came of `both` sides, of the `one` alone, and of the `other` alone."""
    gamma = rosenbaum_gamma(max(one, other), one + other)
    if both + one == 0 or both + other == 0:
        return UnseenCause(None, None, None, None, None, gamma)
    ratio = (both + one) / (both + other)
    spread = math.sqrt((one + other) / ((both + one) * (both + other)))
    low, high = ratio * math.exp(-Z95 * spread), ratio * math.exp(Z95 * spread)
    end = 1.0 if low <= 1 <= high else low if ratio > 1 else high
    return UnseenCause(ratio, low, high, e_value(ratio), e_value(end), gamma)


def e_value(ratio: float) -> float:
    """The E-value of a ratio of risks.

    >>> round(e_value(3.9), 2), round(e_value(1.8), 2), e_value(1.0)
    (7.26, 3.0, 1.0)
    """
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))


def rosenbaum_gamma(part: int, discordant: int, level: float = 0.025) -> float | None:
    """The greatest odds of an unseen choice at which `part` of the `discordant` pairs still are beyond chance on one
    side (Rosenbaum, "Observational studies", 2002, 4.3: McNemar's test, bounded); None where there is no such pair."""
    if not discordant:
        return None
    share = float(beta.ppf(level, part, discordant - part + 1))  # Clopper and Pearson's lower end
    return max(share / (1 - share), 1.0)
