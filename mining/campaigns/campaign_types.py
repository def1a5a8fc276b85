"""Which types of campaign work: the effects of all of them, each drawn towards the mean of its type.

The best of many campaigns is partly the luckiest, so each effect is told as what is known of it together with its
fellows: effect_i ~ N(theta_i, error_i^2), theta_i ~ N(mu, tau^2), every mu and tau alike before anything is seen.
Gelman et al., "Bayesian data analysis", 3rd edition, section 5.4, equations 5.17 to 5.21; tau is summed over, not
estimated, so that few campaigns tell wide intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

Numbers = npt.NDArray[np.float64]
FEWEST = 3  # of two campaigns nothing tells how much campaigns differ
STEPS = 120
SHRUNK = ("shrunk", "shrunk_low", "shrunk_high")


@dataclass(frozen=True, slots=True)
class TypeEffect:
    """What campaigns of a type bring: their number, the mean effect with its 95% interval, how much they differ
    (`tau`, the middle of what is likely), and between what the effect of a further one would lie.

    Of one or two campaigns it is their mean weighed by precision, and `tau` and the further one are NaN: not known.
    `cost` is what reaching a customer cost on average; NaN where that is not known.
    """

    kind: str
    campaigns: int
    mean: float
    low: float
    high: float
    tau: float
    next_low: float
    next_high: float
    cost: float = nan

    @property
    def by_cost(self) -> tuple[float, float, float] | None:
        """What one more unit of money brings, with its interval, where the effect is money too; None without a cost."""
        if not self.cost > 0:
            return None
        return self.mean / self.cost, self.low / self.cost, self.high / self.cost


@dataclass(frozen=True, slots=True, eq=False)
class CampaignTypes:
    """`types`, and `campaigns`: the frame that was given with `shrunk`, `shrunk_low` and `shrunk_high`, the effect of
    each as what is known of its type draws it (null where its error is not known, or its type has fewer than three)."""

    types: tuple[TypeEffect, ...]
    campaigns: pl.DataFrame


def campaign_types(frame: pl.DataFrame) -> CampaignTypes:
    """From a row a campaign with a drawn holdout: `kind`, `effect` and `error` (standard error), in one unit.

    Campaigns whose error is 0 or not known say nothing and are left as they are. Where `cost`, of reaching all whom it
    did, and `reached`, how many they are, are columns, types have a cost as well.
    """
    types, told = [], []
    is_known = (pl.col("error") > 0).fill_null(False) & pl.col("effect").is_not_null()
    for (kind,), own in frame.filter(is_known).group_by("kind", maintain_order=True):
        one, drawn = _of_type(str(kind), own["effect"].to_numpy(), own["error"].to_numpy())
        types.append(replace(one, cost=_cost(own)))
        told.append(own.with_columns(pl.Series(name, drawn[at]) for at, name in enumerate(SHRUNK)))
    silent = frame.filter(~is_known).with_columns(pl.lit(None, pl.Float64).alias(each) for each in SHRUNK)
    return CampaignTypes(tuple(types), pl.concat([*told, silent]).with_columns(pl.col(SHRUNK).fill_nan(None)))


def _cost(campaigns: pl.DataFrame) -> float:
    """Of reaching one customer."""
    if not {"cost", "reached"} <= {*campaigns.columns}:
        return nan
    cost, reached = (float(campaigns[name].sum()) for name in ("cost", "reached"))
    return cost / reached if reached else nan


def _of_type(kind: str, effect: Numbers, error: Numbers) -> tuple[TypeEffect, Numbers]:
    """A type, and the drawn effects of its campaigns with their ends: (3, campaigns)."""
    many = len(effect)
    if many < FEWEST:
        mean, half = np.average(effect, weights=error**-2.0), 1.96 / np.sqrt(np.sum(error**-2.0))
        one = TypeEffect(kind, many, float(mean), float(mean - half), float(mean + half), nan, nan, nan)
        return one, np.full((3, many), nan)
    tau = np.linspace(0, 4 * (np.ptp(effect) + error.max()), STEPS)[:, None]
    weight = 1 / (error**2 + tau**2)
    variance = 1 / weight.sum(axis=1)
    mean = variance * (weight @ effect)
    chance = 0.5 * np.log(variance) + stats.norm.logpdf(effect, mean[:, None], weight**-0.5).sum(axis=1)
    chance = np.exp(chance - chance.max())
    chance /= chance.sum()
    middle, low, high = _quantiles(chance, mean, np.sqrt(variance))
    _, next_low, next_high = _quantiles(chance, mean, np.sqrt(variance + tau[:, 0] ** 2))
    likely = float(tau[np.searchsorted(chance.cumsum(), 0.5), 0])
    kept = tau**2 * weight
    own = mean[:, None] + kept * (effect - mean[:, None])
    spread = np.sqrt(kept * error**2 + (1 - kept) ** 2 * variance[:, None])
    drawn = np.array([_quantiles(chance, own[:, at], spread[:, at]) for at in range(many)]).T
    return TypeEffect(kind, many, middle, low, high, likely, next_low, next_high), drawn


def _quantiles(chance: Numbers, mean: Numbers, spread: Numbers) -> tuple[float, float, float]:
    """The mean of a mixture of normal curves, and its ends at 95%, by halving."""
    middle = float(chance @ mean)
    reach = float(np.max(np.abs(mean - middle) + 8 * spread))
    low, high = np.full(2, middle - reach), np.full(2, middle + reach)
    wanted = np.array([0.025, 0.975])
    for _ in range(40):
        tried = (low + high) / 2
        below = chance @ stats.norm.cdf((tried - mean[:, None]) / spread[:, None]) < wanted
        low, high = np.where(below, tried, low), np.where(below, high, tried)
    return middle, float(low[0]), float(high[1])
