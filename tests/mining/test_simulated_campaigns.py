"""Simulated campaigns of every design: intervals hold the planted truth as often as they say, and nothing is found
where nothing is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
import pytest

from mining.campaigns.anytime_interval import anytime_half_width
from mining.campaigns.arm_difference import ArmSummary, Effect, arm_difference
from mining.campaigns.campaign_effect import campaign_effect
from mining.campaigns.cluster_difference import cluster_difference
from mining.campaigns.pre_period import adjusted_difference
from mining.campaigns.ratio_difference import linearised, ratio_difference
from mining.campaigns.sample_ratio import ALARM, mismatch_power, sample_ratio, smallest_loss
from mining.campaigns.switchback_difference import switchback_difference

RUNS, CUSTOMERS, EFFECT = 2_000, 250, 3.0


def holds(effect: Effect, truth: float) -> bool:
    return effect.low <= truth <= effect.high


def coverage(effects: Iterator[bool]) -> float:
    return float(np.mean(list(effects)))


@pytest.fixture(scope="module")
def spent() -> tuple[np.ndarray, np.ndarray]:
    """(arm, run, customer): spend that is often nothing and skew, and the past on which it hangs."""
    chance = np.random.default_rng(5)
    before = chance.gamma(2.0, 20.0, (2, RUNS, CUSTOMERS))
    spend = chance.poisson(0.8, before.shape) * before * 0.5 + chance.exponential(10.0, before.shape)
    spend[0] += EFFECT
    return spend, before


def test_welch_the_relative_effect_and_cuped_hold(spent: tuple[np.ndarray, np.ndarray]) -> None:
    (treated, held), before = spent[0], spent[1]
    true_mean = 0.8 * 40 * 0.5 + 10
    plain = [arm_difference(treated[at], held[at]) for at in range(RUNS)]
    assert 0.94 <= coverage(holds(each, EFFECT) for each in plain) <= 0.96
    relative = coverage(each.relative_low <= EFFECT / true_mean <= each.relative_high for each in plain)
    assert 0.94 <= relative <= 0.96
    adjusted = [
        adjusted_difference(treated[at], held[at], before[0, at], before[1, at]) for at in range(RUNS)
    ]
    assert 0.94 <= coverage(holds(each.effect, EFFECT) for each in adjusted) <= 0.96
    assert np.mean([each.variance_ratio for each in adjusted]) < 0.95
    assert np.mean([each.effect.difference for each in adjusted]) == pytest.approx(EFFECT, abs=0.15)


def test_ratios_hold_where_the_mean_of_ratios_is_another_number() -> None:
    """Revenue an order: who orders often pays less for each, so that orders, not customers, are averaged."""
    chance = np.random.default_rng(6)
    often = chance.gamma(2.0, 1.0, (2, RUNS, CUSTOMERS))
    orders = chance.poisson(often)
    revenue = orders * (20 - often) * chance.lognormal(0, 0.3, orders.shape)
    revenue[0] *= 1.1
    truth = 0.1 * (20 - 3) * np.exp(0.045)  # E orders x often / E orders = 3 of gamma(2, 1)
    found = [
        ratio_difference(revenue[0, at], orders[0, at], revenue[1, at], orders[1, at]) for at in range(RUNS)
    ]
    assert 0.94 <= coverage(holds(each, truth) for each in found) <= 0.96
    assert np.mean([each.difference for each in found]) == pytest.approx(truth, abs=0.03)


def test_a_ratio_by_hand() -> None:
    """Two arms of three customers: y and x, R = sum y / sum x, and the delta method written out."""
    above, below = np.array([10.0, 0.0, 25.0]), np.array([1.0, 0.0, 2.0])
    told = linearised(above, below)
    assert np.mean(told) == pytest.approx(35 / 3)
    cov = np.cov(above, below)
    ratio, mean = 35 / 3, below.mean()
    written = (cov[0, 0] - 2 * ratio * cov[0, 1] + ratio**2 * cov[1, 1]) / mean**2
    assert np.var(told, ddof=1) == pytest.approx(written)
    with pytest.raises(ValueError, match="divide by"):
        linearised(above, below * 0)


@pytest.mark.parametrize("groups", [8, 40])
def test_groups_hold_where_customers_alone_do_not(groups: int) -> None:
    chance = np.random.default_rng(7)
    runs, size = 500, 12
    level = chance.normal(0, 8, (runs, groups, 1))
    value = 50 + level + chance.normal(0, 10, (runs, groups, size))
    arm = np.argsort(chance.random((runs, groups)), axis=1) < groups // 2
    value += 2.0 * arm[:, :, None]
    clustered, naive = 0, 0
    customers = pl.DataFrame({"cluster": np.repeat(np.arange(groups), size)})
    for at in range(runs):
        sums = customers.with_columns(
            arm=pl.Series(np.where(np.repeat(arm[at], size), "treated", "held out")),
            value=pl.Series(value[at].ravel()),
        )
        clustered += holds(cluster_difference(sums), 2.0)
        naive += holds(arm_difference(value[at][arm[at]].ravel(), value[at][~arm[at]].ravel()), 2.0)
    assert 0.93 <= clustered / runs <= 0.97
    assert naive / runs < 0.7


def schedule(
    chance: np.random.Generator, units: int, blocks: int, days: int, effect: float, carried: float
) -> pl.DataFrame:
    """Units that hang on their own days before, on and off by lot each block; what was before works a day longer."""
    on = chance.random((units, blocks)) < 0.5
    daily = np.repeat(on, days, axis=1).astype(float)
    noise = chance.normal(0, 1, daily.shape)
    for day in range(1, daily.shape[1]):
        noise[:, day] += 0.5 * noise[:, day - 1]
    level = chance.normal(100, 10, (units, 1)) + chance.normal(0, 3, (1, daily.shape[1]))
    late = np.hstack([daily[:, :1], daily[:, :-1]])
    value = level + noise + effect * daily + carried * (late - daily)
    return pl.DataFrame({
        "unit": np.repeat(np.arange(units), daily.shape[1]), "day": np.tile(np.arange(daily.shape[1]), units),
        "arm": np.where(daily.ravel() > 0, "treated", "held out"), "value": value.ravel(),
    })  # fmt: skip


@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_switchbacks_hold_and_find_nothing_in_uniform_trials(effect: float) -> None:
    chance = np.random.default_rng(8)
    runs = 250
    found = [
        switchback_difference(schedule(chance, 6, 8, 3, effect, effect), 3, burn_in=1) for _ in range(runs)
    ]
    assert 0.925 <= coverage(each.low <= effect <= each.high for each in found) <= 0.975
    assert np.mean([each.difference for each in found]) == pytest.approx(effect, abs=0.05)
    if not effect:
        assert 0.02 <= np.mean([each.p <= 0.05 for each in found]) <= 0.08


def test_what_carries_over_hides_the_effect_until_it_is_dropped() -> None:
    frame = schedule(np.random.default_rng(9), 12, 12, 4, 2.0, 2.0)
    with_it, without = switchback_difference(frame, 4), switchback_difference(frame, 4, 1)
    assert with_it.high < without.difference
    assert without.low <= 2.0 <= without.high
    together = frame.with_columns(arm=pl.col("arm").first().over("day"))
    assert "switched together" in switchback_difference(together, 4).notes[0]
    short = switchback_difference(frame.filter(pl.col("unit") == 0, pl.col("day") < 12), 4)
    assert "fewer than 4" in short.refusal
    with pytest.raises(ValueError, match="cannot be dropped"):
        switchback_difference(frame, 4, 4)


def _arm(customers: int, mean: float, variance: float) -> ArmSummary:
    return ArmSummary(int(customers), float(mean), float(variance))


def test_the_anytime_band_holds_on_every_day() -> None:
    """An effect looked at on each of 30 days, as customers come in; the usual interval misses it on one of them."""
    chance = np.random.default_rng(10)
    runs, days, size = 500, 30, 40
    spend = chance.exponential(20.0, (2, runs, days, size))
    spend[0] += EFFECT
    many = size * np.arange(1, days + 1)
    means = spend.sum(axis=3).cumsum(axis=2) / many
    variances = ((spend**2).sum(axis=3).cumsum(axis=2) - many * means**2) / (many - 1)
    always, naive = 0, 0
    for run in range(runs):
        off = np.abs(means[0, run] - means[1, run] - EFFECT)
        one, other = (list(map(_arm, many.tolist(), means[arm, run], variances[arm, run])) for arm in (0, 1))
        arms = list(zip(one, other, strict=True))
        bands = np.array([anytime_half_width(one, other, size * days) for one, other in arms])
        usual = np.array([1.96 * np.sqrt(one.error + other.error) for one, other in arms])
        always += bool((off <= bands).all())
        naive += bool((off <= usual).all())
    assert always / runs >= 0.95
    assert naive / runs < 0.85


def test_a_lost_part_of_an_arm_is_found_as_often_as_stated() -> None:
    chance = np.random.default_rng(11)
    size, shares, lost = 10_000, (9, 1), 0.15
    held = chance.binomial(size, 0.1, 500)
    found = [
        sample_ratio((size - each, chance.binomial(each, 1 - lost)), shares).is_mismatch for each in held
    ]
    stated = mismatch_power(size, shares, lost)
    assert np.mean(found) == pytest.approx(stated, abs=0.04)
    assert 0.8 < stated < 0.95
    least = smallest_loss(size, shares)
    assert least is not None
    assert mismatch_power(size, shares, least) == pytest.approx(0.9, abs=1e-6)
    assert mismatch_power(size, shares, 0) == ALARM
    assert smallest_loss(20, shares) is None
    alarms = [sample_ratio((size - each, each), shares).is_mismatch for each in held]
    assert np.mean(alarms) <= 0.006


def frame_of(value: list[float], **more: Sequence[object]) -> pl.DataFrame:
    half = len(value) // 2
    return pl.DataFrame({"arm": ["treated"] * half + ["held out"] * half, "value": value, **more})


def test_a_campaigns_effect_is_told_by_its_groups_or_of_its_ratio() -> None:
    groups = [f"g{at // 4}" for at in range(96)]
    value = [float(at % 7) for at in range(96)]
    told = campaign_effect(frame_of(value, cluster=[*groups]), planned=(1, 1))
    assert told.effect is not None
    assert told.ratio is not None
    assert (told.treated, told.effect.treated.customers, told.ratio.counts) == (48, 12, (12, 12))
    assert told.effect == cluster_difference(frame_of(value, cluster=[*groups]))
    few = campaign_effect(frame_of(value, cluster=[f"g{at // 12}" for at in range(96)]))
    assert any("4 and 4 groups the interval is a guess" in each for each in few.notes)
    split = campaign_effect(
        frame_of(value, cluster=["g0" if at in (0, 95) else each for at, each in enumerate(groups)])
    )
    assert any("Groups with customers in both arms, left out: 1" in each for each in split.notes)
    assert (split.treated, split.held_out) == (44, 47)
    mixed = campaign_effect(frame_of(value, cluster=[f"g{at % 8}" for at in range(96)]))
    assert "not drawn for these groups: 8 of 8 have" in mixed.refusal
    below: list[object] = [float(at % 3) for at in range(96)]
    of_ratio = campaign_effect(frame_of(value, below=below, before=[*value], before_below=below))
    assert of_ratio.effect is not None
    assert of_ratio.total is None
    assert of_ratio.effect.treated.mean == pytest.approx(
        sum(value[:48]) / sum(float(str(each)) for each in below[:48])
    )
    assert of_ratio.adjusted is not None
    nothing = campaign_effect(frame_of(value, below=[*[1.0] * 48, *[0.0] * 48]))
    assert nothing.refusal.startswith("Of those held out nobody did anything")
