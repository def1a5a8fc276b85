"""How regularly customers buy, whatever their rates: 1 is chance, as every NBD model has it; more is a rhythm.

Wheat & Morrison, "Estimating purchase regularity with two interpurchase times", Journal of Marketing Research 27
(1990): of two successive waits of one customer, the first's share M = wait / (wait + next) has for Erlang-k waits a
beta(k, k) distribution, whatever the rate, so Var M = 1 / (8k + 4), that is k = (1 - 4 Var M) / (8 Var M).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.errors import BadRequest, did_you_mean
from mining.lifetime.cnbd import MbgCnbd
from mining.lifetime.fitted_purchases import FittedPurchases, fit_from
from mining.lifetime.model_refusals import REGULAR, RegularBuyers, customers_counted
from mining.lifetime.purchase_histories import PurchaseHistories

FEWEST = 100
MOST_EVENTS = 12
ALWAYS_TRIED = 4
NOT_REJECTED = 1.92


@dataclass(frozen=True, slots=True)
class Regularity:
    """`k` and its 95% interval (by the moments of M), of `customers` with three days of purchase or more."""

    k: float
    low: float
    high: float
    customers: int

    @property
    def doubt(self) -> RegularBuyers | None:
        """What it means for NBD models, where k is above 1.5 and surely above 1."""
        if self.k <= REGULAR or self.low <= 1:
            return None
        return RegularBuyers(self.k)


def regularity(frame: pl.DataFrame) -> Regularity:
    """Of the last two waits of each customer: the frame has customer, wait and next_wait in days (both above 0).

    Raises BadRequest for missing columns, waits of no length, and fewer than 100 customers.
    """
    for name in ("wait", "next_wait"):
        if name not in frame.columns:
            raise BadRequest(f"The waits have no column {name!r}.", did_you_mean(name, frame.columns))
    waits = frame.select(pl.col("wait", "next_wait").cast(pl.Float64)).drop_nulls().to_numpy()
    if len(waits) < FEWEST:
        raise BadRequest(
            f"Only {customers_counted(len(waits))} bought on three days or more; regularity needs {FEWEST}.",
            "Take a longer period or more customers.",
        )
    if not (np.isfinite(waits).all() and (waits > 0).all()):
        raise BadRequest("Some waits are of no length.", "Count the days of purchase, not purchases.")
    squares = (waits[:, 0] / waits.sum(axis=1) - 0.5) ** 2
    variance, error = squares.mean(), squares.std() / len(squares) ** 0.5
    ends = (variance + 1.96 * error, max(variance - 1.96 * error, 1e-12))
    k, low, high = (float((1 - 4 * each) / (8 * each)) for each in (max(variance, 1e-12), *ends))
    return Regularity(k, max(low, 0.0), high, len(waits))


def fit_regular(histories: PurchaseHistories, k: int) -> FittedPurchases[MbgCnbd]:
    """The likeliest MBG/CNBD-k with `k` events to a purchase. Raises as `mining.lifetime.fitted_purchases.fit`, and
    BadRequest for a k that is not from 1 to 12."""
    if not 1 <= k <= MOST_EVENTS:
        raise BadRequest(f"A purchase cannot be every {k}-th event here.", f"Give k from 1 to {MOST_EVENTS}.")
    return fit_from(MbgCnbd.start(histories.distinct).regular(k), histories)


def fit_each_k(histories: PurchaseHistories) -> dict[int, FittedPurchases[MbgCnbd]]:
    """The likeliest MBG/CNBD-k by k, from 1 up to 12; beyond 4 the search ends at the first that is not likely (see
    `likely_k`). Likelihoods are of (x, t_x, T), so they compare. Raises as `fit_regular`."""
    fits: dict[int, FittedPurchases[MbgCnbd]] = {}
    for k in range(1, MOST_EVENTS + 1):
        fits[k] = fit_regular(histories, k)
        if k > ALWAYS_TRIED and likely_k(likelihood_by_k(fits))[1] < k:
            break
    return fits


def likelihood_by_k(fits: Mapping[int, FittedPurchases[MbgCnbd]]) -> dict[int, float]:
    """The log-likelihood of each k."""
    return {k: each.log_likelihood for k, each in fits.items()}


def likeliest_k(by_k: Mapping[int, float]) -> int:
    """The k of the highest log-likelihood."""
    return max(by_k, key=by_k.__getitem__)


def likely_k(by_k: Mapping[int, float]) -> tuple[int, int]:
    """The least and the greatest k that the likelihood ratio does not reject at 5% (chi-squared of one degree)."""
    likely = [k for k, each in by_k.items() if each > max(by_k.values()) - NOT_REJECTED]
    return min(likely), max(likely)
