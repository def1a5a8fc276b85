"""Customers' value is margin x spend x discounted purchases, has intervals, and does not hang on the unit of time."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.lifetime.customer_value import ValueTerms, value
from mining.lifetime.fitted_purchases import FittedPurchases, fit
from mining.lifetime.gamma_gamma import FittedSpend, GammaGamma, SpendDependsOnFrequency, fit_spend
from mining.lifetime.pareto_nbd import ParetoNbd
from mining.lifetime.purchase_histories import TimeUnit
from tests.mining.lifetime_firms import UNTIL, WEEKS, cdnow, cdnow_customers, seen

YEAR = ValueTerms(365, 0.15)


@cache
def fitted(unit: TimeUnit = WEEKS) -> tuple[FittedPurchases[ParetoNbd], FittedSpend]:
    histories = cdnow(unit)
    return fit(ParetoNbd, histories), fit_spend(histories)


def test_value_is_a_product_told_by_a_loop() -> None:
    purchases, spend = fitted()
    found = value(purchases, spend, YEAR).customers
    for at in (0, 100, 2000, 2356):
        row = purchases.histories.frame.row(at, named=True)
        times = purchases.model.discounted(0.15, 365 / 7, purchases.histories.distinct)
        worth = spend.model.expected(np.array([row["repeats"]]), np.array([row["repeat_spend"] or 0.0]))
        assert found["value"][at] == pytest.approx(times[purchases.histories.row_of[at]] * worth[0])
    assert (found["value_low"] < found["value"]).all()
    assert (found["value"] < found["value_high"]).all()


def test_days_and_weeks_give_one_value() -> None:
    weeks, days = (value(*fitted(unit), YEAR).customers for unit in (WEEKS, TimeUnit.DAYS))
    for name in ("value", "value_low", "value_high"):
        assert weeks[name].to_numpy() == pytest.approx(
            days[name].to_numpy(), rel=1e-5 if "_" in name else 1e-6
        )


def test_all_that_is_left_is_a_long_horizon() -> None:
    """Within 1%; no outcome is told of it."""
    whole, long = (value(*fitted(), ValueTerms(days, 0.15)) for days in (None, 60 * 365))
    assert whole.worth.value == pytest.approx(long.worth.value, rel=1e-2)
    assert whole.groups(pl.Series(np.zeros(2357, dtype=int)))["value_most"].to_list() == [None]


def test_margin_is_taken_where_known_and_assumed_where_not() -> None:
    share = pl.Series("margin_share", [0.4] * 2000 + [0.2] * 300 + [None] * 57)
    frame = cdnow_customers().rename({"spend": "repeat_spend"}).drop("coming").with_columns(share)
    histories = seen(frame, WEEKS)
    margin = value(fit(ParetoNbd, histories), fit_spend(histories), YEAR)
    revenue = value(*fitted(), YEAR)
    assert (margin.is_margin, margin.margin_assumed) == (True, 57)
    assert not revenue.is_margin
    shares = np.repeat([0.4, 0.2, (2000 * 0.4 + 300 * 0.2) / 2300], [2000, 300, 57])
    assert margin.worth.value == pytest.approx(revenue.worth.value * shares)
    assert margin.worth.noise == pytest.approx(revenue.worth.noise * shares**2)


def test_a_groups_outcome_is_what_simulated_money_does() -> None:
    """A thousand times the money of everybody's year, by draws of alive, rate, leaving and spend."""
    purchases, spend = fitted()
    found = value(purchases, spend, ValueTerms(365, 0.0))
    random, money = np.random.default_rng(1), []
    r, alpha, s, beta = np.exp(purchases.model.logs)
    histories, model = purchases.histories, spend.model
    x, age, alive = histories.repeats, histories.age, purchases.model.alive(histories.distinct)
    mean = np.where(x > 0, histories.frame["repeat_spend"].fill_null(0.0).to_numpy(), 0.0)
    known = x * (mean > 0)
    for _ in range(1000):
        lives = random.random(len(x)) < alive[histories.row_of]
        rate, ends = random.gamma(r + x, 1 / (alpha + age)), random.gamma(s, 1 / (beta + age))
        left = np.minimum(random.exponential(1 / np.maximum(ends, 1e-300)), 365 / 7)
        count = random.poisson(rate * left) * lives
        nu = random.gamma(model.q + model.p * known, 1 / (model.v + known * mean))
        money.append((random.gamma(np.maximum(model.p * count, 1e-9)) / nu * (count > 0)).sum())
    assert np.mean(money) == pytest.approx(found.worth.value.sum(), rel=0.01)
    assert np.var(money) == pytest.approx(found.worth.noise.sum(), rel=0.15)
    row = found.groups(pl.Series(np.zeros(len(x), dtype=int))).row(0, named=True)
    assert row["value_least"] < np.quantile(money, 0.025)
    assert np.quantile(money, 0.975) < row["value_most"]
    assert row["value_low"] < row["value"] < row["value_high"]


def test_one_customers_money_is_what_simulated_years_bring() -> None:
    """Mean and variance of a customer's year, by 300,000 draws: each day's spend differs from its own mean, too."""
    purchases, spend = fitted()
    found, random, size = value(purchases, spend, ValueTerms(365, 0.0)), np.random.default_rng(4), 300_000
    histories, model = purchases.histories, spend.model
    at = int(np.flatnonzero((histories.repeats == 2) & (histories.recency > 25))[0])
    x, age, mean = 2, histories.age[at], histories.frame["repeat_spend"][at]
    r, alpha, s, beta = np.exp(purchases.model.logs)
    alive = purchases.model.alive(histories.distinct)[histories.row_of[at]]
    left = random.exponential(1, size) / random.gamma(s, 1 / (beta + age), size)
    count = random.poisson(random.gamma(r + x, 1 / (alpha + age), size) * np.minimum(left, 365 / 7))
    count = count * (random.random(size) < alive)
    nu = random.gamma(model.q + model.p * x, 1 / (model.v + x * mean), size)
    money = random.gamma(np.maximum(model.p * count, 1e-9)) / nu * (count > 0)
    assert money.mean() == pytest.approx(found.worth.value[at], rel=0.02)
    assert money.var() == pytest.approx(found.worth.noise[at], rel=0.03)


def test_spend_that_goes_with_frequency_is_doubted() -> None:
    frame = (
        cdnow_customers()
        .drop("coming", "spend")
        .with_columns(repeat_spend=10 + 5 * pl.col("repeats") + pl.int_range(pl.len()) % 7)
    )
    (doubt,) = (
        each for each in fit_spend(seen(frame, WEEKS)).doubts if isinstance(each, SpendDependsOnFrequency)
    )
    assert "spends more a day" in str(doubt)


def test_spend_derivatives_are_differences() -> None:
    model, x, mean = GammaGamma(6.25, 3.74, 15.44), np.array([1.0, 3.0]), np.array([20.0, 5.0])
    differences = [
        (model.with_logs(model.logs + step).scores(x, mean)[0] - model.with_logs(model.logs - step).scores(x, mean)[0])
        / 2e-5
        for step in np.eye(3) * 1e-5
    ]  # fmt: skip
    assert model.scores(x, mean)[1] == pytest.approx(np.stack(differences), rel=1e-6)


def test_what_has_no_value_is_refused_in_words() -> None:
    purchases = fitted()[0]
    with pytest.raises(BadRequest, match="no rate of a year"):
        ValueTerms(365, -0.1)
    with pytest.raises(BadRequest, match="has no end"):
        ValueTerms(None, 0.0)
    with pytest.raises(BadRequest, match="different histories"):
        value(purchases, fitted(TimeUnit.DAYS)[1], YEAR)
    with pytest.raises(BadRequest, match="nothing of money"):
        fit_spend(seen(cdnow_customers().drop("coming", "spend"), WEEKS, UNTIL))
    same = cdnow_customers().drop("coming", "spend").with_columns(repeat_spend=pl.lit(5.0))
    with pytest.raises(BadRequest, match="spend the same"):
        fit_spend(seen(same, WEEKS))
