"""What is kept of each customer when what a lifetime model says is saved as scores, by the page or by the command."""

from __future__ import annotations

import polars as pl

from mining.lifetime.customer_value import CustomerValue
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.purchase_model import PurchaseModel


def customer_scores(
    fitted: FittedPurchases[PurchaseModel], horizon_days: int, worth: CustomerValue | None
) -> pl.DataFrame:
    """customer, chance and expected_purchases within the horizon of value, and value where that is told."""
    model, rows, row_of = fitted.model, fitted.histories.distinct, fitted.histories.row_of
    horizon = horizon_days / model.unit.value
    told = {
        "chance": model.buys_within(horizon, rows)[row_of],
        "expected_purchases": model.expected(horizon, rows)[row_of],
        **({} if worth is None else {"value": worth.worth.value}),
    }
    return fitted.histories.frame.select("customer").with_columns(
        **{k: pl.Series(v) for k, v in told.items()}
    )
