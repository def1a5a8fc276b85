"""How evenly products are asked for: the coefficient of variation of their monthly units, in classes X, Y and Z.

XYZ classes: Scholz-Reiter et al., "Integration of demand forecasts in ABC-XYZ analysis", International Journal of
Productivity and Performance Management 61 (4), 2012. A month in which every count of a product's stock was nought tells
what there was, not what was asked for, and is left out. Demand that only follows the season is told by an F test of
the twelve months of the year, Benjamini-Hochberg over all products (Journal of the Royal Statistical Society B 57,
1995), and needs two whole years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from scipy.stats import f as f_distribution
from scipy.stats import false_discovery_control

from data.errors import BadRequest
from mining.portfolio.product_lines import ProductLines

X, Y, Z, UNTOLD = "X", "Y", "Z", "?"
CLASSES = (X, Y, Z, UNTOLD)
LEAST_MONTHS = 6
SEASON, SEASONAL_MONTHS, ALPHA = 12, 24, 0.05


@dataclass(frozen=True, slots=True)
class XyzThresholds:
    """The coefficients of variation up to which demand is even (X), and up to which it is not yet erratic (Y)."""

    x: float = 0.5
    y: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.x < self.y < 100:
            raise BadRequest(
                f"X cannot end at a variation of {self.x:g} and Y at {self.y:g}.",
                "Both lie above 0, X before Y.",
            )


def demand_variation(
    lines: ProductLines, at: XyzThresholds, sold_out: pl.DataFrame | None = None
) -> pl.DataFrame:
    """A row a product: product, months (whole ones on sale that tell demand), months_sold_out, variation (standard
    deviation over mean of the units bought a month, returns passed over), xyz, and is_seasonal: whether it would be of
    an evener class without its season.

    `sold_out` names product and month (its first day) of months left out. Where fewer than 6 months tell, xyz is `?`.
    """
    grid = _months_on_sale(lines)
    if sold_out is None:
        grid = grid.with_columns(is_out=pl.lit(False))
    else:
        marks = sold_out.select("product", pl.col("month").cast(pl.Date), is_out=pl.lit(True)).unique()
        grid = grid.join(marks, on=["product", "month"], how="left").with_columns(
            pl.col("is_out").fill_null(False)
        )
    told = grid.filter(~pl.col("is_out"))
    by = told.group_by("product").agg(
        months=pl.len().cast(pl.Int64), mean=pl.col("units").mean(), spread=pl.col("units").std()
    )
    out = grid.group_by("product").agg(months_sold_out=pl.col("is_out").sum().cast(pl.Int64))
    found = (
        lines.names.select("product").join(by, on="product", how="left").join(out, on="product", how="left")
    )
    known = (pl.col("months") >= LEAST_MONTHS) & (pl.col("mean") > 0)
    found = found.with_columns(
        pl.col("months", "months_sold_out").fill_null(0),
        variation=pl.when(known).then(pl.col("spread") / pl.col("mean")),
    ).join(_without_season(told), on="product", how="left")
    xyz = _class("variation", at)
    is_seasonal = pl.col("is_season").fill_null(False) & (_class("calm", at) < xyz)
    return found.select(
        "product", "months", "months_sold_out", "variation", xyz=xyz, is_seasonal=is_seasonal
    ).sort("product")


def whole_months(since: date, until: date) -> pl.Series:
    """The first days of the months that lie between two days whole."""
    first = since if since.day == 1 else (since.replace(day=1) + timedelta(days=32)).replace(day=1)
    end = (until + timedelta(days=1)).replace(day=1)
    if first >= end:
        return pl.Series("month", [], dtype=pl.Date)
    return pl.date_range(first, end, "1mo", closed="left", eager=True).alias("month")


def _months_on_sale(lines: ProductLines) -> pl.DataFrame:
    """A row a product and whole month since its first sale, with the units bought, nought included."""
    months = whole_months(lines.since, lines.until).to_frame("month")
    grid = lines.names.select("product", "first_sale").join(months, how="cross")
    grid = grid.filter(pl.col("month") >= pl.col("first_sale")).drop("first_sale")
    units = lines.bought.group_by("product", month=pl.col("day").dt.truncate("1mo")).agg(
        pl.col("units").sum()
    )
    return grid.join(units, on=["product", "month"], how="left").with_columns(
        pl.col("units").cast(pl.Float64).fill_null(0.0)
    )


def _without_season(told: pl.DataFrame) -> pl.DataFrame:
    """Of products with two years of months: calm (the variation left within months of the year), is_season."""
    of_year = told.with_columns(of_year=pl.col("month").dt.month())
    means = of_year.with_columns(usual=pl.col("units").mean().over("product", "of_year"))
    sums = means.group_by("product").agg(
        n=pl.len(),
        mean=pl.col("units").mean(),
        seen=pl.col("of_year").n_unique(),
        total=((pl.col("units") - pl.col("units").mean()) ** 2).sum(),
        rest=((pl.col("units") - pl.col("usual")) ** 2).sum(),
    )
    enough = sums.filter((pl.col("n") >= SEASONAL_MONTHS) & (pl.col("seen") == SEASON) & (pl.col("mean") > 0))
    free = pl.col("n") - SEASON
    left = enough.with_columns(variance=pl.col("rest") / free).with_columns(
        ratio=(pl.col("total") - pl.col("rest"))
        / (SEASON - 1)
        / pl.max_horizontal("variance", pl.lit(1e-12)),
        calm=pl.col("variance").sqrt() / pl.col("mean"),
    )
    if left.is_empty():
        return pl.DataFrame(
            schema={"product": told.schema["product"], "calm": pl.Float64, "is_season": pl.Boolean}
        )
    p = f_distribution.sf(left["ratio"].to_numpy(), SEASON - 1, (left["n"] - SEASON).to_numpy())
    return left.select("product", "calm", is_season=pl.Series(false_discovery_control(p) <= ALPHA))


def _class(name: str, at: XyzThresholds) -> pl.Expr:
    value = pl.col(name)
    return (
        pl.when(value.is_null()).then(pl.lit(UNTOLD))
        .when(value <= at.x).then(pl.lit(X))
        .when(value <= at.y).then(pl.lit(Y))
        .otherwise(pl.lit(Z))
    )  # fmt: skip
