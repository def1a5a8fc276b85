"""Customers told by a model's own story: what intervals and forecasts are tried on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mining.lifetime.purchase_histories import Counts, Numbers
from mining.lifetime.purchase_model import PurchaseModel


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPurchases:
    """One entry a customer: the repeats until its age, the day of the last, and the purchases that came after.

    Days are whole, counted from the first purchase; `coming` are those of the horizon.
    """

    repeats: Counts
    recency_days: Counts
    age_days: Counts
    coming: Counts


def simulate(
    model: PurchaseModel, age_days: Counts, horizon_days: float, seed: int | np.random.Generator
) -> SimulatedPurchases:
    """Purchases of customers known for `age_days`, and of the `horizon_days` that follow.

    Several purchases of one day count as the story tells them: as several.
    """
    random = np.random.default_rng(seed)
    lives = model.draw(len(age_days), random)
    until = np.minimum(lives.ends, model.unit.of(age_days + horizon_days))
    left, rates, at = lives.purchases.copy(), lives.rates, np.zeros(len(age_days))
    repeats, recency, coming = np.zeros((3, len(age_days)), dtype=np.int64)
    age = model.unit.of(age_days)
    going = np.flatnonzero((left > 0) & (rates > 0))
    while len(going):
        at[going] += random.gamma(lives.clicks, 1 / rates[going])
        left[going] -= 1
        bought = going[at[going] <= until[going]]
        known = bought[at[bought] <= age[bought]]
        repeats[known] += 1
        recency[known] = _day(at[known], model)
        coming[bought[at[bought] > age[bought]]] += 1
        going = bought[left[bought] > 0]
    return SimulatedPurchases(repeats, recency, age_days, coming)


def _day(at: Numbers, model: PurchaseModel) -> Counts:
    days: Counts = np.floor(at * model.unit.value).astype(np.int64)
    return days
