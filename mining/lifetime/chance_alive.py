"""P(alive) of each customer, with an interval that holds for small firms as well."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.lifetime.delta_estimate import LEVEL, DeltaEstimate, Interval, slopes
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.parameter_draws import draw_parameters
from mining.lifetime.purchase_histories import DistinctHistories, Numbers
from mining.lifetime.purchase_model import PurchaseModel

SKEW = 0.15  # a standard error of a logarithm above which the likelihood is too skew for the delta method


def chance_alive(fitted: FittedPurchases[PurchaseModel]) -> pl.DataFrame:
    """One row a customer: customer, alive, alive_low, alive_high (95%; of `fitted`'s own histories)."""
    rows, row_of = fitted.histories.distinct, fitted.histories.row_of
    interval = alive_interval(fitted, rows)
    columns = {"alive": fitted.model.alive(rows), "alive_low": interval.low, "alive_high": interval.high}
    told = {name: pl.Series(column[row_of]) for name, column in columns.items()}
    return fitted.histories.frame.select("customer").with_columns(**told)


def alive_interval(fitted: FittedPurchases[PurchaseModel], rows: DistinctHistories) -> Interval:
    """Both ends for each of these histories: by draws of the parameters, and where these are sure, by the delta method
    on the logit."""
    model = fitted.model

    def alive(logs: Numbers) -> Numbers:
        return model.with_logs(logs).alive(rows)

    errors = np.sqrt(np.abs(np.diag(fitted.found.robust)))
    if fitted.found.converged and errors.max() < SKEW:
        changes = slopes(alive, model.logs)
        return DeltaEstimate(
            alive(model.logs), changes, np.zeros(len(rows)), fitted.found.robust
        ).probability()
    drawn = np.stack([alive(logs) for logs in draw_parameters(fitted)])
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    value = alive(model.logs)
    return Interval(np.minimum(low, value), np.maximum(high, value))
