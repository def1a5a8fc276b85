"""A change told: its place, its size, and the course of its series beside what was expected without it."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.trends.effect_size import effect_size, place_range
from mining.trends.searched_group import SearchedGroup, TrendTest
from mining.trends.serial_correlation import whitened
from mining.trends.trend_effect import Numbers, TrendEffect, TrendKind
from mining.trends.trend_finding import TrendFinding

PLACE_LEVEL = 0.05
NORMAL_95 = 1.96
SIDES = {"expected": 0, "low": -1, "high": 1}


def changed_course(
    searched: SearchedGroup, test: TrendTest, q_value: float, level: float, factor: Numbers | None
) -> TrendFinding:
    """What a test found; `factor` (periods) makes values of shares of the whole, None where the series is the whole.

    Intervals hold the true size but for a share `level` of the times.
    """
    at, periods = test.row, searched.group.periods
    own, seen = searched.effects[at], searched.seen[at]
    effect = own.found[test.kind].effect
    known = effect_size(seen, effect, own.beside(effect), own.baseline)
    near = place_range(seen, effect, own.beside(effect), own.baseline, PLACE_LEVEL)
    course, growth = _course(
        searched, at, effect, known.size, np.ones(len(periods)) if factor is None else factor
    )
    there = course.filter("in_place")
    size, low, high = np.expm1([known.size, *known.interval(level)]).tolist()
    amount = float(np.mean(there["value"].to_numpy() - there["expected"].to_numpy()))
    return TrendFinding(
        searched.group.names[at], test.kind, effect, there["period"][0], there["period"][-1], periods[near[0]],
        periods[near[1]], known.size, size, low, high, growth, amount, factor is not None, test.p_value, q_value,
        course,
    )  # fmt: skip


def _course(
    searched: SearchedGroup, at: int, effect: TrendEffect, size: float, factor: Numbers
) -> tuple[pl.DataFrame, float]:
    """The series beside what was expected of it without the effect; and how it grew a period before."""
    seen, own, count = searched.seen[at], searched.effects[at], len(searched.seen[at])
    beside, baseline = own.beside(effect), own.baseline
    columns = np.column_stack([baseline.columns, *(each.column(count) for each in beside)])
    white = whitened(np.column_stack([columns, seen - size * effect.column(count)]), baseline.correlation)
    fitted = np.linalg.lstsq(white[:, :-1], white[:, -1], rcond=None)[0]
    left = white[:, -1] - white[:, :-1] @ fitted
    free = max(baseline.free - len(beside) - 1, 1)
    spread = float(np.sqrt(left @ left / free / (1 - baseline.correlation**2)))
    expected = columns @ fitted
    course = {
        f"{name}": np.exp(expected + side * NORMAL_95 * spread) * factor for name, side in SIDES.items()
    }
    frame = pl.DataFrame(
        {"period": searched.group.periods, "value": searched.group.values[at], **course,
         "in_place": effect.column(count) > 0}
    )  # fmt: skip
    turned = sum(
        fitted[baseline.columns.shape[1] + place]
        for place, each in enumerate(beside)
        if each.kind is TrendKind.SLOPE and each.first < effect.first
    )
    return frame, float(np.expm1(fitted[1] * 2 / (count - 1) + turned))
