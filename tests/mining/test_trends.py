"""Trends of members: planted changes are found where and as large as they are, and nothing where nothing happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.trends.effect_size import effect_size, place_range
from mining.trends.member_series import take_series
from mining.trends.member_trends import MemberTrends, find_trends
from mining.trends.serial_correlation import fitted_correlations, simulated
from mining.trends.trend_effect import TrendEffect, TrendKind
from mining.trends.trend_finding import FoldReason, TrendFinding
from mining.trends.trend_search import MOST_DRIFT, SeriesBaseline, baseline_columns, search_series

PARTS, PERIODS, NOISE, CORRELATION = 40, 36, 0.06, 0.3
NO_KIN = pl.DataFrame(schema={"series": pl.String, "ancestor": pl.String})
PLANTED = {
    "p00": TrendEffect(TrendKind.SHIFT, 22),
    "p01": TrendEffect(TrendKind.SHIFT, 10),
    "p02": TrendEffect(TrendKind.SLOPE, 18),
    "p03": TrendEffect(TrendKind.SPIKE, 30, 1),
    "p04": TrendEffect(TrendKind.SPIKE, 7, 3),
}
SIZES = {TrendKind.SHIFT: 0.35, TrendKind.SLOPE: 0.03, TrendKind.SPIKE: 0.45}


def months(count: int = PERIODS) -> list[date]:
    return [date(2023 + at // 12, at % 12 + 1, 1) for at in range(count)]


def framed(values: Mapping[str, np.ndarray], whole: bool = True) -> pl.DataFrame:
    """One row a series and month; that of all is the sum."""
    every = {**values, "": np.sum([*values.values()], axis=0)} if whole else dict(values)
    days = months(len(next(iter(every.values()))))
    return pl.DataFrame(
        [
            (name, day, float(each))
            for name, own in every.items()
            for day, each in zip(days, own, strict=True)
        ],
        schema=["series", "period", "value"],
        orient="row",
    )


def parts(
    seed: int, planted: Mapping[str, TrendEffect], times: float = 1.0, count: int = PERIODS
) -> dict[str, np.ndarray]:
    """Members with a level, a growth and a season each, correlated noise, and what is planted."""
    random = np.random.default_rng(seed)
    noise = NOISE * simulated(count, CORRELATION, PARTS, random)
    found = {}
    for at in range(PARTS):
        name, when = f"p{at:02}", np.arange(count)
        season = random.normal(0, 0.3, 12)[when % 12]
        added = planted[name].column(count) * SIZES[planted[name].kind] * times if name in planted else 0
        found[name] = np.exp(
            random.normal(8, 0.3) + random.normal(0.01, 0.01) * when + season + noise[at] + added
        )
    return found


def causes(found: MemberTrends) -> dict[str, TrendFinding]:
    return {each.cause.series: each.cause for each in found.alarms}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("times", [1.0, 1.4, 2.0])
def test_what_is_planted_is_found_with_its_place_and_size(times: float, seed: int) -> None:
    found = find_trends(framed(parts(seed, PLANTED, times)), NO_KIN, "month", "")
    told, days = causes(found), months()
    assert len({*told} - {*PLANTED, ""}) <= 1, "one of twenty may be false"
    assert len(set(PLANTED) & set(told)) >= (5 if times > 1 else 3)
    for name, effect in PLANTED.items():
        if name in told and (times > 1 or told[name].kind is effect.kind):
            assert told[name].kind is effect.kind
            assert told[name].earliest <= days[effect.first] <= told[name].latest
            share = np.expm1(SIZES[effect.kind] * times)
            assert told[name].low - 0.03 * abs(share) <= share <= told[name].high + 0.03 * abs(share)


def test_chance_alone_finds_none() -> None:
    """Of five firms in which nothing happens, a quarter of one is expected to have a false alarm at all."""
    found = [find_trends(framed(parts(seed, {})), NO_KIN, "month", "") for seed in range(5)]
    assert sum(bool(each.alarms) for each in found) <= 1
    assert all((each.tests, each.season_tests) == (each.series * 3, each.series) for each in found)


def test_spikes_of_a_ratio_are_looked_for_where_it_scatters_little_alone() -> None:
    """In shuffled weeks of order values, one odd order among few made nine false spikes."""
    noise = np.random.default_rng(3).standard_normal((PARTS, PERIODS))
    values = {name: own * np.exp(0.22 * noise[at]) for at, (name, own) in enumerate(parts(1, {}).items())}
    frame = framed({**values, "": np.exp(8 + 0.02 * noise[0])}, whole=False)
    assert find_trends(frame, NO_KIN, "month", "", empty=None, adds=False).tests <= 2 * PARTS + 8
    assert find_trends(frame, NO_KIN, "month", "", empty=None).tests >= 3 * PARTS


def test_a_month_that_lacks_most_of_its_few_orders_is_no_trend() -> None:
    random = np.random.default_rng(3)
    few = {f"p{at:02}": [random.lognormal(3, 0.7, orders).sum() for orders in random.poisson(9.0, PERIODS)]
           for at in range(PARTS)}  # fmt: skip
    found = find_trends(framed({name: np.array(own) for name, own in few.items()}), NO_KIN, "month", "")
    assert not found.alarms


def test_shuffled_in_time_nothing_is_left() -> None:
    random = np.random.default_rng(5)
    shuffled = {name: random.permutation(own) for name, own in parts(1, PLANTED, 2.5).items()}
    found = find_trends(framed(shuffled), NO_KIN, "month", "")
    assert len(found.alarms) + len(found.seasons) <= 1


def test_p_values_are_uniform_where_nothing_happened_and_noise_is_correlated() -> None:
    random = np.random.default_rng(0)
    for correlation in (0.0, 0.4):
        effects = search_series(
            NOISE * simulated(PERIODS, correlation, 400, random), tuple(months()), "month"
        )
        for kind in (TrendKind.SHIFT, TrendKind.SLOPE, TrendKind.SPIKE):
            p = np.array([each.found[kind].p_value for each in effects])
            assert (p < 0.05).mean() < 0.085
            assert (p < 0.01).mean() < 0.03


def test_the_autocorrelation_is_that_of_the_simulation() -> None:
    random, baseline = np.random.default_rng(1), SeriesBaseline(baseline_columns(months(), "month"), 0.0)
    fitted = fitted_correlations(PERIODS, lambda each: baseline.rest(each)[:, :-1])
    for true in (0.0, 0.3, 0.6):
        found = fitted.of(baseline.rest(simulated(PERIODS, true, 300, random))[:, :-1])
        assert np.median(found) == pytest.approx(true, abs=0.1)


@pytest.mark.parametrize(
    ("effect", "size"), [(TrendEffect(TrendKind.SHIFT, 20), 0.35), (TrendEffect(TrendKind.SLOPE, 15), 0.04)]
)
def test_places_and_sizes_are_within_their_intervals_as_often_as_told(
    effect: TrendEffect, size: float
) -> None:
    baseline, noise = SeriesBaseline(baseline_columns(months(), "month"), 0.0), np.random.default_rng(2)
    seen = 0.1 * noise.standard_normal((200, PERIODS)) + size * effect.column(PERIODS)
    searched = baseline.searched[effect.kind]
    best = [searched.places[at] for at in np.abs(searched.t(baseline.rest(seen))).argmax(axis=1)]
    ranges = [place_range(own, each, (), baseline, 0.05) for own, each in zip(seen, best, strict=True)]
    sizes = [effect_size(own, effect, (), baseline).interval(0.05) for own in seen]
    assert np.mean([first <= effect.first <= last for first, last in ranges]) >= 0.9
    assert 0.9 <= np.mean([low <= size <= high for low, high in sizes]) <= 0.99


def test_least_squares_is_that_of_numpy() -> None:
    """With noise that is not correlated, an effect is a regression on season, trend and step, the trend seen small."""
    seen, effect = np.random.default_rng(3).standard_normal(PERIODS), TrendEffect(TrendKind.SHIFT, 20)
    columns = np.column_stack([baseline_columns(months(), "month"), effect.column(PERIODS)])
    found = effect_size(seen, effect, (), SeriesBaseline(columns[:, :-1], 0.0))
    columns = np.vstack([columns, np.eye(1, columns.shape[1], 1) / MOST_DRIFT])
    fitted, left, *_ = np.linalg.lstsq(columns, np.append(seen, 0), rcond=None)
    free = PERIODS + 1 - columns.shape[1]
    error = np.sqrt(left[0] / free * np.linalg.inv(columns.T @ columns)[-1, -1])
    assert (found.size, found.error, found.free) == pytest.approx((fitted[-1], error, free))


def test_a_step_a_year_apart_is_not_taken_for_one_and_a_trend() -> None:
    """In three years, a step in the last is the same as one the other way a year before with a trend."""
    values = 0.06 * np.random.default_rng(4).standard_normal((50, PERIODS))
    values -= 0.6 * (np.arange(PERIODS) >= 24)
    found = [each.found[TrendKind.SHIFT] for each in search_series(values, tuple(months()), "month")]
    assert sum(each.effect.first == 24 for each in found) >= 48


def paired(values: Mapping[str, np.ndarray]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Eight rows by four columns of parts: series of each row, column and pair, and their kin."""
    named = {f"r{at // 4}": 0 for at in range(32)} | {f"c{at}": 0 for at in range(4)}
    cells = {f"r{at // 4}c{at % 4}": values[f"p{at:02}"] for at in range(32)}
    sums = {name: sum(own for cell, own in cells.items() if name in cell) for name in named}
    kin = [(cell, name) for cell in cells for name in named if name in cell]
    frame = pl.concat([framed(cells), framed(sums, whole=False)])
    return frame, pl.DataFrame(kin, schema=["series", "ancestor"], orient="row")


def test_a_row_that_shifts_is_one_alarm_and_its_cells_are_folded_under_it() -> None:
    row = {f"p{at:02}": TrendEffect(TrendKind.SHIFT, 22) for at in range(4)}
    found = find_trends(*paired(parts(4, row, 2.5)), "month", "")
    (alarm,) = (each for each in found.alarms if each.cause.series == "r0")
    folded = {each.finding.series: each.reason for each in alarm.folded}
    assert {f"r0c{at}" for at in range(4)} <= set(folded)
    assert {folded[f"r0c{at}"] for at in range(4)} == {FoldReason.PART}
    assert not any(each.cause.series.startswith("r0c") for each in found.alarms)


def test_a_cell_that_makes_its_row_and_column_shift_is_the_cause_of_both() -> None:
    values = parts(6, {"p01": TrendEffect(TrendKind.SHIFT, 22)}, 4)
    found = find_trends(*paired(values), "month", "")
    (alarm,) = (each for each in found.alarms if each.cause.series == "r0c1")
    told = {each.finding.series: each.reason for each in alarm.folded}
    assert told.get("r0") is FoldReason.WHOLE


@pytest.mark.parametrize("seed", [8, 9, 10])
def test_what_changed_only_beside_another_is_the_mirror_of_it(seed: int) -> None:
    """Where there are two, the share of each changes as much as that of the other."""
    values = parts(seed, {"p00": TrendEffect(TrendKind.SHIFT, 22)}, 2.5)
    two = {name: values[name] / values[name].mean() for name in ("p00", "p05")}
    found = find_trends(framed(two), NO_KIN, "month", "")
    (alarm,) = (each for each in found.alarms if each.cause.series == "p00")
    folded = {each.finding.series: each.reason for each in alarm.folded}
    assert folded["p05"] is FoldReason.MIRROR
    assert folded.get("", FoldReason.WHOLE) is FoldReason.WHOLE


def test_seasons_and_their_change_are_told() -> None:
    values = parts(8, {}, count=60)
    when = np.arange(60)
    values["p00"] *= np.exp(0.8 * ((when % 12 == 11) & (when >= 30)))
    found = find_trends(framed(values), NO_KIN, "month", "")
    seasons = {(each.series, each.kind): each for each in found.seasons}
    assert ("p00", TrendKind.SEASON_CHANGE) in seasons
    assert sum(kind is TrendKind.SEASON_CHANGE for _, kind in seasons) <= 3
    assert sum(kind is TrendKind.SEASON for _, kind in seasons) >= 35
    peak = max(months(12), key=lambda day: values["p09"][day.month - 1 :: 12].mean() / sum(
        own[day.month - 1 :: 12].mean() for own in values.values()))  # fmt: skip
    assert seasons["p09", TrendKind.SEASON].peak == peak.month


def test_thin_and_repeated_series_are_left_out_and_ended_ones_are_not() -> None:
    values = parts(9, {})
    values["thin"] = np.where(np.arange(PERIODS) % 3 == 0, values["p01"], 0)
    values["late"] = np.where(np.arange(PERIODS) < 30, 0, values["p02"])
    values["closed"] = np.where(np.arange(PERIODS) < 20, values["p03"], 0)
    frame = pl.concat([framed(values), framed({"copy": values["p04"]}, whole=False)])
    found = find_trends(frame.filter(pl.col("value") > 0), NO_KIN, "month", "")
    assert set(found.left_out) == {"thin", "late", "copy"}
    closed = causes(found)["closed"]
    assert (closed.kind, closed.first) == (TrendKind.SHIFT, months()[20])
    assert closed.size < -0.9


def test_a_period_without_anything_moves_no_share() -> None:
    """A shop is closed for a month: the whole is a spike, and no member has one of its own."""
    closed = {name: np.where(np.arange(PERIODS) == 20, 0, own) for name, own in parts(10, {}).items()}
    found = find_trends(framed(closed), NO_KIN, "month", "")
    assert {each.cause.series for each in found.alarms} == {""}
    assert (found.alarms[0].cause.first, found.alarms[0].cause.kind) == (months()[20], TrendKind.SPIKE)


def test_a_closed_month_in_which_no_ratio_is_known_stands_as_the_one_before() -> None:
    frame = framed(parts(1, {}))
    closed = frame.filter(pl.col("period") != months()[20])
    row = pl.DataFrame([("", months()[20], None)], schema=frame.schema, orient="row")
    (group,) = take_series(pl.concat([closed, row]), "month", None).groups
    assert group.values.shape == (PARTS + 1, PERIODS)
    assert np.array_equal(group.values[:, 20], group.values[:, 19])


def test_a_gap_of_months_is_told_as_one() -> None:
    gap = {name: np.where((np.arange(PERIODS) > 9) & (np.arange(PERIODS) < 15), 0, own)
           for name, own in parts(1, {}).items()}  # fmt: skip
    with pytest.raises(BadRequest, match="5 of 36 whole months have nothing in them"):
        find_trends(framed(gap), NO_KIN, "month", "")


def test_too_short_a_history_is_refused_and_one_of_less_than_two_years_has_no_season() -> None:
    with pytest.raises(BadRequest, match="11 whole months are known; trends need 12"):
        take_series(framed(parts(1, {}, count=11)), "month", 0.0)
    found = find_trends(framed(parts(1, {}, count=23)), NO_KIN, "month", "")
    assert (found.season_tests, found.seasons) == (0, ())
    with pytest.raises(BadRequest, match="no rate"):
        find_trends(framed(parts(1, {})), NO_KIN, "month", "", rate=5)
