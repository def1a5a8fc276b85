"""Volumes forecast: a simulated call centre whose truth is known, judged against the year before, and bad input."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.service.agents_needed import ServiceTarget
from mining.service.contact_counts import contact_counts
from mining.service.hourly_staffing import hourly_staffing
from mining.service.volume_forecast import VolumeForecast, volume_forecast
from mining.service.volume_model import fit_volumes

FIRST = date(2023, 1, 4)  # a Wednesday
WEEKDAY = np.array([1.4, 1.2, 1.1, 1.0, 1.0, 0.6, 0.3])
HOUR = np.exp(-0.5 * ((np.arange(24) - 11) / 3) ** 2)


def expected(days: int, size: float = 200, swing: float = 0.25) -> np.ndarray:
    at = np.arange(days)
    return np.asarray(size * WEEKDAY[(at + 2) % 7] * np.exp(swing * np.cos(2 * np.pi * at / 365.25)))


def calls(days: int, seed: int = 1, spread: float = 0.05) -> tuple[pl.DataFrame, date]:
    """Calls by hour of so many days: Poisson, round a day of its own that scatters by `spread`."""
    chance = np.random.default_rng(seed)
    mean = expected(days) * chance.gamma(1 / spread, spread, days)
    counts = chance.poisson(mean[:, None] * HOUR / HOUR.sum())
    frame = pl.DataFrame({
        "day": [FIRST + timedelta(at // 24) for at in range(24 * days)], "hour": np.tile(np.arange(24), days),
        "contacts": counts.ravel(),
    })  # fmt: skip
    return frame, FIRST + timedelta(days - 1)


@pytest.fixture(scope="module")
def three_years() -> VolumeForecast:
    return volume_forecast(*calls(1_096))


def test_what_is_to_come_is_what_was_planted(three_years: VolumeForecast) -> None:
    truth = expected(1_096 + 28)[-28:]
    told = three_years.days["expected"].to_numpy()
    assert three_years.has_season
    assert np.abs(told - truth).sum() / truth.sum() < 0.06
    of_hours = three_years.hours.filter(weekday=1)["expected"].to_numpy()
    mondays = truth[[day.weekday() == 0 for day in three_years.days["day"]]]
    assert of_hours == pytest.approx(mondays.mean() * HOUR / HOUR.sum(), rel=0.15, abs=0.6)


def test_it_is_nearer_than_the_year_before_and_its_band_holds_nine_of_ten() -> None:
    covered = []
    for seed in (1, 2, 3):
        for each in volume_forecast(*calls(1_096, seed)).accuracy:
            assert each.wape < each.wape_before  # type: ignore[operator]
            assert each.mase < each.mase_before  # type: ignore[operator]
            covered.append((each.grain, each.covered))
    assert np.mean([share for grain, share in covered if grain == "day"]) == pytest.approx(0.9, abs=0.05)
    assert all(0.9 <= share <= 0.97 for grain, share in covered if grain == "hour")


def test_errors_are_those_that_loops_find(three_years: VolumeForecast) -> None:
    day = three_years.accuracy[0]
    held = three_years.held
    missed = [abs(came - told) for came, told in held.select("contacts", "expected").iter_rows()]
    assert (held.height, day.points) == (84, 84)
    assert day.wape == pytest.approx(sum(missed) / held["contacts"].sum())
    sums = calls(1_096)[0].group_by("day").agg(pl.col("contacts").sum()).sort("day")["contacts"].to_list()
    known = len(sums) - 84
    usual = np.mean([abs(sums[at] - sums[at - 364]) for at in range(364, known)])
    assert day.mase == pytest.approx(np.mean(missed) / usual)
    before = np.mean([abs(sums[at] - sums[at - 364]) for at in range(known, known + 84)])
    assert day.mase_before == pytest.approx(before / usual)
    assert held["before"].to_list() == sums[known - 364 : known - 364 + 84]


def test_nothing_that_came_later_is_known_to_a_forecast() -> None:
    frame, last = calls(400)
    later = frame.with_columns(
        pl.when(pl.col("day") > last - timedelta(28)).then(0).otherwise("contacts").alias("contacts")
    )
    one, other = (volume_forecast(each, last).held["expected"].to_list() for each in (frame, later))
    assert one == other


def test_less_than_two_years_have_no_season_and_less_than_one_no_year_before() -> None:
    short = volume_forecast(*calls(200))
    assert not short.has_season
    assert [(each.wape_before, each.mase_before) for each in short.accuracy] == [(None, None)] * 2
    assert short.held["before"].null_count() == short.held.height


def test_days_alone_are_forecast_by_day_alone() -> None:
    frame, last = calls(200)
    days = frame.group_by("day").agg(pl.col("contacts").sum()).with_columns(hour=pl.lit(None, pl.Int64))
    found = volume_forecast(days, last)
    assert [each.grain for each in found.accuracy] == ["day"]
    assert found.hours.is_empty()


@pytest.mark.parametrize(("days", "says"), [(1, "One day is known"), (83, "83 days are known")])
def test_too_few_days_are_refused(days: int, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        volume_forecast(*calls(days))


def test_no_calls_are_refused() -> None:
    with pytest.raises(BadRequest, match="no contact yet"):
        volume_forecast(calls(100)[0].filter(pl.col("contacts") < 0), FIRST)


def test_a_closed_weekday_and_a_silent_year_are_no_trouble() -> None:
    frame, last = calls(800)
    open_days = frame.filter(pl.col("day").dt.weekday() < 7)
    assert (
        volume_forecast(open_days, last).days.filter(pl.col("day").dt.weekday() == 7)["high"].to_list()
        == [0] * 4
    )
    silent = frame.filter(pl.col("day") < FIRST + timedelta(300))
    assert np.isfinite(volume_forecast(silent, last).days["expected"].to_numpy()).all()
    assert fit_volumes(contact_counts(silent, last)).level < 1


def test_each_hour_gets_its_agents(three_years: VolumeForecast) -> None:
    found = hourly_staffing(three_years.hours, 180, 60, ServiceTarget())
    assert (found["answered"] >= 0.8).all()
    assert (found["agents_high"] >= found["agents"]).all()
    assert found.sort("expected")["agents"].is_sorted()
    assert found["expected"].min() >= 0.05  # type: ignore[operator]
