"""Answers to named prices: counter-offers, curves of acceptance, rules judged on answers held out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.pricing.acceptance_curve import acceptance_curve, logistic_line
from mining.pricing.answer_rule import HeldOutBy, RuleBase, judged_answers, usual_base
from mining.pricing.counter_answers import counter_answers
from mining.pricing.counter_offer import (
    CounterBasis,
    CounterDeed,
    counter_by_answers,
    counter_by_bids,
    counter_by_raises,
)
from mining.pricing.past_answers import OfferAnswer, answer_of
from mining.pricing.price_sample import price_sample
from tests.named_offers import OFFER, offers, people

TEN = np.arange(10)


def test_a_counter_offer_by_raises() -> None:
    """Half of ten go to 1.5 times what they named first: at 15 that earns (15 - 8) / 2 = 3.5, accepting 10 - 8 =
    2."""
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
    most = counter_by_bids(95, 50, 120, price_sample(np.full(10, 100.0), TEN), shading=0.95)
    assert most.price == found.price


def test_a_counter_offer_by_what_others_named_is_an_upper_bound() -> None:
    named = price_sample(np.array([5.0] * 12 + [10.0] * 12 + [20.0] * 12), np.arange(36))
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
    prices = random.uniform(0.5, 1, 2_000)
    taken = random.random(2_000) < 1 / (1 + np.exp(-(prices - 0.7) * 20))
    found = acceptance_curve(prices, taken, np.arange(2_000) // 2, draws=50)
    at = np.array([0.6, 0.7, 0.8])
    true = 1 / (1 + np.exp(-(at - 0.7) * 20))
    low, high = found.line.interval(at)
    assert ((low <= true) & (true <= high)).all()
    steps = np.interp(at, found.prices, found.isotonic)
    assert np.abs(steps - true).max() < 0.08
    assert (found.isotonic_low <= found.isotonic + 1e-9).all()
    assert (np.diff(found.isotonic) >= 0).all()
    assert found.losses[0] < found.losses[1], "the form that is true tells held-out answers better"


def test_what_customers_take_falls_with_the_price() -> None:
    random = np.random.default_rng(2)
    prices = random.uniform(1, 2, 500)
    found = acceptance_curve(prices, random.random(500) < 2 - prices, np.arange(500), rising=False, draws=20)
    assert (np.diff(found.isotonic) <= 0).all()
    assert np.abs(found.isotonic - (2 - found.prices)).max() < 0.2
    assert found.losses[1] < 0.65


def test_answers_that_one_price_parts_have_a_curve_all_the_same() -> None:
    prices = np.linspace(1, 2, 100)
    found = acceptance_curve(prices, prices >= 1.5, np.arange(100), draws=20)
    assert np.isfinite(found.line.slope)
    assert found.line.chance(np.array([1.2, 1.8])) == pytest.approx([0, 1], abs=0.01)
    everything = logistic_line(prices, np.ones(100, bool), np.arange(100))
    assert (everything.chance(prices) > 0.9).all()
    lone = acceptance_curve(prices, prices >= 1.5, np.zeros(100), draws=5)
    assert (lone.people, np.isnan(lone.losses[0])) == (1, True)
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


def test_answers_are_read_in_the_words_that_sources_have() -> None:
    said = pl.Series("answer", ["accepted", "rifiutato", "", None, "counter-offer", "hm", "принято", "offen"])
    meant = said.to_frame().select(answer_of(pl.col("answer"))).to_series().to_list()
    assert meant == [
        OfferAnswer.ACCEPTED, OfferAnswer.DECLINED, OfferAnswer.WAITING, OfferAnswer.WAITING, OfferAnswer.COUNTERED,
        OfferAnswer.OTHER, OfferAnswer.ACCEPTED, OfferAnswer.WAITING,
    ]  # fmt: skip


def answered(least: float, count: int = 600, seed: int = 3) -> pl.DataFrame:
    """Prices of 5 to 15 for what costs 8, accepted from `least` on, each by a person of their own."""
    random = np.random.default_rng(seed)
    prices = random.uniform(5, 15, count).round(2)
    return offers(*(
        {"customer": at + 1, "day": at, "price": float(price), "cost": 8.0, "asked": 16.0, "quantity": 2.0,
         "answer": "accepted" if price >= least else "refused"}
        for at, price in enumerate(prices)
    ))  # fmt: skip


@pytest.mark.parametrize("by", HeldOutBy)
def test_the_best_rule_is_chosen_on_some_and_judged_on_others(by: HeldOutBy) -> None:
    """Accepting from 11 on gives away what lies between 8 and 11: 2 pieces, 3 of 10 prices, 1.5 each on average."""
    found = judged_answers(answered(11), RuleBase.COST, by)
    assert found.threshold == pytest.approx(1, abs=0.01)
    assert found.regret_low < 2 * 0.3 * 1.5 < found.regret_high
    assert found.learnt + found.held == 600
    best = judged_answers(answered(8), RuleBase.COST, by)
    assert abs(best.regret) < 0.02
    assert best.hindsight >= best.by_rule
    loses = judged_answers(answered(5), RuleBase.COST, by)
    assert loses.regret_low > 0.3, "who accepts below the cost loses by each"


def test_a_rule_takes_the_first_price_of_a_talk_that_reaches_it() -> None:
    """All name 9, are refused, and name 12 a day later: waiting for 12 earns 4 a talk, taking 9 would earn 1."""
    rows = []
    for at in range(60):
        own = {"customer": at + 1, "cost": 8.0}
        rows.append(own | {"day": 10 * at, "price": 9.0, "answer": "refused"})
        rows.append(own | {"day": 10 * at + 1, "price": 12.0, "answer": "accepted"})
    found = judged_answers(offers(*rows), RuleBase.MONEY)
    assert (found.threshold, found.by_rule, found.given) == (12, 4, 4)
    later = [row | {"day": row["day"] + (1_000 if row["price"] == 12 else 0)} for row in rows]
    assert judged_answers(offers(*later), RuleBase.MONEY).threshold == 9, "after 30 days it is another talk"


def test_what_cannot_be_judged_is_a_sentence() -> None:
    with pytest.raises(BadRequest, match="30 prices were answered whose cost is known: too few"):
        judged_answers(answered(8, 30), RuleBase.COST)
    with pytest.raises(BadRequest, match="0 prices were answered"):
        judged_answers(people(1, 2, 3), RuleBase.MONEY)
    assert usual_base(answered(8)) is RuleBase.COST
    assert usual_base(answered(8).with_columns(cost=pl.lit(None, pl.Float64))) is RuleBase.ASKED
    assert usual_base(people(1, 2)) is RuleBase.MONEY


def test_what_became_of_counter_offers() -> None:
    """Ann came to 12 a week later, Bob's 12 was accepted as it stood, Cem said no, Dee came after 40 days: she did not
    take it; Eve may still come."""
    countered = {"price": 10.0, "countered": 12.0, "answer": "countered"}
    rows = [
        {"customer": 1, "day": 0} | countered, {"customer": 1, "day": 7, "price": 12.0, "answer": "accepted"},
        {"customer": 2, "day": 0} | countered | {"answer": "accepted"},
        {"customer": 3, "day": 90} | countered | {"answer": "declined"},
        {"customer": 4, "day": 0} | countered, {"customer": 4, "day": 40, "price": 12.0, "answer": "accepted"},
        {"customer": 5, "day": 90} | countered,
        {"customer": 1, "day": 8, "product": 2} | countered,
    ]  # fmt: skip
    frame = pl.DataFrame(
        [{"customer": 1, "product": 1} | row for row in rows], schema=OFFER | {"countered": pl.Float64}
    )
    told = counter_answers(frame, 100)
    assert told.rows() == [(1, 1.2, True), (2, 1.2, True), (3, 1.2, False), (4, 1.2, False), (1, 1.2, False)]
