"""What is kept of each customer when what a lifetime model says is saved as scores, by the page or by the command."""

from __future__ import annotations

import polars as pl

from mining.lifetime.customer_value import CustomerValue
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.purchase_forecast import forecast
from mining.lifetime.purchase_model import PurchaseModel


def customer_scores(
    fitted: FittedPurchases[PurchaseModel], horizon_days: int, worth: CustomerValue | None
) -> pl.DataFrame:
    """customer, chance and expected_purchases within the horizon of value, and value where that is told."""
    told = forecast(fitted, horizon_days).customers
    frame = told.select("customer", chance="buys", expected_purchases="purchases")
    if worth is None:
        return frame
    return frame.join(worth.customers.select("customer", "value"), on="customer")
