"""BG/NBD meets its paper's figures on CDNOW, a simulation, and purchases counted by simulated lives."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mining.lifetime.bgnbd import BgNbd, Numbers, fit
from tests.mining.planted import real

PAPER = BgNbd(0.243, 4.414, 0.793, 2.426)
MADE_UP = BgNbd(0.8, 20.0, 0.8, 2.5)


def cdnow() -> tuple[Numbers, Numbers, Numbers]:
    """The 39 weeks of calibration: repeat purchases, recency and age, in weeks."""
    frame = pl.read_parquet(real("cdnow/cdnow_customers_summary.parquet"))
    repeats, recency, age = (
        frame[name].cast(pl.Float64).to_numpy() for name in ("frequency", "recency", "T")
    )
    return repeats, recency, age


def lives(model: BgNbd, size: int, age: float, seed: int = 0) -> list[Numbers]:
    """The days of purchase after the first of so many customers, told by the story of the paper."""
    random = np.random.default_rng(seed)
    rates = random.gamma(model.r, 1 / model.alpha, size)
    leaving = random.beta(model.a, model.b, size)
    found = []
    for rate, leaves in zip(rates, leaving, strict=True):
        at, days = 0.0, []
        while (at := at + random.exponential(1 / rate)) <= age:
            days.append(at)
            if random.random() < leaves:
                break
        found.append(np.array(days))
    return found


def test_the_papers_figures() -> None:
    """Table 2 and the forecast of weeks 40 to 78; 1,882 purchases came."""
    repeats, recency, age = cdnow()
    found = fit(repeats, recency, age)
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=2e-3)
    assert found.log_likelihood(repeats, recency, age).sum() == pytest.approx(-9582.43, abs=0.01)
    assert found.expected(39.0, repeats, recency, age).sum() == pytest.approx(1653, abs=1)


def test_time_may_count_in_days() -> None:
    repeats, recency, age = cdnow()
    weeks, days = fit(repeats, recency, age), fit(repeats, recency * 7, age * 7)
    assert days.expected(273.0, repeats, recency * 7, age * 7) == pytest.approx(
        weeks.expected(39.0, repeats, recency, age), rel=1e-3
    )


@pytest.fixture(scope="module")
def told() -> list[Numbers]:
    return lives(MADE_UP, 60_000, 80.0)


@pytest.mark.parametrize("repeats", [0, 1, 3])
def test_expectations_are_the_mean_of_simulated_lives(told: list[Numbers], repeats: int) -> None:
    """Of 60,000 lives, those that look alike at day 40 buy on average what is expected until day 80."""
    alike = [each for each in told if (each <= 40).sum() == repeats]
    seen = np.array([each[repeats - 1] if repeats else 0.0 for each in alike])
    expected = MADE_UP.expected(40.0, np.full(len(seen), float(repeats)), seen, np.full(len(seen), 40.0))
    came = np.array([(each > 40).sum() for each in alike])
    assert came.mean() == pytest.approx(expected.mean(), abs=4 * came.std() / len(came) ** 0.5)


def test_what_was_simulated_is_found_again() -> None:
    bought = lives(MADE_UP, 8_000, 200.0, seed=1)
    repeats = np.array([float(len(each)) for each in bought])
    recency = np.array([each[-1] if len(each) else 0.0 for each in bought])
    found = fit(repeats, recency, np.full(8_000, 200.0))
    assert (found.r, found.alpha) == pytest.approx((0.8, 20.0), rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(0.8 / 3.3, abs=0.05)


def test_silence_lowers_what_is_expected_and_nobody_drops_out_of_a_steady_firm() -> None:
    silent = PAPER.expected(39.0, np.full(3, 10.0), np.array([38.0, 25.0, 5.0]), np.full(3, 39.0))
    assert list(silent) == sorted(silent, reverse=True)
    assert silent[2] < 0.1
    steady = fit(np.full(50, 12.0), np.full(50, 360.0), np.full(50, 365.0))
    few = steady.expected(365.0, np.full(1, 12.0), np.full(1, 360.0), np.full(1, 365.0))
    assert few[0] == pytest.approx(12, rel=0.05)
