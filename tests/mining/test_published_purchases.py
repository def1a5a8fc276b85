"""The purchase models and mean spend meet the figures of their papers, of R's packages and of lifetimes on CDNOW."""

from __future__ import annotations

import numpy as np
import pytest

from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.cnbd import MbgCnbd
from mining.lifetime.fitted_purchases import FittedPurchases, bootstrap, fit, fit_from, search
from mining.lifetime.gamma_gamma import GammaGamma, fit_spend
from mining.lifetime.mbgnbd import MbgNbd
from mining.lifetime.pareto_nbd import ParetoNbd
from mining.lifetime.purchase_histories import DistinctHistories, TimeUnit
from mining.lifetime.purchase_model import PurchaseModel
from tests.mining.lifetime_firms import WEEKS, cdnow, cdnow_customers, rows

BG = BgNbd(WEEKS, 0.2426, 4.4136, 0.7929, 2.4259)
PARETO = ParetoNbd(WEEKS, 0.5533, 10.578, 0.6062, 11.669)
NOW = rows(0, 0, 0)


@pytest.fixture(scope="module")
def fits() -> dict[type[PurchaseModel], FittedPurchases[PurchaseModel]]:
    return {story: fit(story, cdnow()) for story in (BgNbd, MbgNbd, ParetoNbd)}


@pytest.mark.parametrize(
    ("story", "parameters", "log_likelihood"),
    [
        (BgNbd, (0.24259, 4.4136, 0.79292, 2.4259), -9582.429),
        (MbgNbd, (0.525, 6.183, 0.891, 1.614), -9582.136),
        (ParetoNbd, (0.5533, 10.578, 0.6062, 11.669), -9594.976),
    ],
)
def test_parameters_and_likelihood(
    fits: dict, story: type[PurchaseModel], parameters: tuple[float, ...], log_likelihood: float
) -> None:
    found = fits[story]
    assert np.exp(found.model.logs) == pytest.approx(parameters, rel=5e-4)
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=1e-3)
    assert found.found.converged
    assert found.doubts == ()


def test_standard_errors(fits: dict) -> None:
    """CLVTools' errors of the Pareto/NBD."""
    assert fits[ParetoNbd].found.standard_errors == pytest.approx((0.0476, 0.8427, 0.1873, 6.2105), rel=2e-3)


@pytest.mark.parametrize(
    ("model", "week_78", "correlation"), [(BgNbd, 4160.6, 0.6256), (ParetoNbd, 4270.0, 0.6302)]
)
def test_the_weeks_held_out(
    fits: dict, model: type[PurchaseModel], week_78: float, correlation: float
) -> None:
    """Cumulative repeat purchases as expected of everybody's age, and each one's expected with each one's coming."""
    found = fits[model].model
    histories = cdnow()
    by_age = np.bincount(histories.frame["age_days"])
    total = sum(count * found.expected((age + 273) / 7, NOW)[0] for age, count in enumerate(by_age) if count)
    assert total == pytest.approx(week_78, abs=0.3)
    expected = found.expected(39.0, histories.distinct)[histories.row_of]
    coming = cdnow_customers()["coming"].to_numpy()
    assert coming.sum() == 1882
    assert np.corrcoef(expected, coming)[0, 1] == pytest.approx(correlation, abs=1e-4)


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [(1 / 7, 0.0078), (1, 0.0532), (3, 0.1506), (31.857, 1.0405), (32, 1.0437), (78, 1.8576)],
)
def test_a_new_customers_purchases(weeks: float, expected: float) -> None:
    """Hardie's sheet of the BG/NBD, E[X(t)]."""
    assert BG.expected(weeks, NOW)[0] == pytest.approx(expected, rel=2.5e-4, abs=5e-5)


@pytest.mark.parametrize(
    ("model", "of_26", "alive_of_26", "silent"),
    [
        (BG, 25.757, 0.96885, (0.3475, 0.0428, 0.00416, 0.000358)),
        (PARETO, 25.457, 0.99787, (0.7063, 0.1442, 0.0225, 0.0031)),
    ],
)
def test_single_customers(
    model: PurchaseModel, of_26: float, alive_of_26: float, silent: tuple[float, ...]
) -> None:
    """BTYD's vignette: 26 repeats until week 30.857 of 31, and those silent since week 20 of 39."""
    regular = rows(26, 30.857, 31)
    assert model.expected(52.0, regular)[0] == pytest.approx(of_26, abs=6e-3)
    assert model.alive(regular)[0] == pytest.approx(alive_of_26, abs=2e-5)
    assert model.expected(52.0, rows([10, 15, 20, 25], 20, 39)) == pytest.approx(silent, rel=1e-2)


def test_two_more_figures() -> None:
    """Fader, Hardie & Lee's customer of two repeats, and the vignette's new customer of a Pareto/NBD."""
    two = rows(2, 30.43, 38.86)
    assert BG.expected(39.0, two)[0] == pytest.approx(1.226, abs=5e-4)
    assert BG.alive(two)[0] == pytest.approx(0.7266, abs=5e-5)
    assert PARETO.expected(52.0, NOW)[0] == pytest.approx(1.473, abs=6e-4)


def test_mean_alive_differs_at_nearly_equal_fit(fits: dict) -> None:
    histories = cdnow()
    means = [
        fits[story].model.alive(histories.distinct)[histories.row_of].mean()
        for story in (BgNbd, MbgNbd, ParetoNbd)
    ]
    assert means == pytest.approx([0.813, 0.449, 0.446], abs=5e-4)
    assert (cdnow_customers()["coming"] > 0).mean() == pytest.approx(0.29, abs=5e-3)


@pytest.mark.parametrize("story", [BgNbd, MbgNbd, ParetoNbd])
def test_grouped_rows_and_single_rows_give_one_model(fits: dict, story: type[PurchaseModel]) -> None:
    histories = cdnow()
    frame = histories.frame
    ones = np.ones(len(frame), dtype=np.int64)
    columns = (frame[name].to_numpy() for name in ("repeats", "recency_days", "age_days"))
    single = DistinctHistories(*columns, ones, WEEKS)
    assert len(histories.distinct) < len(single) / 2
    found = search(story.start(single), single)
    assert found.logs == pytest.approx(fits[story].found.logs, abs=1e-7)
    assert found.robust == pytest.approx(fits[story].found.robust, rel=1e-3)


@pytest.mark.parametrize("story", [BgNbd, MbgNbd, ParetoNbd])
def test_days_and_weeks_give_one_forecast(fits: dict, story: type[PurchaseModel]) -> None:
    days = fit(story, cdnow(TimeUnit.DAYS)).model
    weeks = fits[story].model
    in_days, in_weeks = cdnow(TimeUnit.DAYS).distinct, cdnow().distinct
    assert days.expected(364.0, in_days) == pytest.approx(weeks.expected(52.0, in_weeks), rel=1e-6)
    assert days.discounted(0.15, 364.0, in_days) == pytest.approx(
        weeks.discounted(0.15, 52.0, in_weeks), rel=1e-6
    )
    assert weeks.counting(TimeUnit.DAYS).logs == pytest.approx(days.logs, abs=1e-6)


def test_a_bootstrap_errs_as_the_information_says(fits: dict) -> None:
    """Sixty firms told by the fitted BG/NBD: the spread of r and alpha, within the luck of sixty."""
    drawn = bootstrap(fits[BgNbd], 60)
    assert len(drawn) >= 58
    spread = np.exp(drawn).std(axis=0) / fits[BgNbd].found.standard_errors
    assert spread[:2] == pytest.approx(1, abs=0.3)


def test_one_event_a_purchase_is_the_mbgnbd(fits: dict) -> None:
    one = fit_from(MbgCnbd.start(cdnow().distinct).regular(1), cdnow())
    assert one.model.logs == pytest.approx(fits[MbgNbd].model.logs, abs=1e-6)
    assert one.log_likelihood == pytest.approx(fits[MbgNbd].log_likelihood, abs=1e-6)


def test_mean_spend() -> None:
    """CLVTools' Gamma-Gamma; Hardie's note gives 35.17 by unrounded parameters."""
    spend = fit_spend(cdnow())
    model = spend.model
    assert (model.p, model.q, model.v) == pytest.approx((6.25, 3.74, 15.44), abs=1e-2)
    assert spend.found.log_likelihood == pytest.approx(-4055.918, abs=2e-3)
    expected = GammaGamma(6.25, 3.74, 15.44).expected(
        np.array([2.0, 1.0, 0.0]), np.array([22.35, 11.77, 0.0])
    )
    assert expected == pytest.approx((24.66, 18.92, 35.22), abs=6e-3)
    assert model.expected(np.zeros(1), np.zeros(1))[0] == pytest.approx(35.17, abs=6e-3)
    assert spend.correlation == pytest.approx(0.114, abs=5e-4)
    assert spend.customers == 946
    assert spend.doubts == ()
