"""Uplift: the curve by its definition whatever the order of rows, bands against drawing customers, planted truth."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from mining.campaigns.qini_curve import qini_curve
from mining.campaigns.uplift_scores import Learner, uplift_scores
from tests.mining.planted import real


def areas(score: np.ndarray, value: np.ndarray, treated: np.ndarray) -> float:
    """The area between curve and chord, one score after the other."""
    points = [(0.0, 0.0)]
    for least in sorted(set(score), reverse=True):
        best = score >= least
        one, other = best & treated, best & ~treated
        held = value[other].sum() * one.sum() / other.sum() if other.any() else 0.0
        points.append((best.mean(), value[one].sum() - held))
    under = sum((x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in itertools.pairwise(points))
    return float(under - points[-1][1] / 2)


def firm(customers: int, gain: float, seed: int) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Customers of whom those of kind `a` under forty gain by being reached, and others nothing."""
    chance = np.random.default_rng(seed)
    age, kind = chance.uniform(20, 60, customers), chance.choice(["a", "b", "c"], customers)
    treated = chance.random(customers) < 0.5
    gains = np.where((kind == "a") & (age < 40), gain, 0.0)
    value = 0.05 * age + chance.normal(0, 1, customers) + gains * treated
    return pl.DataFrame({"age": age, "kind": kind, "same": "x"}), value, treated


def test_the_curve_is_its_definition_and_knows_no_order() -> None:
    chance = np.random.default_rng(2)
    score, treated = np.round(chance.normal(0, 1, 300), 1), chance.random(300) < 0.4
    value = chance.poisson(1.0, 300) + (score > 0) * treated
    found = qini_curve(score, value, treated)
    assert found.area == pytest.approx(areas(score, value, treated))
    other = chance.permutation(300)
    assert qini_curve(score[other], value[other], treated[other]).area == pytest.approx(found.area)
    same = qini_curve(np.ones(300), value, treated)
    assert (same.area, same.low, same.high) == (0.0, 0.0, 0.0)
    assert not same.beats_everyone


def test_bands_are_those_of_customers_drawn_one_by_one() -> None:
    features, value, treated = firm(3_000, 1.0, 4)
    score = features["age"].to_numpy()
    found = qini_curve(score, value, treated)
    chance, drawn, shuffled = np.random.default_rng(5), [], []
    for _ in range(300):
        own = chance.integers(0, 3_000, 3_000)
        drawn.append(qini_area(score[own], value[own], treated[own]))
        shuffled.append(qini_area(chance.permutation(score), value, treated))
    told = (found.low, found.high, found.chance_low, found.chance_high)
    by_hand = (*np.quantile(drawn, [0.025, 0.975]), *np.quantile(shuffled, [0.025, 0.975]))
    width = found.high - found.low
    assert told == pytest.approx(by_hand, abs=0.15 * width)


def qini_area(score: np.ndarray, value: np.ndarray, treated: np.ndarray) -> float:
    order = np.argsort(-score, kind="stable")
    one, did = treated[order].cumsum(), (value * treated)[order].cumsum()
    other, did_held = (~treated)[order].cumsum(), (value * ~treated)[order].cumsum()
    gained = np.append(0.0, did - np.divide(did_held * one, other, out=np.zeros(len(one)), where=other > 0))
    return float(((gained[1:] + gained[:-1]) / 2).mean() - gained[-1] / 2)


def test_published_end_and_chance_of_hillstrom() -> None:
    frame = pl.read_parquet(real("hillstrom/mens_vs_control.parquet"))
    treated = (frame["segment"] != "No E-Mail").to_numpy()
    found = qini_curve(frame["history"].to_numpy(), frame["visit"].to_numpy().astype(float), treated)
    assert round(float(found.gained[-1]), 3) == 1631.894
    assert (found.chance_low, found.chance_high) == pytest.approx((-41.8, 41.4), abs=4)


@pytest.mark.parametrize("learner", Learner)
def test_planted_gains_are_found(learner: Learner) -> None:
    features, value, treated = firm(2_000, 2.0, 6)
    found = uplift_scores(features, value, treated, learner)
    gains = ((features["kind"] == "a") & (features["age"] < 40)).to_numpy()
    assert found.score[gains].mean() - found.score[~gains].mean() > 1.0
    assert qini_curve(found.score, value, treated).beats_everyone


def test_where_nobody_gains_none_is_found() -> None:
    features, value, treated = firm(2_000, 0.0, 7)
    found = uplift_scores(features, value, treated)
    assert not qini_curve(found.score, value, treated).beats_everyone


def test_what_cannot_be_learned_is_refused() -> None:
    features, value, treated = firm(500, 1.0, 8)
    with pytest.raises(ValueError, match="No column tells"):
        uplift_scores(features.select("same"), value, treated)
    with pytest.raises(ValueError, match="fewer than 200"):
        uplift_scores(features, value, np.arange(500) < 100)
    with pytest.raises(ValueError, match="both arms"):
        qini_curve(value, value, np.ones(500, bool))
