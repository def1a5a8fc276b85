"""A share of events that come in clusters, with an interval that counts each customer's events as one draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.retention.wilson_interval import wilson


@dataclass(frozen=True, slots=True)
class ClusteredShare:
    """`part` of `whole` events of so many `clusters`; `low` to `high` is the 95% interval of the share, all of it from
    0 to 1 where one cluster has them all."""

    part: int
    whole: int
    clusters: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """None where there is no event."""
        return self.part / self.whole if self.whole else None


def clustered_share(frame: pl.DataFrame, cluster: str, met: str) -> ClusteredShare:
    """The share of rows where the boolean `met` holds, rows of one `cluster` being one draw.

    Wilson's interval of the number of events that would be as sure if they were independent: all of them over the
    design effect (Kish, "Survey sampling", 1965, 8.2), never taken to be below 1. The variance is the jackknife's,
    which leaves out one cluster after another: where one has nearly all events, nothing is sure.
    """
    sums = frame.group_by(cluster).agg(part=pl.col(met).sum(), whole=pl.len())
    part, whole = sums["part"].to_numpy().astype(float), sums["whole"].to_numpy().astype(float)
    total, count = float(whole.sum()), len(whole)
    if count < 2:
        return ClusteredShare(int(part.sum()), int(total), count, 0.0, 1.0)
    share = part.sum() / total
    without = (part.sum() - part) / (total - whole)
    variance = (count - 1) / count * float(((without - without.mean()) ** 2).sum())
    alone = share * (1 - share) / total
    many = _of_equal_draws(whole)
    effect = max(variance / alone, 1.0) if alone > 0 else total / many
    sure = np.array([total / effect])
    low, high = wilson(sure * share, sure)
    return ClusteredShare(int(part.sum()), int(total), count, float(low[0]), float(high[0]))


def _of_equal_draws(whole: np.ndarray) -> float:
    """As how many equal clusters these count: the effective number of customers."""
    return float(whole.sum() ** 2 / (whole**2).sum())
