"""Satisfaction and net promoter score by group, each with its number of answers and interval."""

from __future__ import annotations

import polars as pl

from mining.loyalty.promoter_scores import promoter_scores

PROMOTES, DETRACTS = 9, 6


def survey_scores(answers: pl.DataFrame, by: str) -> pl.DataFrame:
    """Scores by group of answers, a row each: `customer`, `by`, `satisfaction` and `recommendation` (0 to 10 or null).

    Columns out: `by`, `score` ("satisfaction", an average from 0 to 10, or "net promoter score", -100 to 100),
    `answers`, `respondents`, `value`, `low`, `high` (95%, null of fewer than ten respondents). Customers are draws as
    in `promoter_scores`; answers of nobody known are each a draw of their own.
    """
    rows = answers.with_row_index("row").with_columns(
        person=pl.when(pl.col("customer") > 0)
        .then(pl.col("customer").cast(pl.Int64))
        .otherwise(-1 - pl.col("row").cast(pl.Int64)),
        promotion=_promotion(),
    )
    content = _scored(rows, by, "satisfaction", "satisfaction", (0.0, 10.0))
    promoted = _scored(rows, by, "promotion", "net promoter score", (-100.0, 100.0))
    return pl.concat([content, promoted]).sort(by, "score", descending=[False, True])


def _promotion() -> pl.Expr:
    told = pl.col("recommendation")
    points = pl.when(told >= PROMOTES).then(100.0).when(told <= DETRACTS).then(-100.0).otherwise(0.0)
    return pl.when(told.is_not_null()).then(points)


def _scored(rows: pl.DataFrame, by: str, column: str, name: str, ends: tuple[float, float]) -> pl.DataFrame:
    sums = rows.group_by(by, "person", maintain_order=True).agg(
        points=pl.col(column).cast(pl.Float64).sum(), answers=pl.col(column).is_not_null().sum()
    )
    found = promoter_scores(sums, by)
    low, high = pl.col("score") - pl.col("margin"), pl.col("score") + pl.col("margin")
    return found.select(
        by, pl.lit(name).alias("score"), "answers", "respondents", pl.col("score").alias("value"),
        low.clip(*ends).alias("low"), high.clip(*ends).alias("high"),
    )  # fmt: skip
