"""Demand: the share of persons who named at least a price, with what chance does to each price and to the whole
curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.pricing.price_sample import PriceSample
from mining.retention.wilson_interval import Numbers, wilson

DRAWS = 500


@dataclass(frozen=True, slots=True, eq=False)
class DemandCurve:
    """`share` (0 to 1) of so many `people` who named at least each of the `prices`, all that were named, in rising
    order.

    `half` is half of the width of the band in which the whole curve lies in 95 of 100 bootstrap samples of persons.
    """

    sample: PriceSample
    prices: Numbers
    share: Numbers
    half: float
    people: int

    def at(self, prices: Numbers) -> pl.DataFrame:
        """A row a price: `price`, `persons`, `share`, `low` and `high` (Wilson, at that price alone), `band_low` and
        `band_high` (of the whole curve)."""
        share = self.sample.shares(prices)
        low, high = wilson(share * self.people, np.full(len(prices), float(self.people)))
        return pl.DataFrame(
            {
                "price": prices,
                "persons": share * self.people,
                "share": share,
                "low": low,
                "high": high,
                "band_low": np.clip(share - self.half, 0, 1),
                "band_high": np.clip(share + self.half, 0, 1),
            }
        )


def demand_curve(sample: PriceSample, draws: int = DRAWS, seed: int = 0) -> DemandCurve:
    """The curve of a sample; its band is as wide everywhere: the 95th percentile of the greatest distance of drawn
    curves from it (the bootstrap of Kolmogorov's distance, Bickel & Freedman, Annals of Statistics 9, 1981)."""
    prices = np.unique(sample.prices)
    share = sample.shares(prices)
    far = [np.abs(sample.shares(prices, weights) - share).max() for weights in sample.drawn(draws, seed)]
    half = float(np.percentile(far, 95)) if far else np.nan
    return DemandCurve(sample, prices, share, half, sample.people)
