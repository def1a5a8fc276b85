"""Value at risk is a product told by a loop, and its interval holds what is true of simulated firms."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.customer_value import CustomerValue, ValueTerms, value
from mining.lifetime.fitted_purchases import FittedPurchases, fit
from mining.lifetime.gamma_gamma import GammaGamma, fit_spend
from mining.lifetime.purchase_histories import PurchaseHistories, TimeUnit
from mining.lifetime.value_at_risk import value_at_risk
from tests.mining.lifetime_firms import UNTIL, cdnow, seen, told

TRUTH = BgNbd(TimeUnit.DAYS, 0.8, 150.0, 0.8, 2.5)
SPENT = GammaGamma(6.25, 3.74, 15.44)
HORIZON, FIRMS, CUSTOMERS = 180, 10, 1_000
TERMS = ValueTerms(HORIZON, 0.15)


@cache
def of_cdnow() -> tuple[FittedPurchases[BgNbd], CustomerValue]:
    purchases = fit(BgNbd, cdnow())
    return purchases, value(purchases, fit_spend(cdnow()), TERMS)


def test_it_is_value_times_the_chance_of_nothing_and_adds_up_by_group() -> None:
    purchases, worth = of_cdnow()
    found = value_at_risk(purchases, worth)
    rows, row_of = purchases.histories.distinct, purchases.histories.row_of
    each = worth.worth.value * (1 - purchases.model.buys_within(HORIZON / 7, rows)[row_of])
    assert found.risk.value == pytest.approx(each)
    came_back = pl.Series(cdnow().repeats > 0)
    groups = {row["group"]: row for row in found.groups(came_back).iter_rows(named=True)}
    for group, row in groups.items():
        assert row["at_risk"] == pytest.approx(each[(came_back == group).to_numpy()].sum())
        assert row["at_risk_low"] < row["at_risk"] < row["at_risk_high"]


def test_parameters_drawn_as_they_err_spread_it_as_it_is_told() -> None:
    """150 draws of both models' parameters together: value and chance go together there, as they do in the interval."""
    purchases, worth = of_cdnow()
    found = value_at_risk(purchases, worth).risk
    spend, rows, row_of = fit_spend(cdnow()), purchases.histories.distinct, purchases.histories.row_of
    where, random = np.concatenate([purchases.model.logs, spend.model.logs]), np.random.default_rng(2)
    money = np.nan_to_num(cdnow().frame["repeat_spend"].to_numpy())
    sums = []
    for logs in random.multivariate_normal(where, found.covariance, 150):
        model, of_a_day = purchases.model.with_logs(logs[:4]), spend.model.with_logs(logs[4:])
        lost = model.discounted(0.15, HORIZON / 7, rows) * (1 - model.buys_within(HORIZON / 7, rows))
        sums.append(lost[row_of] @ of_a_day.expected(cdnow().repeats, money))
    total = found.totals(np.zeros(len(row_of), dtype=int), 1)
    assert np.std(sums) == pytest.approx(total.errors[0], rel=0.2)
    assert np.mean(sums) == pytest.approx(total.value[0], rel=0.02)


def firm(seed: int) -> tuple[PurchaseHistories, np.ndarray]:
    """Customers who buy and spend as planted; and the mean spend of each that the planted model expects."""
    counts, random = told(TRUTH, CUSTOMERS, 0, seed)[0], np.random.default_rng(seed)
    repeats = counts.repeats
    own = random.gamma(SPENT.q, 1 / SPENT.v, CUSTOMERS)
    mean = random.gamma(SPENT.p * np.maximum(repeats, 1)) / own / np.maximum(repeats, 1)
    spend = np.where(repeats > 0, mean, 0.0)
    money = pl.Series("repeat_spend", spend).replace(0.0, None)
    frame = counts.frame.drop("customer").with_columns(money)
    return seen(frame, TimeUnit.DAYS, UNTIL), SPENT.expected(repeats, spend)


def test_the_interval_holds_what_is_true_of_simulated_firms() -> None:
    held, off = [], []
    for seed in range(FIRMS):
        histories, spend = firm(seed)
        purchases = fit(BgNbd, histories)
        found = value_at_risk(purchases, value(purchases, fit_spend(histories), TERMS))
        rows, row_of = histories.distinct, histories.row_of
        lost = TRUTH.discounted(0.15, HORIZON, rows) * (1 - TRUTH.buys_within(HORIZON, rows))
        true = float(lost[row_of] @ spend)
        row = found.groups(pl.Series(np.zeros(CUSTOMERS, dtype=int))).row(0, named=True)
        held.append(row["at_risk_low"] <= true <= row["at_risk_high"])
        off.append(np.log(row["at_risk"] / true) / np.log(row["at_risk_high"] / row["at_risk"]) * 1.96)
    assert sum(held) > 6  # fewer of 10 come by luck once in a thousand
    assert 0.6 < np.std(off) < 1.6


def test_all_that_is_left_has_no_risk_within_a_horizon() -> None:
    purchases, _ = of_cdnow()
    with pytest.raises(BadRequest, match="at risk for ever"):
        value_at_risk(purchases, value(purchases, fit_spend(cdnow()), ValueTerms(None, 0.15)))
