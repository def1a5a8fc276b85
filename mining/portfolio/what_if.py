"""What is lost if products are taken off: a band over how much of their demand goes to what remains.

How much does (the transfer) no order line tells. Campo, Gijsbrechts & Nisol, "The impact of retailer stockouts on
whether, how much, and what to buy", International Journal of Research in Marketing 20, 2003, ask shoppers and find that
it differs by category and customer. It is an assumption here, from none to all, until a test tells.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest
from mining.portfolio.product_lines import ProductLines


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """What goes with some products, in the period of the lines; money.

    Lost revenue lies from `lost_least` (all demand goes to what remains of the category) to `revenue` (none does), and
    is `lost` at the transfer assumed; `margin` is None where the cost of some of it is not known. `customers`
    (different ones) bought any of them; `left_with_nothing`: customer, revenue of those who bought nothing else.
    `baskets` (different ones) held any, with `rest` besides.
    """

    products: int
    revenue: float
    lost_least: float
    lost: float
    margin: float | None
    customers: int
    left_with_nothing: pl.DataFrame
    baskets: int
    rest: float


def what_if(lines: ProductLines, off: Collection[int], transfer: float = 0.0) -> WhatIf:
    """What goes if the products `off` (codes) are no longer sold and `transfer` (0 to 1) of their demand stays.

    Demand goes to products that remain in its category (any that remains, where no category is known): where none does,
    all is lost. With nothing off it is 0, with all off the total, whatever is assumed. Raises BadRequest.
    """
    if not 0 <= transfer <= 1:
        raise BadRequest(
            f"A transfer of {transfer:g} is none.", "It goes from 0, nothing stays, to 1, all stays."
        )
    gone = pl.col("product").is_in(pl.Series(sorted(off), dtype=lines.frame.schema["product"]).implode())
    marked = lines.frame.with_columns(is_off=gone)
    taken = marked.filter("is_off")
    revenue, stranded = _revenue(lines, taken, gone)
    costs = taken["margin"].null_count() == 0
    baskets, rest = _baskets(marked)
    return WhatIf(
        products=lines.names.filter(gone).height,
        revenue=revenue,
        lost_least=stranded,
        lost=stranded + (revenue - stranded) * (1 - transfer),
        margin=float(taken["margin"].sum()) if costs else None,
        customers=_buyers(taken).height,
        left_with_nothing=_left_with_nothing(marked),
        baskets=baskets,
        rest=rest,
    )


def _revenue(lines: ProductLines, taken: pl.DataFrame, gone: pl.Expr) -> tuple[float, float]:
    """The revenue of what is off, and the part of it whose category goes whole."""
    remaining = lines.names.filter(~gone)["category"].unique()
    revenue = taken.group_by("product").agg(pl.col("revenue").sum()).join(lines.names, on="product")
    category = pl.col("category")
    stays = category.is_in(remaining.drop_nulls().implode()) | (
        category.is_null() & pl.lit(len(remaining) > 0)
    )
    whole, kept = (float(each["revenue"].sum()) for each in (revenue, revenue.filter(stays.fill_null(False))))
    return whole, whole - kept


def _buyers(lines: pl.DataFrame) -> pl.DataFrame:
    bought = lines.filter((pl.col("customer") > 0) & ~pl.col("is_return"))
    return bought.select("customer").unique()


def _left_with_nothing(marked: pl.DataFrame) -> pl.DataFrame:
    """Known customers all of whose purchases are off, and what they brought."""
    others = _buyers(marked.filter(~pl.col("is_off")))
    lost = _buyers(marked.filter("is_off")).join(others, on="customer", how="anti")
    spent = marked.group_by("customer").agg(pl.col("revenue").sum())
    return lost.join(spent, on="customer").sort("revenue", "customer", descending=[True, False])


def _baskets(marked: pl.DataFrame) -> tuple[int, float]:
    """How many baskets hold any of what is off, and what else lies in them."""
    bought = marked.filter(~pl.col("is_return"))
    held = bought.filter("is_off").select("basket").unique()
    rest = bought.filter(~pl.col("is_off")).join(held, on="basket", how="semi")["revenue"].sum()
    return held.height, float(rest)
