"""Each purchase model against itself computed otherwise: differences, sums of tails, lives told by its story."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.special import gammaln, hyperu

from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.cnbd import MbgCnbd
from mining.lifetime.fitted_purchases import fit, search
from mining.lifetime.maximum_likelihood import Likeliest
from mining.lifetime.mbgnbd import MbgNbd
from mining.lifetime.model_refusals import AllOfOneDay, NoLifetimeModel, OneCohort, ParameterAtBorder
from mining.lifetime.pareto_nbd import ParetoNbd
from mining.lifetime.purchase_histories import DistinctHistories, TimeUnit
from mining.lifetime.purchase_model import PurchaseModel
from mining.lifetime.purchase_simulation import simulate
from tests.mining.lifetime_firms import WEEKS, cdnow, rows, seen, told

DAYS = TimeUnit.DAYS
MODELS = [
    BgNbd(DAYS, 0.8, 60.0, 0.8, 2.5),
    MbgNbd(DAYS, 0.8, 60.0, 0.8, 2.5),
    MbgCnbd(DAYS, 0.8, 20.0, 0.8, 2.5, 3),
    ParetoNbd(DAYS, 0.8, 60.0, 0.6, 200.0),
]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.NAME)
SOME = rows([0, 1, 4, 40, 300], [0, 20, 300, 340, 399], [400, 400, 350, 360, 400], DAYS)


@each_model
def test_derivatives_are_differences(model: PurchaseModel) -> None:
    moved = np.eye(4) * 1e-5
    differences = [
        (
            model.with_logs(model.logs + step).log_likelihood(SOME)
            - model.with_logs(model.logs - step).log_likelihood(SOME)
        )
        / 2e-5
        for step in moved
    ]
    assert model.scores(SOME)[1] == pytest.approx(np.stack(differences), abs=1e-5, rel=1e-6)


@each_model
def test_sums_are_those_of_rows(model: PurchaseModel) -> None:
    heavy = DistinctHistories(SOME.repeats, SOME.recency_days, SOME.age_days, np.array([7, 5, 1, 2, 3]), DAYS)
    found, slopes = model.scores(heavy)
    total, summed = model.summed(heavy)
    assert total == pytest.approx(heavy.weights @ found, rel=1e-12)
    assert summed == pytest.approx(slopes @ heavy.weights, rel=1e-9)


@each_model
def test_three_hundred_purchases_are_no_logarithm_of_nothing(model: PurchaseModel) -> None:
    assert np.isfinite(model.log_likelihood(SOME)).all()
    assert ((model.alive(SOME) > 0) & (model.alive(SOME) <= 1)).all()
    assert model.expected(100.0, SOME)[-1] > 10


@each_model
def test_expectations_are_sums_of_tails(model: PurchaseModel) -> None:
    tails = np.stack(list(model.tails(120.0, SOME, 1e-14)))
    assert model.expected(120.0, SOME) == pytest.approx(tails.sum(axis=0), rel=1e-7)
    assert model.buys_within(120.0, SOME) == pytest.approx(tails[0], rel=1e-12)
    counts = 2 * np.arange(len(tails)) + 1
    assert model.squares(120.0, SOME) == pytest.approx(counts @ tails, rel=1e-7)
    assert (np.diff(tails, axis=0) <= 1e-15).all()


@each_model
@pytest.mark.parametrize("repeats", [0, 1, 3])
def test_forecasts_are_what_simulated_lives_do(model: PurchaseModel, repeats: int) -> None:
    """Of 60,000 lives, those alike after 100 days buy on average, and at all, as told of the next 100."""
    lives = simulate(model, np.full(60_000, 100), 100, 5)
    alike = lives.repeats == repeats
    coming = lives.coming[alike]
    look = rows(repeats, lives.recency_days[alike] + 0.0, 100, DAYS)
    expected, buys = model.expected(100.0, look), model.buys_within(100.0, look)
    assert coming.mean() == pytest.approx(expected.mean(), abs=4 * coming.std() / len(coming) ** 0.5)
    assert (coming > 0).mean() == pytest.approx(buys.mean(), abs=4 * 0.5 / len(coming) ** 0.5)
    assert (coming.astype(float) ** 2).mean() == pytest.approx(model.squares(100.0, look).mean(), rel=0.15)


@each_model
def test_discounting_is_a_sum_over_days(model: PurchaseModel) -> None:
    days = np.arange(0, 731, 10.0)
    cumulative = np.stack([model.expected(each, SOME) if each else np.zeros(len(SOME)) for each in days])
    worth = 1.15 ** (-(days[1:] + days[:-1]) / 2 / 365.25)
    assert model.discounted(0.15, 730.0, SOME) == pytest.approx(worth @ np.diff(cumulative, axis=0), rel=1e-4)
    assert model.discounted(0.0, 730.0, SOME) == pytest.approx(cumulative[-1], rel=1e-9)


def test_what_is_left_in_all_is_the_papers() -> None:
    """DERT of the Pareto/NBD, Fader, Hardie & Lee 2005 (RFM and CLV), equation 2; and a long horizon within 1%."""
    model, some = ParetoNbd(WEEKS, 0.5533, 10.578, 0.6062, 11.669), rows([0, 2, 7], [0, 30, 35], [38, 39, 39])
    r, alpha, s, beta = np.exp(model.logs)
    force, x, age = np.log(1.15) * 7 / 365.25, some.repeats, some.age
    paper = r * np.log(alpha) + s * np.log(beta) + (s - 1) * np.log(force) + gammaln(r + x + 1) - gammaln(r)
    paper = paper + np.log(hyperu(s, s, force * (beta + age))) - (r + x + 1) * np.log(alpha + age)
    whole = model.discounted(0.15, None, some)
    assert whole == pytest.approx(np.exp(paper - model.log_likelihood(some)), rel=1e-5)
    for other in (model, BgNbd(WEEKS, 0.2426, 4.4136, 0.7929, 2.4259)):
        long = other.discounted(0.15, 60 * 365.25 / 7, some)
        assert other.discounted(0.15, None, some) == pytest.approx(long, rel=1e-2)


@each_model
def test_what_was_simulated_is_found_again(model: PurchaseModel) -> None:
    """Within four standard errors; several purchases of a day are so rare here that they do not move it."""
    slow = model.counting(DAYS).with_logs(model.logs + np.log(1.5) * np.isin(model.ESTIMATED, model.TIMES))
    lives = told(slow, 6_000)[0].distinct
    found = search(slow, lives)
    errors = np.sqrt(np.diag(found.robust))
    assert found.converged
    assert (np.abs(found.logs - slow.logs) < 4 * errors + 0.1).all()


def test_silence_lowers_what_is_expected() -> None:
    """Ten repeats by week 38, 25 or 5 of 39."""
    for model in (BgNbd(WEEKS, 0.243, 4.414, 0.793, 2.426), MbgNbd(WEEKS, 0.525, 6.183, 0.891, 1.614)):
        silent = model.expected(39.0, rows(10, [38, 25, 5], 39))
        assert list(silent) == sorted(silent, reverse=True)
        assert silent[2] < 0.1


def test_nobody_leaves_a_steady_firm() -> None:
    columns = (np.full(50, each, dtype=np.int64) for each in (12, 360, 365, 1))
    steady = DistinctHistories(*columns, DAYS)
    start = BgNbd.start(steady)
    found = search(start, steady)
    assert start.with_logs(found.logs).expected(365.0, steady.take(slice(1)))[0] == pytest.approx(
        12, rel=0.05
    )
    assert found.at_border or not found.converged


def test_a_chance_to_leave_of_one_is_between_its_neighbours() -> None:
    """At a = 1 equation 10 divides nothing by nothing."""
    at = [replace(MODELS[0], a=a).expected(120.0, SOME) for a in (0.999, 1.0, 1.001)]
    assert at[1] == pytest.approx((at[0] + at[2]) / 2, rel=1e-5)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({"repeats": [1] * 99 + [0] * 500, "age_days": list(range(30, 629))}, "Only 99 of 599 customers"),
        ({"repeats": [0], "age_days": [30]}, "None of 1 customer bought"),
        ({"repeats": [1] * 300, "age_days": [40] * 300}, "on the same day, 40 days before"),
        ({"repeats": [1] * 300, "age_days": [40 + at % 7 for at in range(300)]}, "one cohort"),
    ],
)
def test_a_model_is_refused_in_words(frame: dict[str, list[int]], words: str) -> None:
    histories = seen(pl.DataFrame(frame).with_columns(recency_days=pl.col("repeats") * 20), DAYS)
    with pytest.raises(NoLifetimeModel, match=words) as refused:
        fit(BgNbd, histories)
    assert refused.value.remedy.startswith("Take ")
    assert words in str(refused.value.reason)


def test_reasons_are_values() -> None:
    assert OneCohort(7, 46) == OneCohort(7, 46)
    assert "on the same day, 1 day before" in str(AllOfOneDay(1))
    assert "a and b ran to the end" in str(ParameterAtBorder("BG/NBD", ("a", "b")))


def test_a_story_that_does_not_hold_is_doubted() -> None:
    """Nobody of a steady firm leaves: a and b run away, and the fit says so."""
    ages = np.arange(300, 700)
    steady = pl.DataFrame({"repeats": ages // 30, "recency_days": ages // 30 * 30, "age_days": ages})
    doubts = " ".join(str(each) for each in fit(BgNbd, seen(steady, DAYS)).doubts)
    assert "BG/NBD" in doubts
    assert fit(MbgNbd, cdnow()).doubts == ()


def test_errors_where_the_search_ended_at_no_top_are_not_known_and_say_so_without_a_warning() -> None:
    saddle = np.diag([4.0, -1.0])
    found = Likeliest(np.zeros(2), 0.0, saddle, saddle, converged=False, at_border=("b",))
    assert found.standard_errors.tolist() == [0.5, pytest.approx(np.nan, nan_ok=True)]
    assert found.robust_errors.tolist() == [2.0, pytest.approx(np.nan, nan_ok=True)]
