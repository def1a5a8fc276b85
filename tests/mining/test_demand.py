"""Demand from prices that persons named: counter-offers and curves of acceptance, on cases known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from data.errors import BadRequest
from mining.pricing.acceptance_curve import acceptance_curve, logistic_line
from mining.pricing.counter_offer import (
    CounterBasis,
    CounterDeed,
    counter_by_answers,
    counter_by_bids,
    counter_by_raises,
)
from mining.pricing.price_sample import price_sample

TEN = np.arange(10)


def test_one_voice_a_person_and_a_price_is_met_by_itself() -> None:
    sample = price_sample(np.array([95 / 0.95, 10.0, 30.0]), np.array(["Ann", "Ann", "Bob"]))
    assert sample.people == 2
    assert sample.shares(np.array([5, 10, 30, 100, 101])).tolist() == [1, 1, 0.75, 0.25, 0]


def test_a_counter_offer_by_raises() -> None:
    """Half of ten go to 1.5 times what they named first: at 15 that earns (15 - 8) / 2 = 3.5, accepting 10 - 8 = 2."""
    raises = price_sample(np.where(TEN < 5, 1.5, 1.0), TEN)
    found = counter_by_raises(10, 8, 15, raises)
    assert (found.deed, found.price, found.accepting) == (CounterDeed.COUNTER, 15, 2)
    assert found.expected[found.best] == pytest.approx(3.5)
    assert found.expected_low[found.best] < 3.5 < found.expected_high[found.best]
    assert 0.5 < found.beats < 1, "with ten persons it is not sure"
    dear = counter_by_raises(10, 2, 15, raises)
    assert (dear.deed, dear.accepting) == (CounterDeed.ACCEPT, 8)
    nobody = counter_by_raises(10, 12, 15, price_sample(np.ones(10), TEN))
    assert nobody.deed is CounterDeed.DECLINE


def test_shading_that_is_known_is_asked_back() -> None:
    found = counter_by_raises(95, 50, 120, price_sample(np.ones(10), TEN), shading=0.95)
    assert found.deed is CounterDeed.COUNTER
    assert 98 < found.price <= 100
    assert found.beats == 1


def test_a_counter_offer_by_what_others_named_is_an_upper_bound() -> None:
    named = price_sample(np.array([10.0] * 12 + [20.0] * 12), np.arange(24))
    found = counter_by_bids(10, 5, 20, named)
    assert (found.basis, found.people, found.price) == (CounterBasis.BIDS, 24, 20)
    assert found.chance[found.best] == 0.5
    assert found.expected[found.best] == pytest.approx(7.5)


def test_a_counter_offer_by_answers_finds_the_planted_best() -> None:
    random = np.random.default_rng(3)
    raises = random.uniform(1, 1.6, 4_000)
    taken = random.random(4_000) < 1 / (1 + np.exp((raises - 1.3) * 15))
    found = counter_by_answers(100, 40, 160, raises, taken, np.arange(4_000))
    asked = np.linspace(100, 160, 601)
    true = (asked - 40) / (1 + np.exp((asked / 100 - 1.3) * 15))
    assert found.best_low - 1.5 <= asked[true.argmax()] <= found.best_high + 1.5
    assert found.expected_low[found.best] <= true.max() <= found.expected_high[found.best] * 1.01


@pytest.mark.parametrize(
    ("bid", "cost", "most", "people", "said"),
    [
        (0, 5, 20, 20, "a price above 0"),
        (10, float("nan"), 20, 20, "a cost that is known"),
        (10, 5, 8, 20, "Nothing lies between"),
        (10, 5, 20, 9, r"Too few persons .* \(9\)"),
    ],
)
def test_what_cannot_be_countered_is_a_sentence(
    bid: float, cost: float, most: float, people: int, said: str
) -> None:
    with pytest.raises(BadRequest, match=said):
        counter_by_raises(bid, cost, most, price_sample(np.ones(people), np.arange(people)))
    with pytest.raises(BadRequest, match=said):
        counter_by_bids(bid, cost, most, price_sample(np.full(people, 10.0), np.arange(people)))
    with pytest.raises(BadRequest, match=said):
        counter_by_answers(bid, cost, most, np.ones(people), np.ones(people, bool), np.arange(people))


def test_the_curve_of_acceptance_recovers_what_was_planted() -> None:
    random = np.random.default_rng(1)
    prices = random.uniform(0.5, 1, 3_000)
    taken = random.random(3_000) < 1 / (1 + np.exp(-(prices - 0.7) * 20))
    found = acceptance_curve(prices, taken, np.arange(3_000) // 2, draws=100)
    at = np.array([0.6, 0.7, 0.8])
    true = 1 / (1 + np.exp(-(at - 0.7) * 20))
    low, high = found.line.interval(at)
    assert ((low <= true) & (true <= high)).all()
    steps = np.interp(at, found.prices, found.isotonic)
    assert np.abs(steps - true).max() < 0.08
    assert (found.isotonic_low <= found.isotonic + 1e-9).all()
    assert (np.diff(found.isotonic) >= 0).all()
    assert found.losses[0] < found.losses[1], "the form that is true tells held-out answers better"


def test_answers_that_one_price_parts_have_a_curve_all_the_same() -> None:
    prices = np.linspace(1, 2, 100)
    found = acceptance_curve(prices, prices >= 1.5, np.arange(100), draws=20)
    assert np.isfinite(found.line.slope)
    assert found.line.chance(np.array([1.2, 1.8])) == pytest.approx([0, 1], abs=0.01)
    everything = logistic_line(prices, np.ones(100, bool), np.arange(100))
    assert (everything.chance(prices) > 0.9).all()
    with pytest.raises(BadRequest, match="9 answers are too few"):
        acceptance_curve(prices[:9], prices[:9] > 1, np.arange(9))


def test_the_line_is_that_of_firth() -> None:
    """Against the penalised likelihood itself, log L + log det(I) / 2, at its greatest."""
    prices, taken = np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 0, 1, 0, 1, 1], bool)
    line = logistic_line(prices, taken, np.arange(6))

    def penalised(intercept: float, slope: float) -> float:
        x = (prices - line.centre) / line.scale
        chance = 1 / (1 + np.exp(-(intercept + slope * x)))
        design = np.column_stack((np.ones(6), x))
        information = design.T @ (design * (chance * (1 - chance))[:, None])
        return float(
            np.log(np.where(taken, chance, 1 - chance)).sum() + np.log(np.linalg.det(information)) / 2
        )

    top = penalised(line.intercept, line.slope)
    around = [(0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)]
    assert all(penalised(line.intercept + a, line.slope + b) < top for a, b in around)
