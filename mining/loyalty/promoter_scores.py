"""Net promoter scores of groups of customers, each with its number of answers and interval, and which of them differ.

Satisfaction stands beside loyalty and is never mixed into it. With p promoters and d detractors of n answers the score
is 100 (p - d) / n; a customer who answered several times counts as one draw, so that the variance is that of a ratio of
sums over customers, which for one answer each is 100^2 (p + d - (p - d)^2) / n with p and d as shares.
"""

from __future__ import annotations

from itertools import combinations
from math import sqrt

import polars as pl

NORMAL_95 = 1.96
FEWEST = 10


def promoter_scores(frame: pl.DataFrame, by: str) -> pl.DataFrame:
    """Scores by group from one row a customer: `by`, `points` (100 a promoter, -100 a detractor, summed) and `answers`.

    Columns out: `by`, respondents, answers, score, margin (half of the 95% interval, both in points; null of fewer
    than ten respondents, of whom the normal curve says nothing); groups without an answer have none.
    """
    answered = frame.filter(pl.col("answers") > 0)
    score = pl.col("points").sum().over(by) / pl.col("answers").sum().over(by)
    off = answered.with_columns(off=pl.col("points") - score * pl.col("answers"))
    spread = (pl.col("off") ** 2).sum().sqrt() / pl.col("answers").sum()
    return off.group_by(by, maintain_order=True).agg(
        respondents=pl.len().cast(pl.Int64),
        answers=pl.col("answers").sum().cast(pl.Int64),
        score=pl.col("points").sum() / pl.col("answers").sum(),
        margin=pl.when(pl.len() >= FEWEST).then(NORMAL_95 * spread),
    )


def score_differences(scores: pl.DataFrame, by: str) -> pl.DataFrame:
    """Every two groups of `promoter_scores`: one, other, difference, margin (95%), differ (it excludes 0)."""
    known = scores.filter(pl.col("margin").is_not_null()).select(by, "score", "margin").rows()
    found = []
    for (one, high, wide), (other, low, narrow) in combinations(known, 2):
        margin = sqrt(wide**2 + narrow**2)
        found.append((one, other, high - low, margin, abs(high - low) > margin))
    kinds = {"one": pl.String, "other": pl.String, "difference": pl.Float64, "margin": pl.Float64}
    return pl.DataFrame(found, schema={**kinds, "differ": pl.Boolean}, orient="row")
