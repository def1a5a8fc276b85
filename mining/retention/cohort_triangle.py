"""The triangle of cohorts: what each cohort did at each age, and the curve of all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from scipy.stats import t as student

from data.errors import BadRequest
from mining.retention.wilson_interval import wilson

FEWEST_COHORTS = 3  # of which a spread can be told


class Kept(StrEnum):
    """What is followed of a cohort, each per customer who began it.

    customers: the share who bought at that age. orders, revenue: of that age. margin: of all ages so far.
    """

    CUSTOMERS = "customers"
    ORDERS = "orders"
    REVENUE = "revenue"
    MARGIN = "margin"


@dataclass(frozen=True, slots=True, eq=False)
class CohortTriangle:
    """`cells` has a row for each `member`, `cohort` and `period` that has begun by the end of the data: `age`
    (periods since the first purchase), `size` (customers who began the cohort), `total` (what the cohort did),
    `value` (per customer who began it; null where it is not known) and `is_partial`: its period is not over.

    `curve` puts the cohorts of each `member` together over the cells that are not partial: `age`, `cohorts`, `size`
    (of these cohorts), `value` (weighted by size: the sum of totals over the sum of sizes), and an interval of 95%
    `low`, `high`: of customers Wilson's, of the rest that of a ratio over cohorts, null below three of them.
    """

    kept: Kept
    cells: pl.DataFrame
    curve: pl.DataFrame

    @property
    def cohorts(self) -> list[int]:
        return self.cells["cohort"].unique().sort().to_list()

    def at(self, age: int, member: int = 0) -> dict[str, float | None] | None:
        """The row of the curve at an age; None where no cohort is that old."""
        found = self.curve.filter(pl.col("age") == age, pl.col("member") == member)
        return found.row(0, named=True) if found.height else None


def triangle(
    frame: pl.DataFrame, last: int, last_is_whole: bool, kept: Kept = Kept.CUSTOMERS
) -> CohortTriangle:
    """The triangle of one measure.

    `frame` has `member`, `cohort` and `period` (codes that grow by one from a period to the next), `customers` who
    bought, and the measure; a period without a row is one in which the cohort did nothing, a null is not known.
    `last` is the period that the data end in, `last_is_whole` whether they have all of it. Raises BadRequest where
    nobody bought.
    """
    sizes = frame.filter(pl.col("period") == pl.col("cohort")).select(
        "member", "cohort", pl.col("customers").alias("size")
    )
    if sizes.is_empty():
        raise BadRequest(
            "Nobody bought here, so there are no cohorts.", "Take a filter away, or choose a later day."
        )
    cells = _cells(frame, sizes, last, last_is_whole, kept)
    return CohortTriangle(kept, cells, _curve(cells, kept))


def _cells(
    frame: pl.DataFrame, sizes: pl.DataFrame, last: int, last_is_whole: bool, kept: Kept
) -> pl.DataFrame:
    begun = sizes.with_columns(age=pl.int_ranges(0, last - pl.col("cohort") + 1)).explode("age")
    every = begun.with_columns(
        period=(pl.col("cohort") + pl.col("age")).cast(frame.schema["period"]),
        age=pl.col("age").cast(pl.Int32),
    )
    does = frame.select(
        "member", "cohort", "period", pl.lit(True).alias("does"), total=pl.col(kept).cast(pl.Float64)
    )
    joined = every.join(does, on=["member", "cohort", "period"], how="left").sort("member", "cohort", "age")
    total = pl.when(pl.col("does").is_null()).then(0.0).otherwise(pl.col("total"))
    if kept is Kept.MARGIN:
        total = total.cum_sum().over("member", "cohort")
        known = (pl.col("does").is_null() | pl.col("total").is_not_null()).cum_min().over("member", "cohort")
        total = pl.when(known).then(total)
    return joined.select(
        "member",
        "cohort",
        "age",
        "period",
        "size",
        total=total,
        value=total / pl.col("size"),
        is_partial=(pl.col("period") == last) & (not last_is_whole),
    )


def _curve(cells: pl.DataFrame, kept: Kept) -> pl.DataFrame:
    """The cohorts of each member put together, age by age."""
    whole = cells.filter(~pl.col("is_partial"), pl.col("value").is_not_null())
    groups = whole.group_by("member", "age").agg(pl.col("size", "total")).sort("member", "age")
    rows = [
        (member, age, len(sizes), sum(sizes), sum(totals) / sum(sizes), *_interval(sizes, totals, kept))
        for member, age, sizes, totals in groups.iter_rows()
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {"member": cells.schema["member"], "age": pl.Int32}
    schema |= {"cohorts": pl.Int64, "size": pl.Int64, **dict.fromkeys(("value", "low", "high"), pl.Float64)}
    return pl.DataFrame(rows, schema, orient="row")


def _interval(
    sizes: Sequence[int], totals: Sequence[float], kept: Kept
) -> tuple[float, float] | tuple[None, None]:
    if kept is Kept.CUSTOMERS:
        low, high = wilson(np.array([sum(totals)]), np.array([float(sum(sizes))]))
        return float(low[0]), float(high[0])
    least = 0.0 if kept is Kept.ORDERS else -np.inf
    return _of_ratio(np.array(sizes, float), np.array(totals), least)


def _of_ratio(sizes: np.ndarray, totals: np.ndarray, least: float) -> tuple[float, float] | tuple[None, None]:
    """The interval of sum(totals) / sum(sizes) over cohorts, by linearisation: Cochran, Sampling Techniques (1977),
    equation 6.13, without the correction for a finite population; from `least` that there can be."""
    n = len(sizes)
    if n < FEWEST_COHORTS:
        return None, None
    ratio = totals.sum() / sizes.sum()
    error = np.sqrt(n / (n - 1) * ((totals - ratio * sizes) ** 2).sum()) / sizes.sum()
    half = student.ppf(0.975, n - 1) * error
    return max(float(ratio - half), least), float(ratio + half)
