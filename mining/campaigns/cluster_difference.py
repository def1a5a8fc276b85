"""The effect of a campaign whose arms were drawn for whole groups of customers: stores, cities, households.

Customers of a group are alike, so that the groups are what was drawn and what is counted: the mean of an arm is a ratio
of sums over its groups, its error by the delta method the cluster-robust one (CR1), t with groups - 2 degrees of
freedom. Cameron and Miller, "A practitioner's guide to cluster-robust inference", Journal of Human Resources 50 (2015),
sections II and VI.
"""

from __future__ import annotations

import polars as pl

from mining.campaigns.arm_difference import ArmSummary, Effect, summary_difference
from mining.campaigns.ratio_difference import linearised

FEW = 10  # groups of an arm below which the interval is a guess, as the guide finds by simulation
TREATED, HELD_OUT = "treated", "held out"


def whole_clusters(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The rows of groups (`cluster`) whose customers are all in one `arm`, and how many groups are in several."""
    is_whole = pl.col("arm").n_unique().over("cluster") == 1
    return frame.filter(is_whole), frame.filter(~is_whole)["cluster"].n_unique()


def cluster_sums(frame: pl.DataFrame) -> pl.DataFrame:
    """A row a group, from rows of customers with `cluster`, `arm`, `value` and where they are known `below` (what the
    value is divided by; each customer counts 1 without it), `before` and `before_below`: their sums."""
    counted = frame.with_columns(below=pl.lit(1.0)) if "below" not in frame.columns else frame
    if "before" in counted.columns and "before_below" not in counted.columns:
        counted = counted.with_columns(before_below=pl.lit(1.0))
    told = [each for each in ("value", "below", "before", "before_below") if each in counted.columns]
    return counted.group_by("cluster", "arm", maintain_order=True).agg(pl.col(told).sum())


def cluster_difference(frame: pl.DataFrame) -> Effect:
    """The effect a customer from rows of customers with `cluster`, `arm` and `value`, groups in both arms left out.

    Its arms count groups. Raises ValueError for an arm of fewer than two groups.
    """
    sums = cluster_sums(whole_clusters(frame)[0])
    arms = (sums.filter(arm=arm) for arm in (TREATED, HELD_OUT))
    treated, held_out = (
        ArmSummary.of(linearised(own["value"].to_numpy(), own["below"].to_numpy())) for own in arms
    )
    return summary_difference(treated, held_out, treated.customers + held_out.customers - 2)
