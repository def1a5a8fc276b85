"""How much of what customers are worth is at risk: each one's value times the chance that nothing is bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.lifetime.customer_value import CustomerValue
from mining.lifetime.delta_estimate import DeltaEstimate, group_codes
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.purchase_forecast import buyers_within
from mining.lifetime.purchase_model import PurchaseModel


@dataclass(frozen=True, slots=True, eq=False)
class ValueAtRisk:
    """`risk` has a row a customer, in the money of value; no outcome is told of it, so that its noise is infinite."""

    risk: DeltaEstimate

    def groups(self, group: pl.Series) -> pl.DataFrame:
        """One row a group of customers (`group` has each customer's, in the order of the histories): group, at_risk
        with at_risk_low and at_risk_high, the 95% interval of the sum's expectation (delta method)."""
        names, codes = group_codes(group)
        total = self.risk.totals(codes, len(names))
        ends = total.expectation()
        return pl.DataFrame({"group": names}).with_columns(
            at_risk=pl.Series(total.value), at_risk_low=pl.Series(ends.low), at_risk_high=pl.Series(ends.high)
        )


def value_at_risk(purchases: FittedPurchases[PurchaseModel], worth: CustomerValue) -> ValueAtRisk:
    """Of value within a horizon, and nothing bought within the same. Value and chance hang on the same parameters of
    purchases, so that their errors are taken together. Raises BadRequest for value without a horizon."""
    days = worth.terms.horizon_days
    if days is None:
        raise BadRequest("All that is left is at risk for ever.", "Give value a horizon.")
    value, row_of = worth.worth, purchases.histories.row_of
    buys = buyers_within(purchases, days)
    stays_away = 1 - buys.value[row_of]
    changes = value.slopes * stays_away
    changes[: len(buys.slopes)] -= value.value * buys.slopes[:, row_of]
    noise = np.full(len(value.value), np.inf)
    return ValueAtRisk(DeltaEstimate(value.value * stays_away, changes, noise, value.covariance))
