"""A firm's own pace: how long its customers wait between purchases, by which "long ago" is long for this firm."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

FEWEST = 30
LONG = 0.9


@dataclass(frozen=True, slots=True)
class Pace:
    """Mean days between the purchases of each repeat buyer: half of them wait `usual_days` at most, nine in ten
    `long_days`. Both are None where fewer than 30 are known to have bought on two days or more."""

    buyers: int
    repeaters: int
    usual_days: float | None = None
    long_days: float | None = None

    def level(self, silence_days: float | None) -> int | None:
        """-1 for a silence of the usual length at most, 1 for a long one, 0 between; None where nobody can say."""
        if silence_days is None or self.usual_days is None or self.long_days is None:
            return None
        return (silence_days > self.long_days) - (silence_days <= self.usual_days)


def pace(buyers: pl.DataFrame) -> Pace:
    """The pace of buyers, as `mining.segments.customer_features` gives them."""
    repeaters = int((buyers["purchase_days"] > 1).sum())
    intervals = buyers["interval_days"].drop_nulls() if "interval_days" in buyers.columns else pl.Series()
    if len(intervals) < FEWEST:
        return Pace(buyers.height, repeaters)
    usual, long = (intervals.quantile(part, "linear") for part in (0.5, LONG))
    return Pace(buyers.height, repeaters, usual, long)
