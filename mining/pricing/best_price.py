"""Which price earns most a person who was asked, as a distribution: profit is flat near its top, so that a point
deceives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.pricing.price_sample import PriceSample
from mining.retention.wilson_interval import Numbers

DRAWS, POINTS = 500, 200


@dataclass(frozen=True, slots=True, eq=False)
class BestPrice:
    """At `price` the share `share` of persons would buy, and each person who was asked earns `profit` = (price - cost)
    share on average, between `profit_low` and `profit_high` in 95 of 100 samples of persons.

    `drawn` is the best price of each sample (`price_low` to `price_high` hold 95 of 100), `curve` the profit at
    prices up to the highest: `price`, `profit`, `low`, `high`.
    """

    cost: float
    price: float
    share: float
    profit: float
    profit_low: float
    profit_high: float
    price_low: float
    price_high: float
    drawn: Numbers
    curve: pl.DataFrame
    people: int


def top_price(sample: PriceSample, cost: float) -> float | None:
    """The price that earns most over the cost, without what chance does to it; None where nobody named more."""
    prices = np.unique(sample.prices)
    profit = (prices - cost) * sample.shares(prices)
    return float(prices[np.argmax(profit)]) if profit.max() > 0 else None


def best_price(sample: PriceSample, cost: float, draws: int = DRAWS, seed: int = 0) -> BestPrice | None:
    """The price with the greatest profit among those that were named: between two of them no person is lost, so that
    the higher earns more. None where nobody named more than it costs."""
    prices = np.unique(sample.prices)
    margin = prices - cost
    profit = margin * sample.shares(prices)
    best = int(np.argmax(profit))
    if profit[best] <= 0:
        return None
    grid = np.linspace(min(cost, prices[0]), prices[-1], POINTS)
    drawn, here, many = np.empty(draws), np.empty(draws), np.empty((draws, POINTS))
    for draw, weights in enumerate(sample.drawn(draws, seed)):
        earned = margin * sample.shares(prices, weights)
        drawn[draw], here[draw] = prices[np.argmax(earned)], earned[best]
        many[draw] = (grid - cost) * sample.shares(grid, weights)
    low, high = np.percentile(many, [2.5, 97.5], axis=0)
    curve = pl.DataFrame(
        {"price": grid, "profit": (grid - cost) * sample.shares(grid), "low": low, "high": high}
    )
    profit_low, profit_high = np.percentile(here, [2.5, 97.5])
    price_low, price_high = np.percentile(drawn, [2.5, 97.5])
    return BestPrice(
        cost, float(prices[best]), float(sample.shares(prices[best : best + 1])[0]), float(profit[best]),
        float(profit_low), float(profit_high), float(price_low), float(price_high), drawn, curve, sample.people,
    )  # fmt: skip
