"""Where somebody looks first: prices to tell demand at, and what the price list says that it costs."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from mining.pricing.demand_curve import DemandCurve
from mining.pricing.named_prices import NamedPrices, PriceUnit
from mining.retention.wilson_interval import Numbers

SHARES = np.array([0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.05])


def round_prices(curve: DemandCurve) -> Numbers:
    """Prices just below those that 95, 90, 75, 50, 25, 10 and 5 of 100 named at least, of two figures each."""
    found = np.array([curve.prices[np.flatnonzero(curve.share >= each - 1e-9)[-1]] for each in SHARES])
    return np.unique([_two_figures(float(each)) for each in found])


def usual_cost(named: NamedPrices) -> float | None:
    """In the unit of the prices: of one product, as the price list said at the last price that was named; of several,
    half cost less (so does half of all prices asked, where they are counted in these). None where nothing says it."""
    told = named.kept.filter(pl.col("cost").is_not_null())
    if named.terms.unit is PriceUnit.OF_ASKED:
        told = told.with_columns(pl.col("cost") / pl.col("asked"))
    if told.is_empty():
        return None
    of_one = named.products == 1 and named.terms.unit is PriceUnit.MONEY
    return float(told["cost"][-1] if of_one else told["cost"].median())  # type: ignore[arg-type]


def most_asked(named: NamedPrices) -> float:
    """The most that may be asked, in the unit of the prices: what was asked last, else the highest price named."""
    if named.terms.unit is PriceUnit.OF_ASKED:
        return 1.0
    asked = named.kept["asked"].drop_nulls()
    return float(asked[-1]) if len(asked) else float(named.highest.prices[-1])


def _two_figures(price: float) -> float:
    step = 10.0 ** (math.floor(math.log10(price)) - 1)
    return round(math.floor(price / step + 1e-9) * step, 12)
