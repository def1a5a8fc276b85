"""How many members have how much: bins with round edges, widening where values are skewed, and quantiles."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import polars as pl

from pages.ui.figures.number_axes import round_ticks

SKEWED = 10
LINEAR_STEPS = (1.0, 2.0, 5.0)
MOST_FINE_DECADES = 5
LOWER, MIDDLE, UPPER = 0.1, 0.5, 0.9


@dataclass(frozen=True, slots=True)
class ValueBin:
    """Members from `low` up to `high`, which is left out; `low == high` is exactly zero; the ends may be infinite."""

    low: float
    high: float
    members: int = 0

    def holds(self, value: float) -> bool:
        """Whether a value is counted here, where zero may have a bin of its own before this one."""
        return value == 0 if self.is_zero else self.low <= value < self.high

    @property
    def is_zero(self) -> bool:
        return self.low == self.high == 0


def value_bins(frame: pl.DataFrame) -> tuple[list[ValueBin], bool]:
    """The bins of `value`, each counted `members` times (once if absent), and whether they widen.

    Zero has a bin of its own, and no other holds values of both signs. Skewed values above zero (the hundredth from
    the top more than ten times the middle one) are counted in bins from 1 to 2 to 5 to 10; those below zero then
    share one bin.
    """
    counted = counts_of_values(frame)
    above = counted.filter(pl.col("value") > 0)
    skewed = bool(above.height) and quantile(above, 0.99) > SKEWED * quantile(above, MIDDLE)
    edges = _widening_edges(above) if skewed else _even_edges(counted)
    bins = [ValueBin(low, high) for low, high in pairwise(edges)]
    if skewed and counted["value"].min() < 0:  # type: ignore[operator]
        bins.insert(0, ValueBin(-math.inf, 0.0))
    if (counted["value"] == 0).any():
        bins.insert(sum(each.high <= 0 for each in bins), ValueBin(0.0, 0.0))
    return _filled(bins, counted), skewed


def counts_of_values(frame: pl.DataFrame) -> pl.DataFrame:
    """`value` from the least up, and how many `members` have it; values that are not known are left out."""
    members = pl.col("members") if "members" in frame.columns else pl.lit(1).alias("members")
    known = frame.select(pl.col("value").cast(pl.Float64), members).filter(pl.col("value").is_finite())
    return known.group_by("value").agg(pl.col("members").sum()).sort("value")


def quantile(counted: pl.DataFrame, share: float) -> float:
    """The least value that at least a share of the members do not exceed."""
    running = counted["members"].cum_sum()
    place = running.search_sorted(share * int(counted["members"].sum()) - 1e-9)
    return float(counted["value"][min(int(place), counted.height - 1)])


def _filled(bins: list[ValueBin], counted: pl.DataFrame) -> list[ValueBin]:
    """The bins with their members; zeros are in their own, and in no other."""
    value = pl.col("value")
    zero = any(each.is_zero for each in bins)
    inside = [
        (value == 0)
        if each.is_zero
        else (value >= each.low) & (value < each.high) & ((value != 0) | ~pl.lit(zero))
        for each in bins
    ]
    sums = counted.select(
        pl.col("members").filter(each).sum().alias(str(place)) for place, each in enumerate(inside)
    ).row(0)
    return [replace(each, members=int(members)) for each, members in zip(bins, sums, strict=True)]


def _even_edges(counted: pl.DataFrame) -> list[float]:
    """Ten to thirty edges of round steps that hold all values, zero among them where they have both signs."""
    low, high = (float(counted["value"].min()), float(counted["value"].max()))  # type: ignore[arg-type]
    if low == high:
        low, high = min(low, 0.0), max(high, 0.0)
    coarse = round_ticks(low, high)
    step = (coarse[1] - coarse[0]) / 5
    if _whole(counted):
        step = max(1.0, float(math.ceil(step)))
    first, last = math.floor(low / step + 1e-9), math.floor(high / step + 1e-9) + 1
    return [each * step for each in range(first, max(last, first + 1) + 1)]


def _widening_edges(above: pl.DataFrame) -> list[float]:
    """1, 2, 5, 10 ... from below the least to above the greatest; powers of ten alone where that were too many."""
    low, high = float(above["value"][0]), float(above["value"][-1])
    first, last = math.floor(math.log10(low)), math.floor(math.log10(high)) + 1
    steps: Sequence[float] = LINEAR_STEPS if last - first <= MOST_FINE_DECADES else (1.0,)
    edges = [10.0**power * step for power in range(first, last) for step in steps] + [10.0**last]
    begin = bisect_right(edges, low) - 1
    end = bisect_right(edges, high) + 1
    return edges[max(begin, 0) : end]


def _whole(counted: pl.DataFrame) -> bool:
    return bool((counted["value"] == counted["value"].round()).all())
