"""Do 95 in 100 intervals of lifetime models hold the truth? Simulated firms of three sizes, three models, counted."""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from bench.table import table
from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.chance_alive import alive_interval
from mining.lifetime.delta_estimate import Interval
from mining.lifetime.fitted_purchases import FittedPurchases, fit
from mining.lifetime.mbgnbd import MbgNbd
from mining.lifetime.pareto_nbd import ParetoNbd
from mining.lifetime.purchase_forecast import PurchaseForecast, forecast
from mining.lifetime.purchase_histories import Numbers, PurchaseHistories, TimeUnit
from mining.lifetime.purchase_model import PurchaseModel
from mining.lifetime.purchase_simulation import SimulatedPurchases, simulate

FINE = 10  # a week here has 70 days, so that two purchases hardly ever share one, as the models have it
WEEKS = (13, 104)
HORIZON = 26 * 7 * FINE
FIRMS = {1_000: 300, 10_000: 200, 100_000: 100}
MEASURED = 2_000  # customers of a firm whose intervals are looked at, whatever many it was fitted to
MODELS = (
    BgNbd(TimeUnit.WEEKS, 0.8, 20.0 * FINE, 0.8, 2.5),
    MbgNbd(TimeUnit.WEEKS, 0.8, 20.0 * FINE, 0.8, 2.5),
    ParetoNbd(TimeUnit.WEEKS, 0.8, 12.0 * FINE, 0.6, 12.0 * FINE),
)
HEADS = ["model", "customers", "firms", "not converged", "purchases", "to buy", "alive", "sum", "outcome of the sum",
         "outcome of buyers", "outcome of one"]  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench coverage`."""
    parser.add_argument("--customers", type=int, nargs="+", default=list(FIRMS), help="sizes (%(default)s)")
    parser.add_argument("--models", nargs="+", default=[each.NAME for each in MODELS], help="(%(default)s)")
    parser.add_argument("--firms", type=int, help="how many of each (300, 200, 100 by size)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Tell the firms, fit them, and count whose intervals hold what is true."""
    found = [
        _covered(model, size, args.firms or FIRMS.get(size, 100))
        for size in args.customers
        for model in MODELS
        if model.NAME in args.models
    ]
    print(f"\n{table(HEADS, [[f'{c:.3f}' if isinstance(c, float) else c for c in row] for row in found])}")
    print(
        "\nShares of intervals, nominally 0.950. Of one customer, an outcome is a whole number: 0.95 or more."
    )
    return {"coverage": [dict(zip(HEADS, row, strict=True)) for row in found]}


def _covered(model: PurchaseModel, size: int, firms: int) -> list[str | int | float]:
    random, shares, strayed = np.random.default_rng(size), defaultdict[str, list[float]](list), 0
    for _ in range(firms):
        ages = random.integers(WEEKS[0] * 7 * FINE, WEEKS[1] * 7 * FINE, size)
        told = simulate(model, ages, HORIZON, random)
        fitted = fit(type(model), _seen(told, model.unit))
        strayed += not fitted.found.converged
        for name, share in _shares(model, fitted, told).items():
            shares[name].append(share)
    return [model.NAME, size, firms, strayed, *(float(np.mean(each)) for each in shares.values())]


def _seen(told: SimulatedPurchases, unit: TimeUnit) -> PurchaseHistories:
    frame = pl.DataFrame({
        "customer": np.arange(len(told.repeats)), "repeats": told.repeats,
        "recency_days": told.recency_days, "age_days": told.age_days,
    })  # fmt: skip
    return PurchaseHistories(frame, unit, date(2026, 1, 1))


def _shares(model: PurchaseModel, fitted: FittedPurchases[Any], told: SimulatedPurchases) -> dict[str, float]:
    """Of this firm, the share of customers, or whether the sum, lies within its interval."""
    drawn = np.arange(0, len(told.repeats), max(1, len(told.repeats) // MEASURED))
    coming = told.coming[drawn]
    some = replace(fitted.histories, frame=fitted.histories.frame[drawn])
    found: PurchaseForecast = forecast(replace(fitted, histories=some), HORIZON)
    rows, row_of = some.distinct, some.row_of
    horizon, weights = HORIZON / model.unit.value, rows.weights / rows.weights.sum()
    everybody = np.zeros(len(row_of), dtype=np.int64)
    purchases, buyers = (each.totals(everybody, 1, row_of) for each in (found.purchases, found.buyers))
    expected = model.expected(horizon, rows)
    one = Interval(found.fewest[row_of].astype(float), found.most[row_of].astype(float))
    return {
        "purchases": float(_within(found.purchases.expectation(), expected) @ weights),
        "to buy": float(_within(found.buyers.probability(), model.buys_within(horizon, rows)) @ weights),
        "alive": float(_within(alive_interval(fitted, rows), model.alive(rows)) @ weights),
        "sum": float(_within(purchases.expectation(), expected @ rows.weights)[0]),
        "outcome of the sum": float(_within(purchases.count_outcome(), coming.sum())[0]),
        "outcome of buyers": float(_within(buyers.count_outcome(), (coming > 0).sum())[0]),
        "outcome of one": float(_within(one, coming).mean()),
    }


def _within(interval: Interval, truth: Any) -> Numbers:
    held: Numbers = ((interval.low - 1e-12 <= truth) & (truth <= interval.high + 1e-12)).astype(np.float64)
    return held
