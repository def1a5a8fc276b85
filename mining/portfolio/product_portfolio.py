"""The portfolio: of each product what it brings, to whom, with what, and what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from mining.portfolio.basket_halo import basket_halo
from mining.portfolio.demand_variation import XyzThresholds, demand_variation
from mining.portfolio.pareto_curve import AbcThresholds, ParetoCurve, abc_classes, pareto_curve
from mining.portfolio.product_lines import MARGIN, ProductLines
from mining.portfolio.sole_buyers import sole_buyers
from mining.portfolio.substitutes import Substitutes, substitutes
from mining.portfolio.verdicts import NEW_DAYS, VERDICTS, verdicts
from mining.portfolio.what_if import what_if


@dataclass(frozen=True, slots=True)
class PortfolioThresholds:
    """Where ABC and XYZ classes end, and for how many days after its first sale a product is too new to tell."""

    abc: AbcThresholds = field(default_factory=AbcThresholds)
    xyz: XyzThresholds = field(default_factory=XyzThresholds)
    new_days: int = NEW_DAYS


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """`on_hand`: product, on_hand (pieces at the last count). `sold_out`: product, month with no piece in any count."""

    on_hand: pl.DataFrame
    sold_out: pl.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class ProductPortfolio:
    """`products`, the greatest revenue first: product (code), id, label, category, abc, xyz, verdict, reason, revenue,
    margin (null where some cost is not known), units (net), buyers (known customers), sole_buyers, sole_revenue,
    baskets, halo, halo_index, substitutes (how many), variation, months, months_sold_out, is_seasonal, on_hand,
    cover_days (null where stock is not known, or nothing is sold), first_sale, last_sale, age_days, idle_days.

    `verdicts`, of those that are given: verdict, products, revenue, customers (different ones), left_with_nothing
    (customers who bought nothing else), their_revenue; only products and revenue may be added up.
    `sole`: customer, product, revenue. `curve` and `customer_curve` are those of revenue by product and known customer.
    """

    products: pl.DataFrame
    verdicts: pl.DataFrame
    sole: pl.DataFrame
    substitutes: Substitutes
    curve: ParetoCurve
    customer_curve: ParetoCurve


@dataclass(frozen=True, slots=True, eq=False)
class ProductFigures:
    """What no threshold changes: `frame` has a row a product, as in ProductPortfolio but for classes and verdict."""

    frame: pl.DataFrame
    sole: pl.DataFrame
    substitutes: Substitutes
    customer_curve: ParetoCurve


def product_figures(lines: ProductLines, stock: Stock | None = None) -> ProductFigures:
    """What is known of each product before any threshold."""
    sole, pairs = sole_buyers(lines), substitutes(lines)
    frame = lines.names.join(_summed(lines), on="product", how="left")
    alone = sole.group_by("product").agg(
        sole_buyers=pl.len().cast(pl.Int64), sole_revenue=pl.col("revenue").sum()
    )
    sides = pl.concat([pairs.pairs.select(product=each) for each in ("one", "other")])
    counted = sides.group_by("product").agg(substitutes=pl.len().cast(pl.Int64))
    for part in (alone, basket_halo(lines), counted.cast({"product": frame.schema["product"]})):
        frame = frame.join(part, on="product", how="left")
    frame = frame.with_columns(pl.col("sole_buyers", "substitutes", "baskets", "buyers").fill_null(0),
                               pl.col("sole_revenue", "halo").fill_null(0.0))  # fmt: skip
    customers = lines.known.group_by("customer").agg(pl.col("revenue").sum())["revenue"]
    return ProductFigures(_stocked(frame, lines, stock), sole, pairs, pareto_curve(customers))


def product_portfolio(
    lines: ProductLines,
    at: PortfolioThresholds,
    stock: Stock | None = None,
    figures: ProductFigures | None = None,
) -> ProductPortfolio:
    """The portfolio by these thresholds; `figures` are those of the same lines, where they are known already."""
    known = figures or product_figures(lines, stock)
    varied = demand_variation(lines, at.xyz, stock.sold_out if stock else None)
    frame = known.frame.join(varied, on="product", how="left").with_columns(
        abc_classes(known.frame["revenue"], at.abc).alias("abc")
    )
    told = verdicts(frame, at.new_days).sort("revenue", "id", descending=[True, False])
    return ProductPortfolio(
        told,
        _by_verdict(lines, told),
        known.sole,
        known.substitutes,
        pareto_curve(told["revenue"]),
        known.customer_curve,
    )


def _summed(lines: ProductLines) -> pl.DataFrame:
    """Sums of each product, and since when and until when it was sold."""
    sums = lines.frame.group_by("product").agg(pl.col("revenue").sum(), MARGIN, pl.col("units").sum())
    bought = lines.bought.group_by("product").agg(
        buyers=pl.col("customer").filter(pl.col("customer") > 0).n_unique().cast(pl.Int64),
        last_sale=pl.col("day").max(),
    )
    first = lines.names.select(
        "product", age_days=(pl.lit(lines.until) - pl.col("first_sale")).dt.total_days()
    )
    whole = sums.join(bought, on="product", how="left").join(first, on="product", how="left")
    return whole.with_columns(idle_days=(pl.lit(lines.until) - pl.col("last_sale")).dt.total_days())


def _stocked(frame: pl.DataFrame, lines: ProductLines, stock: Stock | None) -> pl.DataFrame:
    """With what lies in stock, and for how many days it lasts at the pace of the period."""
    if stock is None:
        return frame.with_columns(on_hand=pl.lit(None, pl.Float64), cover_days=pl.lit(None, pl.Float64))
    days = (lines.until - lines.since).days + 1
    on_sale = pl.min_horizontal(pl.lit(days), pl.col("age_days") + 1)
    held = frame.join(
        stock.on_hand.select("product", pl.col("on_hand").cast(pl.Float64)), on="product", how="left"
    )
    pace = pl.col("units") / on_sale
    return held.with_columns(cover_days=pl.when(pace > 0).then(pl.col("on_hand") / pace))


def _by_verdict(lines: ProductLines, told: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for verdict in VERDICTS:
        part = told.filter(pl.col("verdict") == verdict)
        if part.is_empty():
            continue
        gone = what_if(lines, part["product"].to_list())
        rows.append(
            {
                "verdict": verdict, "products": part.height, "revenue": gone.revenue, "customers": gone.customers,
                "left_with_nothing": gone.left_with_nothing.height,
                "their_revenue": float(gone.left_with_nothing["revenue"].sum()),
            }
        )  # fmt: skip
    return pl.DataFrame(rows)
