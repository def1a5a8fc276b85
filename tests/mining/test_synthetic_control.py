"""Synthetic controls: California's published weights and effect, planted and absent ones, and fits that are refused.

`california_prop99.csv` holds packs of cigarettes sold a head in 39 states, 1970 to 2000 (Orzechowski and Walker, "The
tax burden on tobacco"), as Abadie, Diamond and Hainmueller (2010) read them; California raised its tax in 1989.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mining.campaigns.synthetic_control import synthetic_control


def test_californias_tobacco_tax() -> None:
    """Weights and effect of the method without covariates: -19.5 packs a head and year, as Arkhangelsky and others
    (American Economic Review 111, 2021, table 1) print -19.6 of their solver, which stops earlier."""
    wide = pl.read_csv(Path(__file__).with_name("california_prop99.csv"))
    frame = wide.unpivot(index="State", variable_name="year", value_name="value").select(
        "value", region="State", period=pl.col("year").cast(pl.Int64) - 1989
    )
    found = synthetic_control(frame, ["California"])
    assert [(name, round(weight, 3)) for name, weight in found.weights[:4]] == [
        ("Utah", 0.394), ("Montana", 0.232), ("Nevada", 0.205), ("Connecticut", 0.109),
    ]  # fmt: skip
    assert found.difference == pytest.approx(-19.6, abs=0.15)
    assert (found.others, found.before, found.after) == (38, 19, 12)
    assert found.fit < 0.02
    assert found.p == pytest.approx(3 / 39)
    last = found.course.tail(1)
    assert last["treated"][0] - last["synthetic"][0] < -20


def regions(seed: int, effect: float, many: int = 20) -> pl.DataFrame:
    """Regions that hang on two common courses, the first with an effect from period 0 on."""
    chance = np.random.default_rng(seed)
    periods = np.arange(-20, 8)
    courses = np.vstack([100 + periods, 60 + 10 * np.sin(periods / 3)])
    share = chance.uniform(0.2, 0.8, (many, 1))
    share[0] = 0.5
    value = share * courses[0] + (1 - share) * courses[1] + chance.normal(0, 1, (many, len(periods)))
    value[0, periods >= 0] += effect
    return pl.DataFrame({
        "region": np.repeat([f"r{at}" for at in range(many)], len(periods)), "period": np.tile(periods, many),
        "value": value.ravel(),
    })  # fmt: skip


def test_a_planted_effect_is_found_and_none_where_none_is() -> None:
    found = synthetic_control(regions(1, 8.0), ["r0"])
    assert found.difference == pytest.approx(8.0, abs=1.5)
    assert found.p == pytest.approx(1 / 20)
    assert sum(weight for _, weight in found.weights) == pytest.approx(1, abs=0.02)
    assert all(weight > 0 for _, weight in found.weights)
    chance = [synthetic_control(regions(seed, 0.0), ["r0"]).p for seed in range(60)]
    assert np.mean([p <= 0.05 for p in chance]) <= 0.1
    two = synthetic_control(regions(1, 8.0), ["r0", "r1"])
    assert (two.treated, two.others) == (2, 18)
    assert two.difference == pytest.approx(4.0, abs=1.5)


def test_what_is_refused() -> None:
    far = regions(1, 0.0).with_columns(
        value=pl.when(pl.col("region") == "r0").then(pl.col("value") * 3).otherwise("value")
    )
    found = synthetic_control(far, ["r0"])
    assert found.refusal.startswith(
        "No mixture of the other regions went as the treated ones did before: it is off by"
    )
    assert np.isnan(found.difference)
    assert found.course.height == 28
    assert "No region had" in synthetic_control(regions(1, 0.0), []).refusal
    assert "2 other regions" in synthetic_control(regions(1, 0.0, 3), ["r0"]).refusal
    late = regions(1, 0.0).filter(pl.col("period") >= -3)
    assert "3 periods are known before" in synthetic_control(late, ["r0"]).refusal
