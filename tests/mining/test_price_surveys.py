"""Surveys of prices: the ten rows that R was asked, loops, planted answers, and what cannot be told."""

from __future__ import annotations

from math import erf, log, sqrt

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.pricing.gabor_granger import buying_curve
from mining.pricing.price_sensitivity import (
    CROSSING,
    LIMITS,
    Crossing,
    FallingCurves,
    SensitivityTerms,
    price_sensitivity,
)
from mining.pricing.survey_answers import asked_answers, limit_answers
from mining.pricing.trial_revenue import trial_revenue
from tests import pricing_firm

TEN = np.arange(10)


FOUR = pl.DataFrame(dict(zip(LIMITS, map(list, pricing_firm.LIMITS), strict=True)))


@pytest.mark.parametrize(
    ("falling", "points"), [(FallingCurves.OVER, [45, 50, 75, 100]), (FallingCurves.FROM, [50, 55, 75, 100])]
)
def test_van_westendorp_by_both_conventions(falling: FallingCurves, points: list[float]) -> None:
    """Ten rows that R's pricesensitivitymeter 1.3.3 was asked (the first convention), the last of them
    intransitive."""
    found = price_sensitivity(FOUR, SensitivityTerms(falling))
    assert found.points["price"].to_list() == points
    assert (found.people, found.intransitive, found.incomplete) == (9, 1, 0)
    assert (found.points["low"] <= found.points["price"]).all()
    assert (found.points["price"] <= found.points["high"]).all()


def test_crossings_between_prices_and_level_ones() -> None:
    """Interpolated, both curves have the same share at the crossing; level ones stand for several prices."""
    limits = np.sort(np.random.default_rng(5).lognormal(3, 0.5, (31, 4)), axis=1)
    between = price_sensitivity(
        pl.DataFrame(limits, schema=LIMITS), SensitivityTerms(interpolated=True), draws=0
    )
    prices = between.curves["price"]
    curves = {name: between.curves[name].to_numpy() for name in LIMITS}
    curves |= {"not_cheap": 1 - curves["cheap"], "not_expensive": 1 - curves["expensive"]}
    for point, pair in CROSSING.items():
        rising, falling = (np.interp(between.price(point), prices, curves[name]) for name in pair)
        assert rising == pytest.approx(falling)
    level = {
        each: price_sensitivity(FOUR, SensitivityTerms(crossing=each), draws=0).price("optimal")
        for each in Crossing
    }
    assert level[Crossing.MIN] <= level[Crossing.MEDIAN] <= level[Crossing.MAX]


def test_weights_are_rows_given_as_often() -> None:
    weights = [1, 2, 3, 1, 1, 2, 1, 1, 4, 1]
    twice = FOUR[[at for at, times in enumerate(weights) for _ in range(times)]]
    weighed = price_sensitivity(FOUR.with_columns(weight=pl.Series(weights)), draws=0)
    assert weighed.points["price"].to_list() == price_sensitivity(twice, draws=0).points["price"].to_list()


def test_limits_that_are_missing_or_nobody_has_are_told() -> None:
    found = price_sensitivity(
        pl.concat(
            [
                FOUR,
                FOUR[:1].with_columns(cheap=pl.lit(None, pl.Int64)),
                FOUR[:1].with_columns(cheap=pl.lit(0, pl.Int64)),
            ]
        )
    )
    assert found.incomplete == 2
    with pytest.raises(BadRequest, match="Nobody of 1 named four limits that rise"):
        price_sensitivity(FOUR[9:])


def test_trial_and_revenue_are_those_of_loops() -> None:
    found = trial_revenue(price_sensitivity(FOUR).answers)
    for row in found.curve.iter_rows(named=True):
        chances = []
        for limits in FOUR[:9].iter_rows():
            inside = limits[0] <= row["price"] <= limits[3]
            chances.append(np.interp(row["price"], limits, (0, 0.7, 0.3, 0)) if inside else 0)
        assert row["trial"] == pytest.approx(np.mean(chances))
        assert row["revenue"] == pytest.approx(row["price"] * np.mean(chances))
    assert found.best_revenue == found.curve.sort("revenue")["price"][-1]
    assert found.revenue_low <= found.best_revenue <= found.revenue_high


def asked(*rows: tuple[int, float | None, bool | None]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"customer": pl.Int64, "asked": pl.Float64, "would_buy": pl.Boolean}, orient="row"
    )


def test_yes_and_no_follow_from_others_and_curves_only_fall() -> None:
    """Ann says yes to 20, so to 10; Bob no to 20, so to 30; Cem yes to 30 alone, no to 10: he contradicts himself."""
    found = buying_curve(asked((1, 20, True), (2, 20, False), (3, 10, False), (3, 30, True)), cost=5)
    assert found.curve["people"].to_list() == [2, 2, 2]
    assert found.curve["raw"].to_list() == [0.5, 0.5, 0.5]
    assert (found.people, found.contradictory, found.followed) == (3, 1, 2)


def test_uneven_shares_are_pooled_by_persons() -> None:
    """From whom contradicts himself nothing follows, so that what was answered may rise."""
    rows = [(at, 10.0, at < 1) for at in range(4)] + [(10 + at, 20.0, True) for at in range(2)]
    found = buying_curve(asked(*rows))
    assert found.curve["raw"].to_list() == [3 / 6, 2 / 5]
    lone = [
        (1, 10.0, False),
        (1, 20.0, True),
        (2, 10.0, False),
        (2, 20.0, True),
        (3, 10.0, True),
        (3, 20.0, True),
    ]
    pooled = buying_curve(asked(*lone))
    assert pooled.curve["raw"].to_list() == [pytest.approx(1 / 3), 1]
    assert pooled.curve["share"].to_list() == pytest.approx([2 / 3, 2 / 3])
    assert (pooled.best, pooled.contradictory) == (20, 2)


def test_gabor_granger_recovers_what_would_be_paid() -> None:
    random = np.random.default_rng(8)
    worth, prices = random.lognormal(3, 0.3, 400), np.array([10.0, 15, 20, 25, 30])
    rows = [
        (at, float(price), bool(own >= price))
        for at, own in enumerate(worth)
        for price in random.choice(prices, 3, replace=False)
    ]
    found = buying_curve(asked(*rows))
    true = [0.5 * (1 - erf((log(each) - 3) / 0.3 / sqrt(2))) for each in prices]
    assert all(
        row["low"] - 0.03 <= share <= row["high"] + 0.03
        for row, share in zip(found.curve.iter_rows(named=True), true, strict=True)
    )
    assert found.best_low <= 15 <= found.best_high


def test_surveys_that_say_nothing_are_a_sentence() -> None:
    with pytest.raises(BadRequest, match="Nobody was asked"):
        buying_curve(asked((1, 0.0, True), (2, None, True), (3, 5.0, None)))
    assert buying_curve(asked((1, 0.0, True), (2, 5.0, True))).left_out == 1
    assert np.isnan(buying_curve(asked((1, 5.0, True)), cost=9).best)


def test_the_last_answer_of_a_person_counts_and_strangers_are_each_their_own() -> None:
    none = pl.lit(None, pl.Float64)
    told = FOUR[:4].with_columns(
        customer=pl.Series([7, 0, 7, 0]), asked=none, would_buy=pl.lit(None, pl.Boolean)
    )
    assert limit_answers(told)["too_cheap"].to_list() == [25, 30, 35]
    assert asked_answers(told).is_empty()
