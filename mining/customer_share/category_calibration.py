"""Ceilings moved until the quantile holds category by category, and whether it does on customers held out.

Romano, Patterson & Candes, "Conformalized quantile regression", NeurIPS 2019, within groups as Vovk, Lindsay,
Nouretdinov & Gammerman, "Mondrian confidence machine", 2003: each half of customers is moved by how far the other half
is off in the same category.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

# Of so many customers a quantile's own error is two points at most: sqrt(.8 x .2 / 400).
ENOUGH = 400
TOLERANCE = 0.02
FEW_CUSTOMERS = "few customers"
FEW_BUYERS = "few buyers"
OFF = "off"


def shifts(
    off: Numbers, categories: Whole, owners: Whole, quantile: float, random: np.random.Generator
) -> Numbers:
    """What to add to each ceiling, both as logarithms, where spend is `off` it by so much.

    A category of fewer than 400 customers leans on all the others, the more the fewer they are.
    """
    half = (random.permutation(int(owners.max()) + 1) % 2)[owners]
    found = np.empty(len(off))
    for at in (0, 1):
        told = half != at
        everywhere = np.quantile(off[told], quantile)
        for category in range(int(categories.max()) + 1):
            here = categories == category
            own = off[told & here]
            weight = min(1.0, len(own) / ENOUGH)
            within = np.quantile(own, quantile, method="higher") if len(own) else everywhere
            found[~told & here] = weight * within + (1 - weight) * everywhere
    return found


def category_calibration(rows: pl.DataFrame, quantile: float) -> pl.DataFrame:
    """Whether ceilings hold, one row a category: category, customers, buyers, below (the part of customers at or under
    the ceiling, 0 to 1) and doubt: few customers (800 are wanted), few buyers (the ceiling of some is nothing, so that
    more than the quantile are at it), off (by more than two points for no such reason), or null.

    `rows` has one a customer and category: category, own, ceiling. The quantile of what is often nothing lies between
    the part under a ceiling and the part at or under it.
    """
    sums = rows.group_by("category").agg(
        customers=pl.len().cast(pl.Int64),
        buyers=(pl.col("own") > 0).sum().cast(pl.Int64),
        below=(pl.col("own") <= pl.col("ceiling")).mean(),
        under=(pl.col("own") < pl.col("ceiling")).mean(),
    )
    doubt = (
        pl.when(pl.col("customers") < 2 * ENOUGH)
        .then(pl.lit(FEW_CUSTOMERS))
        .when((pl.col("below") - quantile).abs() <= TOLERANCE)
        .then(None)
        .when((pl.col("under") <= quantile + TOLERANCE) & (pl.col("below") > quantile))
        .then(pl.lit(FEW_BUYERS))
        .otherwise(pl.lit(OFF))
    )
    return sums.with_columns(doubt=doubt).drop("under").sort("category")
