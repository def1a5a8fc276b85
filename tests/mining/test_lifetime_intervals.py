"""Intervals of lifetime models hold the truth of simulated firms, and a sum's is not the sum of its members' ends."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.chance_alive import alive_interval, chance_alive
from mining.lifetime.delta_estimate import DeltaEstimate, Interval, slopes
from mining.lifetime.fitted_purchases import bootstrap, fit
from mining.lifetime.mbgnbd import MbgNbd
from mining.lifetime.purchase_forecast import PurchaseForecast, forecast
from mining.lifetime.purchase_histories import TimeUnit
from tests.mining.lifetime_firms import cdnow, told

FIRMS = 25
TRUTH = BgNbd(TimeUnit.DAYS, 0.8, 150.0, 0.8, 2.5)


@pytest.fixture(scope="module")
def of_cdnow() -> PurchaseForecast:
    return forecast(fit(BgNbd, cdnow()), 273)


def test_nominal_95_holds_about_95() -> None:
    """Some firms of a thousand: no share is further from .95 than their luck (python -m bench coverage counts
    hundreds)."""
    held = []
    for seed in range(FIRMS):
        histories, lives = told(TRUTH, 1_000, 180, seed)
        found = forecast(fit(BgNbd, histories), 180)
        rows, row_of = histories.distinct, histories.row_of
        truth, buys = TRUTH.expected(180.0, rows), TRUTH.buys_within(180.0, rows)
        expected, bought = found.purchases.expectation(), found.buyers.probability()
        total = found.groups(pl.Series(np.zeros(1_000, dtype=int))).row(0, named=True)
        held.append([
            ((expected.low <= truth) & (truth <= expected.high))[row_of].mean(),
            ((bought.low <= buys) & (buys <= bought.high))[row_of].mean(),
            total["purchases_low"] <= truth[row_of].sum() <= total["purchases_high"],
            total["purchases_fewest"] <= lives.coming.sum() <= total["purchases_most"],
            total["buyers_fewest"] <= (lives.coming > 0).sum() <= total["buyers_most"],
        ])  # fmt: skip
        single = (found.fewest[row_of] <= lives.coming) & (lives.coming <= found.most[row_of])
        assert single.mean() > 0.94
    assert (np.mean(held, axis=0) > 0.82).all()  # fewer than 21 of 25 come by luck once in 140
    assert np.mean(held) < 0.995


@pytest.mark.parametrize("seed", [6, 28])
def test_who_is_alive_is_told_by_draws_where_the_likelihood_is_skew(seed: int) -> None:
    """Firms of 600 whose customers seem to be nearly alike, once so much that b ran away: the delta method is sure of
    what is not true, draws of the parameters are not (python -m bench coverage counts hundreds of firms)."""
    truth = MbgNbd(TimeUnit.DAYS, 0.8, 150.0, 0.8, 2.5)
    fitted = fit(MbgNbd, told(truth, 600, 0, seed)[0])
    rows, alive = fitted.histories.distinct, truth.alive(fitted.histories.distinct)

    def held(found: Interval) -> float:
        return float(((found.low <= alive) & (alive <= found.high)).mean())

    changes = slopes(lambda logs: fitted.model.with_logs(logs).alive(rows), fitted.model.logs)
    delta = DeltaEstimate(fitted.model.alive(rows), changes, 0 * alive, fitted.found.robust)
    drawn = alive_interval(fitted, rows)
    assert held(delta.probability()) < 0.85
    assert held(drawn) > 0.95
    assert (drawn.high - drawn.low).mean() < 0.5


def test_delta_and_bootstrap_agree() -> None:
    """Forty firms told by the fitted MBG/NBD and fitted again: what they expect spreads as the delta method says."""
    histories = told(MbgNbd(TimeUnit.DAYS, 0.8, 150.0, 0.8, 2.5), 2_000, 0, 3)[0]
    fitted = fit(MbgNbd, histories)
    few = histories.distinct.take(np.arange(0, len(histories.distinct), 100))
    drawn = np.stack([fitted.model.with_logs(logs).expected(180.0, few) for logs in bootstrap(fitted, 40)])
    errors = forecast(fitted, 180).purchases.errors[::100][: len(few)]
    assert drawn.std(axis=0) / errors == pytest.approx(1, abs=0.4)


@pytest.mark.parametrize(("people", "chance"), [(50, 0.1), (400, 0.3), (1_000, 0.7)])
def test_buyers_vary_less_than_purchases(people: int, chance: float) -> None:
    """So many people with that chance each: the binomial's ends, where Poisson's would be wider."""
    number = np.array([people * chance])
    told_of = DeltaEstimate(number, np.zeros((1, 1)), number * (1 - chance), np.zeros((1, 1))).count_outcome()
    low, high = binom.ppf([0.025, 0.975], people, chance)
    assert told_of.low[0] == pytest.approx(low, abs=1)
    assert told_of.high[0] == pytest.approx(high, abs=1)


def test_a_sums_interval_is_no_sum_of_ends(of_cdnow: PurchaseForecast) -> None:
    """The expectation's is narrower than its members' ends, the outcome's wider than the expectation's and far
    narrower than the sum of single outcomes; a group of one has its customer's own."""
    customers = of_cdnow.customers
    came_back = pl.Series(cdnow().repeats > 0)
    groups = {row["group"]: row for row in of_cdnow.groups(came_back).iter_rows(named=True)}
    for group, row in groups.items():
        members = customers.filter(came_back == group)
        assert row["customers"] == members.height
        assert row["purchases"] == pytest.approx(members["purchases"].sum())
        assert row["buyers"] == pytest.approx(members["buys"].sum())
        ends = members["purchases_high"].sum() - members["purchases_low"].sum()
        width = row["purchases_high"] - row["purchases_low"]
        outcome = row["purchases_most"] - row["purchases_fewest"]
        assert width < ends
        assert width < outcome < (members["purchases_most"] - members["purchases_fewest"]).sum() / 3
    alone = of_cdnow.groups(pl.Series(np.arange(customers.height))).row(5, named=True)
    own = customers.row(5, named=True)
    assert [alone[f"purchases{end}"] for end in ("", "_low", "_high")] == pytest.approx(
        [own[f"purchases{end}"] for end in ("", "_low", "_high")]
    )


def test_customers_have_ends_around_their_numbers(of_cdnow: PurchaseForecast) -> None:
    customers = of_cdnow.customers.join(chance_alive(of_cdnow.fitted), on="customer", maintain_order="left")
    for name in ("alive", "buys", "purchases"):
        low, value, high = (customers[f"{name}{end}"] for end in ("_low", "", "_high"))
        assert ((low <= value) & (value <= high)).all()
        assert customers[name].is_finite().all()
    never = customers.filter(pl.Series(cdnow().repeats == 0))
    assert set(never["alive_low"]) == set(never["alive_high"]) == {1.0}  # as the BG/NBD has it
    assert customers["buys_high"].max() <= 1  # type: ignore[operator]
