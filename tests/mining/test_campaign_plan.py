"""Campaigns planned, followed by day and cut by score: published sizes, a loop, and planted truths."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mining.campaigns.arm_difference import arm_difference
from mining.campaigns.campaign_plan import campaign_plan
from mining.campaigns.effect_course import effect_course
from mining.campaigns.false_discoveries import false_discoveries
from mining.campaigns.score_fifths import fifth_of, score_fifths


def shares(ones: int, of: int) -> np.ndarray:
    return np.repeat([1.0, 0.0], [ones, of - ones])


def test_published_sizes() -> None:
    """13,783 an arm for 10.62% to rise by a tenth, and the .00223 that Hillstrom's size finds of conversion."""
    plan = campaign_plan(shares(1062, 10_000), None, 1000, 0.5, 0.1, is_share=True)
    assert plan.needed == 2 * 13_783
    hillstrom = campaign_plan(shares(122, 21_306), None, 42_613, 0.5, 0.1, is_share=True)
    assert round(hillstrom.smallest, 5) == 0.00223


def test_a_plan_of_money_finds_what_it_promises() -> None:
    """Of 500 campaigns with the smallest effect, four in five are told from chance; the past saves as promised."""
    random = np.random.default_rng(3)
    before = random.normal(100, 30, 20_000)
    value = before + random.normal(0, 30, 20_000)
    plan = campaign_plan(value, before, 1000, 0.1, 0.05, is_share=False)
    assert (plan.treated, plan.held_out) == (900, 100)
    assert plan.kept == pytest.approx(0.5, abs=0.02)
    assert plan.smallest_adjusted == pytest.approx(plan.smallest * plan.kept**0.5)
    found = sum(
        arm_difference(value[drawn[:900]] + plan.smallest, value[drawn[900:]]).p < 0.05
        for drawn in (random.choice(20_000, 1000, replace=False) for _ in range(500))
    )
    assert 0.75 < found / 500 < 0.85
    assert plan.needed is not None
    again = campaign_plan(value, before, plan.needed, 0.1, 0.05, is_share=False)
    assert again.smallest == pytest.approx(plan.wanted, rel=0.01)


@pytest.mark.parametrize(
    ("value", "customers", "says"),
    [(np.zeros(9), 100, "All customers did the same"), (np.arange(9.0), 1, "Both arms need customers")],
)
def test_what_no_plan_can_tell(value: np.ndarray, customers: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        campaign_plan(value, None, customers, 0.1, 0.1, is_share=False)
    rises = campaign_plan(shares(8, 10), None, 100, 0.5, 5.0, is_share=True)
    assert rises.needed is None


@pytest.mark.parametrize("is_share", [False, True])
def test_the_course_of_an_effect_is_that_of_each_day_counted_anew(is_share: bool) -> None:
    random = np.random.default_rng(1)
    arms = pl.DataFrame({"customer": range(60), "arm": ["treated", "held out", "held out"] * 20})
    arms = pl.concat([arms, pl.DataFrame({"customer": [60], "arm": ["both"]})])
    events = pl.DataFrame(
        {
            "customer": random.integers(0, 61, 200),
            "since": random.integers(0, 12, 200),
            "value": np.ones(200) if is_share else random.gamma(2, 10, 200),
        }
    ).unique(["customer", "since"], keep="first")
    course = effect_course(arms, events, 10, is_share)
    assert course["since"].to_list() == list(range(10))
    for day in (0, 4, 9):
        done = dict.fromkeys(range(60), 0.0)
        for customer, since, value in events.iter_rows():
            if customer < 60 and since <= day:
                done[customer] = 1.0 if is_share else done[customer] + value
        means = [np.mean([done[c] for c in range(60) if (c % 3 == 0) == arm]) for arm in (True, False)]
        assert course["effect"][day] == pytest.approx(means[0] - means[1])
    assert (course["low"] <= course["effect"]).all()
    assert effect_course(arms.filter(pl.col("arm") != "held out"), events, 10, is_share).is_empty()


def test_q_of_four_by_hand_and_nothing_for_what_was_refused() -> None:
    q = false_discoveries(pl.Series([0.01, None, 0.04, 0.03, 0.8]))
    assert q.round(4).to_list() == [0.04, None, 0.0533, 0.0533, 0.8]
    assert false_discoveries(pl.Series([None], dtype=pl.Float64)).to_list() == [None]


def test_fifths_find_where_the_effect_was_planted() -> None:
    random = np.random.default_rng(5)
    score = random.permutation(1000).astype(float)
    treated = random.random(1000) < 0.5
    value = random.normal(0, 1, 1000) + 3 * (treated & (score >= 800))
    told = score_fifths(score, value, treated)
    assert np.bincount(fifth_of(score))[1:].tolist() == [200] * 5
    assert told["low"][0] > 2
    assert told.filter(pl.col("fifth") > 1)["high"].max() < 1
    assert told["expected"].to_list() == sorted(told["expected"], reverse=True)
    lone = score_fifths(score, value, np.ones(1000, np.bool_))
    assert lone["effect"].null_count() == 5
