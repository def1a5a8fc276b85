"""Demand from prices that persons named: by hand, by loops, against a true curve, and what cannot be counted."""

from __future__ import annotations

import numpy as np
import pytest

from data.errors import BadRequest
from mining.pricing.best_price import best_price, top_price
from mining.pricing.demand_cautions import LOWER_BOUND, demand_cautions
from mining.pricing.demand_curve import demand_curve
from mining.pricing.group_demand import group_demand
from mining.pricing.named_prices import PriceTerms, PriceUnit
from mining.pricing.price_sample import PriceSample, price_sample
from mining.pricing.usual_prices import most_asked, round_prices, usual_cost
from mining.retention.wilson_interval import wilson
from tests.named_offers import counted, offers, people

TEN = np.arange(10)


def test_one_voice_a_person_and_a_price_is_met_by_itself() -> None:
    sample = price_sample(np.array([95 / 0.95, 10.0, 30.0]), np.array(["Ann", "Ann", "Bob"]))
    assert sample.people == 2
    assert sample.shares(np.array([5, 10, 30, 100, 101])).tolist() == [1, 1, 0.75, 0.25, 0]


def test_demand_of_five_persons_by_hand() -> None:
    """Ann names 10, 30 and 20: she has one voice, at 30. Rows would have three of hers."""
    named = counted(offers(
        {"price": 10}, {"price": 30}, {"price": 20}, {"customer": 2, "price": 20}, {"customer": 3, "price": 5},
        {"customer": 4, "price": 40}, {"customer": 5, "price": 20},
    ))  # fmt: skip
    at = np.array([5.0, 20, 20.01, 30, 41])
    assert named.highest.shares(at).tolist() == [1, 0.8, 0.4, 0.4, 0]
    assert named.by_rows.shares(at)[1] == pytest.approx(5 / 7)
    assert (named.people, named.again, named.most_rows) == (5, 1, 3)
    assert named.raises.prices.tolist() == [1, 1, 1, 1, 3]
    told = demand_curve(named.highest).at(at)
    low, high = wilson(np.array([4.0]), np.array([5.0]))
    assert told["low"][1] == pytest.approx(low[0])
    assert told["high"][1] == pytest.approx(high[0])
    assert told["persons"].to_list() == [5, 4, 2, 2, 0]


def slow_shares(prices: dict[int, list[float]], at: float) -> float:
    """One voice a person, the naive way."""
    return float(np.mean([np.mean([price >= at for price in own]) for own in prices.values()]))


def test_shares_and_best_prices_are_those_of_loops() -> None:
    random = np.random.default_rng(4)
    for _ in range(20):
        count = int(random.integers(1, 40))
        persons, prices = random.integers(0, 12, count), random.integers(1, 15, count).astype(float)
        sample = price_sample(prices, persons)
        own = {int(who): prices[persons == who].tolist() for who in persons}
        at = np.arange(0.5, 16, 0.5)
        assert sample.shares(at) == pytest.approx([slow_shares(own, each) for each in at])
        cost = float(random.integers(0, 6))
        found = best_price(sample, cost, draws=20)
        most = max((price - cost) * slow_shares(own, price) for price in prices)
        assert (found is None) == (most <= 0)
        if found:
            assert found.profit == pytest.approx(most)
            assert found.price == top_price(sample, cost)
            assert found.price_low <= found.price_high


def test_the_band_holds_the_whole_true_curve() -> None:
    """Of 60 samples of 150 persons from one true curve, 95 of 100 at least lie in their band everywhere."""
    random, at = np.random.default_rng(6), np.linspace(0, 1, 201)
    held = 0
    for seed in range(60):
        curve = demand_curve(price_sample(random.random(150), np.arange(150)), draws=200, seed=seed)
        low, high = (curve.at(at)[name].to_numpy() for name in ("band_low", "band_high"))
        held += bool(((low <= 1 - at) & (1 - at <= high)).all())
    assert held >= 54


def test_shading_moves_prices_and_is_said_to_be_assumed() -> None:
    named = counted(people(*[95.0] * 12), shading=0.95)
    assert named.highest.shares(np.array([100.0])).tolist() == [1]
    assert "assumed that everybody named 95%" in demand_cautions(named)[0]
    assert demand_cautions(counted(people(*[95.0] * 12)))[0] == LOWER_BOUND


def test_what_cannot_be_counted_is_left_out_and_told() -> None:
    frame = offers(
        {"price": 20.0}, {"price": None}, {"price": 0}, {"price": -5}, {"quantity": 0}, {"quantity": -1},
        {"customer": 0}, {"price": 20_000.0, "asked": 20.0}, {"customer": 2, "price": 9.0},
    )  # fmt: skip
    named = counted(frame)
    told = {each["reason"]: each["rows"] for each in named.left_out.iter_rows(named=True)}
    assert told == {
        "no price named": 1, "price of 0 or less": 2, "0 pieces or fewer": 2, "customer not known": 1,
        "suspected slip of the decimal point": 1,
    }  # fmt: skip
    assert named.kept.height + sum(told.values()) == frame.height
    assert named.slips["price"].to_list() == [20_000]
    assert "price of 0 or less: 2" in demand_cautions(named)[-1]
    assert counted(frame, slip_times=0).kept.height == 3, "somebody may count it all the same"
    with pytest.raises(BadRequest, match="price of 0 or less: 1"):
        counted(people(0.0))
    with pytest.raises(BadRequest, match="No named price is left to count"):
        counted(offers())


def test_a_slip_is_told_by_the_product_where_nothing_was_asked() -> None:
    named = counted(people(10, 11, 12, 9, 12_000))
    assert named.slips["price"].to_list() == [12_000]


def test_one_person_with_ten_thousand_prices_is_one_person() -> None:
    many = [{"price": 1.0 + at / 1_000} for at in range(10_000)]
    named = counted(offers(*many, *({"customer": 2 + at, "price": 5.0} for at in range(9))))
    assert named.people == 10
    assert named.highest.shares(np.array([5.0, 10.9, 11])).tolist() == [1, 0.1, 0]
    assert "one of them 10,000" in " ".join(demand_cautions(named))


def test_doubts_are_sentences() -> None:
    few = " ".join(demand_cautions(counted(people(1, 2, 3, 24))))
    assert "Only 4 persons named a price" in few
    assert "9.6 times the median" in few
    several = counted(offers({"product": 1}, {"product": 2, "customer": 2}))
    assert "Prices of 2 products are counted as if they were one" in " ".join(demand_cautions(several))
    auction = counted(offers(*({"customer": at % 5, "price": 1.0 + at} for at in range(1, 30))))
    assert "what an auction closed at" in " ".join(demand_cautions(auction))
    assert "auction" not in " ".join(demand_cautions(counted(people(*range(1, 20)))))


def test_prices_of_many_products_are_shares_of_what_was_asked() -> None:
    """Ann names half of one price and all of another: half a voice at each."""
    frame = offers(
        {"price": 5.0, "asked": 10.0}, {"product": 2, "price": 40.0, "asked": 40.0},
        {"customer": 2, "price": 8.0, "asked": 10.0, "cost": 4.0}, {"customer": 3, "price": 8.0},
    )  # fmt: skip
    named = counted(frame, unit=PriceUnit.OF_ASKED)
    assert named.highest.shares(np.array([0.5, 0.8, 1])).tolist() == [1, 0.75, 0.25]
    assert named.left_out["reason"].to_list() == ["no price asked"]
    assert named.at_asked == 1
    assert usual_cost(named) == pytest.approx(0.4)


def test_groups_below_ten_persons_are_withheld() -> None:
    rows = [{"customer": at, "price": 5.0 + at, "group": "A"} for at in range(1, 13)]
    rows += [{"customer": 20 + at, "price": 50.0, "group": None} for at in range(9)]
    frame = counted(offers(*rows)).kept
    found = {each["group"]: each for each in group_demand(frame, PriceTerms(), 10, 2).iter_rows(named=True)}
    assert found["A"]["people"] == 12
    assert found["A"]["share"] == pytest.approx(8 / 12)
    assert found["A"]["best"] == top_price(counted(offers(*rows[:12])).highest, 2)
    assert found["(unknown)"] == dict.fromkeys(found["A"]) | {"group": "(unknown)", "people": 9}


def test_round_prices_lie_where_persons_are() -> None:
    curve = demand_curve(price_sample(np.arange(1.0, 101), np.arange(100)), draws=5)
    assert round_prices(curve).tolist() == [6, 11, 26, 51, 76, 91, 96]


def test_the_most_that_may_be_asked_is_what_was_asked_last() -> None:
    frame = offers(
        {"price": 20.0, "asked": 30.0}, {"customer": 2, "price": 25.0, "asked": 40.0}, {"customer": 3}
    )
    assert most_asked(counted(frame)) == 40
    assert most_asked(counted(frame, unit=PriceUnit.OF_ASKED)) == 1
    assert most_asked(counted(people(5, 9, 7))) == 9


def sample_of(*prices: float) -> PriceSample:
    return price_sample(np.array(prices), np.arange(len(prices)))


def test_where_nothing_earns_there_is_no_best_price() -> None:
    assert best_price(sample_of(5, 6), 6) is None
    assert best_price(sample_of(5, 6), 5).price == 6  # type: ignore[union-attr]
