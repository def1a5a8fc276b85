"""What a fitted model expects of each customer, and of any groups of them, within so many days: with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.lifetime.delta_estimate import LEVEL, DeltaEstimate, group_codes, slopes
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.purchase_histories import Counts, DistinctHistories, Numbers
from mining.lifetime.purchase_model import PurchaseModel


@dataclass(frozen=True, slots=True, eq=False)
class PurchaseForecast:
    """One row a distinct history: what is expected within `horizon_days`.

    `purchases` and `buyers` (the probability of one purchase or more) have expectations and the noise of outcomes.
    `fewest` and `most`: 95 of 100 such customers, or more, buy so often when parameters are right.
    """

    fitted: FittedPurchases[PurchaseModel]
    horizon_days: int
    purchases: DeltaEstimate
    buyers: DeltaEstimate
    fewest: Counts
    most: Counts

    @property
    def customers(self) -> pl.DataFrame:
        """One row a customer: customer, then buys (a probability) and purchases, each with _low and _high, the interval
        of the expectation (delta method); purchases_fewest and purchases_most, that of the outcome."""
        buys = self.buyers.probability()
        purchases = self.purchases.expectation()
        columns = {
            "buys": self.buyers.value,
            "buys_low": buys.low,
            "buys_high": buys.high,
            "purchases": self.purchases.value,
            "purchases_low": purchases.low,
            "purchases_high": purchases.high,
            "purchases_fewest": self.fewest,
            "purchases_most": self.most,
        }
        histories = self.fitted.histories
        each = {name: column[histories.row_of] for name, column in columns.items()}
        return histories.frame.select("customer").with_columns(**{k: pl.Series(v) for k, v in each.items()})

    def groups(self, group: pl.Series) -> pl.DataFrame:
        """One row a group of customers (`group` has each customer's, in the order of the histories).

        group, customers; purchases and buyers within the horizon, each with _low and _high (expectation: how sure the
        model is) and _fewest and _most (outcome: what 95 of 100 such horizons bring, chance included).
        """
        names, codes = group_codes(group)
        found: dict[str, Numbers | Counts] = {"customers": np.bincount(codes, minlength=len(names))}
        for name, each in (("purchases", self.purchases), ("buyers", self.buyers)):
            total = each.totals(codes, len(names), self.fitted.histories.row_of)
            expected, outcome = total.expectation(), total.count_outcome()
            found |= {
                name: total.value,
                f"{name}_low": expected.low,
                f"{name}_high": expected.high,
                f"{name}_fewest": outcome.low,
                f"{name}_most": np.minimum(outcome.high, found["customers"])
                if name == "buyers"
                else outcome.high,
            }
        return pl.DataFrame({"group": names}).with_columns(**{k: pl.Series(v) for k, v in found.items()})


def forecast(fitted: FittedPurchases[PurchaseModel], horizon_days: int) -> PurchaseForecast:
    """Purchases and buyers in the `horizon_days` after the last day of the histories."""
    model, rows = fitted.model, fitted.histories.distinct
    horizon = horizon_days / model.unit.value
    fewest, most = _ends(model, horizon, rows)
    buyers = buyers_within(fitted, horizon_days)
    return PurchaseForecast(fitted, horizon_days, _purchases_within(fitted, horizon), buyers, fewest, most)


def buyers_within(fitted: FittedPurchases[PurchaseModel], horizon_days: int) -> DeltaEstimate:
    """The chance of one purchase or more in the `horizon_days` after the last day, one entry a distinct history."""
    model, rows = fitted.model, fitted.histories.distinct
    horizon = horizon_days / model.unit.value

    def buys(logs: Numbers) -> Numbers:
        return model.with_logs(logs).buys_within(horizon, rows)

    chance = buys(model.logs)
    return DeltaEstimate(chance, slopes(buys, model.logs), chance * (1 - chance), fitted.found.robust)


def _purchases_within(fitted: FittedPurchases[PurchaseModel], horizon: float) -> DeltaEstimate:
    """Expected purchases, and how far those of one customer lie from them."""
    model, rows = fitted.model, fitted.histories.distinct

    def expected(logs: Numbers) -> Numbers:
        return model.with_logs(logs).expected(horizon, rows)

    value = expected(model.logs)
    noise = np.maximum(model.squares(horizon, rows) - value**2, 0)
    return DeltaEstimate(value, slopes(expected, model.logs), noise, fitted.found.robust)


def _ends(model: PurchaseModel, horizon: float, rows: DistinctHistories) -> tuple[Counts, Counts]:
    """The counts that hold 95 of 100 outcomes, or more."""
    fewest, most = np.zeros((2, len(rows)), dtype=np.int64)
    part = (1 - LEVEL) / 2
    for tail in model.tails(horizon, rows, part):
        fewest += tail >= 1 - part
        most += tail > part
    return fewest, most
