"""Effects by group against scipy group by group, what is planted in one of them, and luck where nothing is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from mining.campaigns.effect_by_group import effect_by_group


def simulated(seed: int, changes: dict[str, float], many: int = 400) -> pl.DataFrame:
    """Customers of these groups, half of each reached, whom the campaign changes by so much."""
    random = np.random.default_rng(seed)
    group = np.repeat(list(changes), many)
    treated = random.random(len(group)) < 0.5
    value = random.gamma(2, 10, len(group)) + treated * np.repeat([*changes.values()], many)
    return pl.DataFrame({
        "customer": np.arange(len(group)), "arm": np.where(treated, "treated", "held out"), "value": value,
        "group": group,
    })  # fmt: skip


def test_each_group_is_welch_s_and_those_that_differ_are_told() -> None:
    frame = simulated(1, {"Italy": 10.0, "France": 0.0, "Spain": 0.0})
    few = pl.DataFrame({"customer": [9_999], "arm": ["treated"], "value": [1e9], "group": ["Malta"]})
    nobody = few.with_columns(group=pl.lit(None, pl.String), arm=pl.lit("held out"))
    found = effect_by_group(pl.concat([frame, few, nobody], how="vertical_relaxed"))
    assert (found.small, found.frame.height, found.differ) == (1, 3, True)
    for row in found.frame.iter_rows(named=True):
        arms = [
            frame.filter(group=row["group"], arm=arm)["value"].to_numpy() for arm in ("treated", "held out")
        ]
        whole = stats.ttest_ind(*arms, equal_var=False)
        assert (row["treated"], row["held_out"]) == tuple(map(len, arms))
        assert row["p"] == pytest.approx(whole.pvalue)
        assert row["effect"] == pytest.approx(arms[0].mean() - arms[1].mean())
        assert (row["q"] < 0.05) == (row["group"] == "Italy")


def test_where_groups_do_not_differ_they_are_said_to_in_one_of_twenty() -> None:
    found = [effect_by_group(simulated(seed, dict.fromkeys("ABCDE", 3.0), 120)) for seed in range(200)]
    assert sum(each.differ for each in found) <= 18  # 10 are expected; more than 18 come once in 200
    nothing = [effect_by_group(simulated(seed, dict.fromkeys("ABCDE", 0.0), 120)) for seed in range(100)]
    assert sum(each.frame["q"].min() < 0.05 for each in nothing) <= 11


def test_of_one_group_nothing_is_told_of_differences() -> None:
    found = effect_by_group(simulated(1, {"Italy": 1.0}))
    assert (found.p, found.differ, found.frame.height) == (None, False, 1)
    assert effect_by_group(simulated(1, {"Italy": 1.0}, 20)).frame.is_empty()
