"""Newton, Miller and Smith's extension of van Westendorp: how many would try at a price, and what that brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.pricing.person_draws import person_draws
from mining.pricing.price_sensitivity import LIMITS
from mining.retention.wilson_interval import Numbers

CALIBRATION = (0.0, 0.7, 0.3, 0.0)
DRAWS = 300


@dataclass(frozen=True, slots=True, eq=False)
class TrialRevenue:
    """`curve` has a row a price: `price`, `trial` (share of persons, 0 to 1) and `revenue` (price times trial, money
    a person asked). `best_trial` and `best_revenue` are the prices with most of each, the latter with 95% of the
    bootstrap over persons; `calibration` is the chance to buy assumed at each of the four limits."""

    curve: pl.DataFrame
    best_trial: float
    best_revenue: float
    revenue_low: float
    revenue_high: float
    calibration: tuple[float, ...]
    people: int


def trial_revenue(
    answers: pl.DataFrame,
    calibration: tuple[float, ...] = CALIBRATION,
    draws: int = DRAWS,
    seed: int = 0,
) -> TrialRevenue:
    """From LIMITS (four that rise) and `weight` a row a person, each as likely to buy as the calibration says at
    their limits, straight between (by price), never outside (Newton, Miller & Smith, AMA Advanced Research
    Techniques Forum 1993).

    R's pricesensitivitymeter goes straight by the rank of a price among those named, so that its curve differs
    between limits, not at them.
    """
    limits = answers.select(LIMITS).to_numpy()
    weights = answers["weight"].to_numpy().astype(float)
    prices = np.unique(limits)
    chances = _chances(limits, prices, np.array(calibration))
    trial = weights @ chances / weights.sum()
    revenue = prices * trial
    size = len(weights)
    tops = np.array([
        prices[np.argmax(prices * ((weights * times) @ chances))] for times in person_draws(size, draws, seed)
    ])  # fmt: skip
    low, high = np.percentile(tops, [2.5, 97.5]) if draws else (np.nan, np.nan)
    return TrialRevenue(
        pl.DataFrame({"price": prices, "trial": trial, "revenue": revenue}),
        float(prices[np.argmax(trial)]),
        float(prices[np.argmax(revenue)]),
        float(low),
        float(high),
        calibration,
        size,
    )


def _chances(limits: Numbers, prices: Numbers, calibration: Numbers) -> Numbers:
    """Persons by prices."""
    return np.array([np.interp(prices, own, calibration, left=0.0, right=0.0) for own in limits])
