"""Arms by a salted hash: uniform, independent between campaigns, and theirs for good."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from scipy import stats

from data.campaigns.assignment import assign, places

SHARES = (("A", 0.45), ("B", 0.45), ("held out", 0.1))


def _units(many: int, first: int = 0) -> pl.Series:
    return pl.Series([f"crm:{each}" for each in range(first, first + many)])


def _counts(arms: pl.Series) -> dict[str, int]:
    return dict(arms.value_counts().iter_rows())


def test_a_place_is_what_it_was_in_every_release() -> None:
    assert places("salt", pl.Series(["crm:1", "crm:2"])).to_list() == pytest.approx(
        [0.5929258152782021, 0.5563740443574231], abs=1e-15
    )


def test_a_thousand_campaigns_are_uniform_and_independent() -> None:
    units = _units(400)
    drawn = np.array([places(f"salt {each}", units).to_numpy() for each in range(1000)])
    bins = np.floor(drawn * 10).astype(int)
    within = [stats.chisquare(np.bincount(row, minlength=10)).pvalue for row in bins]
    assert stats.kstest(within, "uniform").pvalue > 0.001
    of_unit = [stats.chisquare(np.bincount(column, minlength=10)).pvalue for column in bins.T]
    assert stats.kstest(of_unit, "uniform").pvalue > 0.001
    out = drawn < 0.5
    crossed = [_crossed(one, other) for one, other in pairwise(out)]
    between = [stats.chi2_contingency(each, correction=False).pvalue for each in crossed]
    assert stats.kstest(between, "uniform").statistic < 0.08
    assert stats.chi2_contingency(sum(crossed), correction=False).pvalue > 0.001


def _crossed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.array(
        [[(one & other).sum(), (one & ~other).sum()], [(~one & other).sum(), (~one & ~other).sum()]]
    )


def test_growth_changes_nobody_and_order_nothing() -> None:
    units = _units(5_000)
    arms = assign("salt", units, SHARES)
    assert _counts(arms)["held out"] == pytest.approx(500, abs=65)
    shuffled = units.sample(fraction=1, shuffle=True, seed=1)
    assert dict(zip(shuffled, assign("salt", shuffled, SHARES), strict=True)) == dict(
        zip(units, arms, strict=True)
    )
    grown = assign("salt", pl.concat([_units(2_000, 9_000), units]), SHARES)
    assert grown[2_000:].to_list() == arms.to_list()


def test_who_was_drawn_before_keeps_the_arm_whatever_the_shares() -> None:
    units = _units(100)
    stored = pl.DataFrame({"unit": units[:50], "arm": ["held out"] * 50})
    arms = assign("salt", units, (("treated", 1.0),), stored=stored)
    assert arms.to_list() == ["held out"] * 50 + ["treated"] * 50


def test_shares_are_met_in_each_stratum_as_near_as_whole_numbers_allow() -> None:
    sizes = [1, 2, 7, 10, 33, 1000]
    strata = pl.Series([f"s{at}" for at, many in enumerate(sizes) for _ in range(many)])
    units = _units(sum(sizes))
    arms = assign("salt", units, SHARES, strata)
    found = pl.DataFrame({"stratum": strata, "arm": arms})
    for at, many in enumerate(sizes):
        counts = _counts(found.filter(stratum=f"s{at}")["arm"])
        assert all(abs(counts.get(name, 0) - many * share) < 1 for name, share in SHARES), (many, counts)
    order = units.sample(fraction=1, shuffle=True, seed=2)
    by_unit = dict(zip(units, strata, strict=True))
    again = assign("salt", order, SHARES, pl.Series([by_unit[each] for each in order]))
    assert dict(zip(order, again, strict=True)) == dict(zip(units, arms, strict=True))


def test_even_of_strata_of_one_each_has_the_chance_that_is_its_share() -> None:
    units = _units(4_000)
    counts = _counts(assign("salt", units, SHARES, units))
    assert [counts[name] for name, _ in SHARES] == pytest.approx([1800, 1800, 400], abs=130)


def test_a_stratum_that_grows_comes_near_its_shares_and_nobody_moves() -> None:
    units, strata = _units(300), pl.Series(["north", "south", "south"] * 100)
    stored = pl.DataFrame({"unit": [], "arm": []}, {"unit": pl.String, "arm": pl.String})
    for many in range(10, 301, 10):
        arms = assign("salt", units[:many], SHARES, strata[:many], stored)
        assert arms[: stored.height].to_list() == stored["arm"].to_list()
        stored = pl.DataFrame({"unit": units[:many], "arm": arms})
    for stratum, many in (("north", 100), ("south", 200)):
        counts = _counts(stored["arm"].filter(strata == stratum))
        assert all(abs(counts[name] - many * share) < 2 for name, share in SHARES), counts


def test_households_stay_together() -> None:
    households = pl.Series([f"h{each // 3}" for each in range(3_000)])
    arms = assign("salt", households, SHARES)
    assert (
        pl.DataFrame({"h": households, "a": arms}).group_by("h").agg(pl.col("a").n_unique())["a"].max() == 1
    )
    mixed = assign("salt", households, SHARES, pl.Series(["x", "y"] * 1500))
    assert (
        pl.DataFrame({"h": households, "a": mixed}).group_by("h").agg(pl.col("a").n_unique())["a"].max() == 1
    )


def test_a_million_take_about_a_second() -> None:
    units = _units(100_000)
    began = time.process_time()
    assign("salt", units, SHARES)
    assert time.process_time() - began < 1
