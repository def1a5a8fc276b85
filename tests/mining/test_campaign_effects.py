"""Effects of campaigns: published figures to the digit, simulated truth, and what is refused as an effect."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mining.campaigns.anytime_interval import anytime_half_width
from mining.campaigns.arm_difference import ArmSummary, arm_difference
from mining.campaigns.campaign_effect import campaign_effect
from mining.campaigns.campaign_size import (
    customers_an_arm,
    customers_for_shares,
    smallest_effect,
    smallest_lift,
)
from mining.campaigns.campaign_types import campaign_types
from mining.campaigns.pre_period import adjusted_difference
from mining.campaigns.sample_ratio import mismatched_groups, sample_ratio
from tests.mining.planted import real

HELD, TREATED = "held out", "treated"


def arms(frame: pl.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    """A column of Hillstrom's men's arm, and of those without an e-mail."""
    is_held = frame["segment"] == "No E-Mail"
    return (
        frame.filter(~is_held)[column].cast(pl.Float64).to_numpy(),
        frame.filter(is_held)[column].cast(pl.Float64).to_numpy(),
    )


@pytest.fixture(scope="module")
def hillstrom() -> pl.DataFrame:
    return pl.read_parquet(real("hillstrom/mens_vs_control.parquet"))


@pytest.mark.parametrize(
    ("measure", "effect", "low", "high", "left"),
    [
        ("visit", 0.07659, 0.06995, 0.08323, 0.9956),
        ("conversion", 0.00681, 0.00500, 0.00861, 0.9991),
        ("spend", 0.7698, 0.4851, 1.0545, 0.9996),
    ],
)
def test_hillstroms_mens_arm(
    hillstrom: pl.DataFrame, measure: str, effect: float, low: float, high: float, left: float
) -> None:
    places = 4 if measure == "spend" else 5
    found = arm_difference(*arms(hillstrom, measure))
    assert tuple(round(each, places) for each in (found.difference, found.low, found.high)) == (
        effect,
        low,
        high,
    )
    assert found.is_told_from_chance
    adjusted = adjusted_difference(*arms(hillstrom, measure), *arms(hillstrom, "history"))
    assert round(adjusted.variance_ratio, 4) == left
    assert not adjusted.is_gain


@pytest.mark.parametrize(
    ("counts", "shares", "chi2", "p"),
    [
        ((9_463, 7_681), (1, 1), 185.2, 3.5e-42),
        ((4_072, 2_035), (4, 1), 677.4, 2.4e-149),
        ((21_307, 21_306), (1, 1), 0.0, 0.996),
    ],
)
def test_published_mismatches(
    counts: tuple[int, int], shares: tuple[int, int], chi2: float, p: float
) -> None:
    found = sample_ratio(counts, shares)
    assert round(found.chi2, 1) == chi2
    assert found.p == pytest.approx(p, rel=0.01)
    assert found.is_mismatch == (p < 0.001)


def test_a_mismatch_is_traced_to_the_group_it_comes_from() -> None:
    chance = np.random.default_rng(3)
    frame = pl.DataFrame(
        {
            "arm": np.where(chance.random(6_000) < 0.5, TREATED, HELD),
            "channel": np.repeat(["mail", "web", "phone"], 2_000),
            "day": np.tile(np.arange(10), 600),
        }
    )
    lost = (pl.col("channel") == "web") & (pl.col("arm") == HELD) & (pl.col("day") < 4)
    found = mismatched_groups(frame.filter(~lost), ["channel", "day"], {TREATED: 1.0, HELD: 1.0})
    assert found["member"][0] == "web"
    assert set(found.filter(pl.col("column") == "day")["member"]) <= {"0", "1", "2", "3"}
    assert mismatched_groups(frame, ["channel", "day"], {TREATED: 1.0, HELD: 1.0}).is_empty()


def test_published_sizes(hillstrom: pl.DataFrame) -> None:
    assert customers_for_shares(0.1062, 0.1062 * 1.1) == 13_783
    assert round(smallest_lift(122 / 21_306, 21_307, 21_306), 5) == 0.00223
    of_spend = ArmSummary.of(arms(hillstrom, "spend")[1]).variance
    needed = customers_an_arm(of_spend, 0.5)
    assert smallest_effect(of_spend, needed, needed) == pytest.approx(0.5, rel=1e-3)
    with pytest.raises(ValueError, match="finds an effect of nothing"):
        customers_an_arm(1.0, 0.0)


def test_looking_every_day_fires_at_nothing_seldom() -> None:
    """20 looks of 500 customers an arm at a rate of .1: a naive test fires in 25.9%, the sequence in 1.4%."""
    runs, looks, size = 2_000, 20, 500
    seen = np.random.default_rng(1).binomial(size, 0.1, (2, runs, looks)).cumsum(axis=2)
    fired = {"naive": 0, "anytime": 0}
    for run in range(runs):
        naive = anytime = False
        for look in range(looks):
            many = size * (look + 1)
            one, other = (
                ArmSummary(many, seen[arm, run, look] / many, _variance(seen[arm, run, look], many))
                for arm in (0, 1)
            )
            off = abs(one.mean - other.mean)
            naive |= off > 1.96 * np.sqrt(one.error + other.error)
            anytime |= off > anytime_half_width(one, other, size * looks)
        fired["naive"] += naive
        fired["anytime"] += anytime
    assert fired["naive"] / runs == pytest.approx(0.26, abs=0.03)
    assert fired["anytime"] / runs == pytest.approx(0.014, abs=0.01)
    end = ArmSummary(size * looks, 0.1, 0.09)
    assert anytime_half_width(end, end, size * looks) / (1.96 * np.sqrt(2 * end.error)) == pytest.approx(
        1.55, abs=0.01
    )


def _variance(hits: int, many: int) -> float:
    share = hits / many
    return share * (1 - share) * many / (many - 1)


def campaign(treated: list[float], held_out: list[float], **more: list[float]) -> pl.DataFrame:
    arm = [TREATED] * len(treated) + [HELD] * len(held_out)
    return pl.DataFrame({"arm": arm, "value": [*treated, *held_out], **more}, strict=False)


def test_what_is_refused() -> None:
    assert "Nobody was held out" in campaign_effect(campaign([1.0, 2.0], [])).refusal
    assert "fewer than two" in campaign_effect(campaign([1.0, 2.0], [1.0])).refusal
    skewed = campaign([1.0] * 900, [2.0] * 500)
    assert "not of the planned sizes" in campaign_effect(skewed, planned=(1, 1)).refusal
    assert campaign_effect(skewed, planned=(9, 5)).refusal == ""
    redeemed = campaign([10.0] * 300 + [0.0] * 200, [0.0] * 500)
    assert "Only those who were reached could answer" in campaign_effect(redeemed, is_answer=True).refusal
    assert campaign_effect(redeemed).effect is not None


def test_who_is_in_both_arms_is_left_out_and_one_customer_does_not_decide() -> None:
    frame = campaign([*[1.0, 2.0] * 2_000, 50_000.0], [1.0, 2.0] * 2_000)
    both = frame.with_columns(arm=pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("both")).otherwise("arm"))
    found = campaign_effect(both)
    assert (found.in_both, found.treated, found.held_out) == (3, 3_998, 4_000)
    assert found.winsorised_at == 2.0
    assert found.effect is not None
    assert abs(found.effect.difference) < 0.1
    assert len(found.notes) == 2
    assert campaign_effect(frame.head(4_000)).refusal


def test_nothing_done_by_anybody_is_told_as_nothing() -> None:
    found = campaign_effect(campaign([0.0] * 10, [0.0] * 10, before=[1.0] * 20))
    assert found.effect is not None
    assert (found.effect.difference, found.effect.low, found.effect.high, found.effect.p) == (0, 0, 0, 1)
    assert found.effect.relative is None
    assert found.adjusted is None
    assert "nothing to tell apart" in found.notes[0]


def test_the_best_of_many_is_drawn_to_its_type_and_the_interval_of_the_next_holds() -> None:
    chance = np.random.default_rng(8)
    held, inside, runs, many = 0, 0, 150, 8
    for _ in range(runs):
        error = chance.uniform(0.5, 2.0, many)
        truth = 1.0 + chance.normal(0, 1.0, many + 1)
        frame = pl.DataFrame({"kind": "Mail", "effect": truth[:-1] + chance.normal(0, error), "error": error})
        found = campaign_types(frame)
        (one,) = found.types
        inside += one.next_low <= truth[-1] <= one.next_high
        best = (
            found.campaigns.with_columns(truth=pl.Series(truth[:-1]))
            .sort("effect")
            .tail(1)
            .row(0, named=True)
        )
        held += best["shrunk_low"] <= best["truth"] <= best["shrunk_high"]
        assert best["shrunk"] <= best["effect"]
    assert inside / runs == pytest.approx(0.95, abs=0.05)
    assert held / runs > 0.9


def test_a_type_of_one_campaign_tells_that_one_and_no_error_tells_nothing() -> None:
    frame = pl.DataFrame({"kind": ["Mail", "Web"], "effect": [2.0, 5.0], "error": [1.0, None]})
    found = campaign_types(frame)
    assert [(each.kind, each.campaigns, each.mean) for each in found.types] == [("Mail", 1, 2.0)]
    assert np.isnan(found.types[0].next_low)
    assert np.isnan(found.types[0].tau)
    assert found.campaigns["shrunk"].to_list() == [None, None]
    assert campaign_types(frame.clear()).campaigns.is_empty()
