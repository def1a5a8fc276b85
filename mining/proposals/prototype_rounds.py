"""Rounds of feedback on versions of a prototype: how many tried it, the mean score with its interval, the price."""

from __future__ import annotations

from typing import Any

import polars as pl
from scipy import stats

LEVEL = 0.95
LEAST, MOST = 1.0, 5.0
COLUMNS: dict[str, Any] = {
    "version": pl.String,
    "n": pl.Int64,
    "score": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "would_pay": pl.Float64,
    "priced": pl.Int64,
}


def prototype_rounds(tests: pl.DataFrame) -> pl.DataFrame:
    """A row a version, in the order in which they were first tried: COLUMNS.

    `tests` has `version`, `person` (a code; 0 is nobody who is known, each for themselves), `at`, `score` (1 to 5 or
    null), `would_pay` (money or null); of each person the last word on a version counts. `n` persons gave a score,
    whose mean lies in `low` to `high` (Student's t at 95%, within 1 to 5; null of fewer than two, and where all gave
    the same); `would_pay` is the median over the `priced` who named a price.
    """
    known = tests.with_row_index("row").with_columns(
        who=pl.when(pl.col("person") > 0).then(pl.col("person")).otherwise(-1 - pl.col("row").cast(pl.Int64))
    )
    last = known.sort("at", "row").unique(["version", "who"], keep="last", maintain_order=True)
    score = pl.col("score").cast(pl.Float64)
    found = (
        last.group_by("version", maintain_order=True)
        .agg(
            n=score.count().cast(pl.Int64),
            score=score.mean(),
            spread=score.std(),
            would_pay=pl.col("would_pay").cast(pl.Float64).median(),
            priced=pl.col("would_pay").count().cast(pl.Int64),
        )
        .join(
            tests.group_by("version").agg(first=pl.col("at").min()),
            on="version",
            how="left",
            maintain_order="left",
        )
    )
    half = [_half(n, spread) for n, spread in found.select("n", "spread").iter_rows()]
    found = found.with_columns(half=pl.Series(half, dtype=pl.Float64))
    return found.sort("first", maintain_order=True).select(
        "version", "n", "score",
        low=(pl.col("score") - pl.col("half")).clip(LEAST, MOST),
        high=(pl.col("score") + pl.col("half")).clip(LEAST, MOST),
        would_pay="would_pay", priced="priced",
    )  # fmt: skip


def _half(n: int, spread: float | None) -> float | None:
    """Half the width of the interval of a mean; None where n answers tell no spread."""
    if n < 2 or not spread:
        return None
    return float(stats.t.ppf((1 + LEVEL) / 2, n - 1) * spread / n**0.5)
