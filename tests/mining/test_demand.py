"""Demand from prices that persons named: counter-offers and curves of acceptance, on cases known by hand."""

from __future__ import annotations

from math import erf, log, sqrt
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.pricing.acceptance_curve import acceptance_curve, logistic_line
from mining.pricing.answer_rule import HeldOutBy, RuleBase, judged_answers, usual_base
from mining.pricing.best_price import best_price, top_price
from mining.pricing.counter_offer import (
    CounterBasis,
    CounterDeed,
    counter_by_answers,
    counter_by_bids,
    counter_by_raises,
)
from mining.pricing.demand_cautions import LOWER_BOUND, demand_cautions
from mining.pricing.demand_curve import demand_curve
from mining.pricing.gabor_granger import buying_curve
from mining.pricing.group_demand import group_demand
from mining.pricing.named_prices import NamedPrices, PriceTerms, PriceUnit, named_prices
from mining.pricing.past_answers import OfferAnswer, answer_of
from mining.pricing.price_sample import PriceSample, price_sample
from mining.pricing.price_sensitivity import (
    LIMITS,
    Crossing,
    FallingCurves,
    SensitivityTerms,
    price_sensitivity,
)
from mining.pricing.survey_answers import asked_answers, limit_answers
from mining.pricing.trial_revenue import trial_revenue
from mining.pricing.usual_prices import round_prices, usual_cost
from mining.retention.wilson_interval import wilson
from tests import pricing_firm

TEN = np.arange(10)
OFFER = {
    "customer": pl.Int64, "product": pl.Int64, "day": pl.Int64, "price": pl.Float64, "asked": pl.Float64,
    "quantity": pl.Float64, "cost": pl.Float64, "answer": pl.String, "group": pl.String,
}  # fmt: skip


def offers(*rows: dict[str, Any]) -> pl.DataFrame:
    """Offers of customer 1 for product 1 at 10 where a row does not say otherwise."""
    usual = {"customer": 1, "product": 1, "day": 0, "price": 10.0}
    return pl.DataFrame([usual | row for row in rows], schema=OFFER)


def people(*prices: float) -> pl.DataFrame:
    return offers(*({"customer": at, "price": price} for at, price in enumerate(prices, 1)))


def counted(frame: pl.DataFrame, **terms: Any) -> NamedPrices:
    return named_prices(frame, PriceTerms(**terms))


def test_one_voice_a_person_and_a_price_is_met_by_itself() -> None:
    sample = price_sample(np.array([95 / 0.95, 10.0, 30.0]), np.array(["Ann", "Ann", "Bob"]))
    assert sample.people == 2
    assert sample.shares(np.array([5, 10, 30, 100, 101])).tolist() == [1, 1, 0.75, 0.25, 0]


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


# Demand


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


# Answers


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


# Surveys

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
    between = price_sensitivity(FOUR, SensitivityTerms(interpolated=True), draws=0)
    curves = between.curves
    cross = between.price("indifference")
    rising, falling = (np.interp(cross, curves["price"], curves[name]) for name in ("expensive", "cheap"))
    assert rising == pytest.approx(falling)
    assert 70 < cross < 75
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


def sample_of(*prices: float) -> PriceSample:
    return price_sample(np.array(prices), np.arange(len(prices)))


def test_where_nothing_earns_there_is_no_best_price() -> None:
    assert best_price(sample_of(5, 6), 6) is None
    assert best_price(sample_of(5, 6), 5).price == 6  # type: ignore[union-attr]
