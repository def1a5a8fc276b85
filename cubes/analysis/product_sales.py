"""What was sold of each product within a slice, since when, and what lay in stock: what a portfolio is told from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from cubes.analysis.slice_days import span_of, within_traffic
from cubes.ask.answer import Answer
from cubes.drill_through import product_rows as rows
from cubes.query import TIME_LEVELS, Query
from data.errors import BadRequest
from data.store.warehouse import Warehouse

Ask = Callable[[Query], Answer]


@dataclass(frozen=True, slots=True, eq=False)
class ProductSales:
    """`lines` as `product_rows` gives them; `names` as `product_names` does, with first_sale (of all history up to the
    end of the slice); `on_hand`: product (code), on_hand, and `sold_out` as `sold_out_months`, None where no stock is
    loaded. Margin is null of lines whose cost is not known."""

    lines: pl.DataFrame
    names: pl.DataFrame
    since: date
    until: date
    on_hand: pl.DataFrame | None = None
    sold_out: pl.DataFrame | None = None


def product_sales(warehouse: Warehouse, ask: Ask, query: Query) -> ProductSales:
    """Everything within the cuts of a question. Raises BadRequest where no day is left."""
    profile = warehouse.profile
    span = span_of(query.cuts, profile)
    if span is None:
        raise BadRequest("No day is left within these filters.", "Choose another period.")
    since, until = span
    lines = rows.product_rows(warehouse, replace(query, cuts=within_traffic(query.cuts, profile)))
    first = rows.first_sales(warehouse, Query(cuts=within_traffic((), profile)))
    names = rows.product_names(warehouse).join(first, on="product", how="left")
    names = names.filter(pl.col("first_sale") <= until)
    if not profile.extents["stock"].lines:
        return ProductSales(lines, names, since, until)
    timed = tuple(cut for cut in query.cuts if cut.level in TIME_LEVELS)
    counted = ask(Query(("on_hand",), ("product",), cuts=timed, cube="stock")).plain()
    on_hand = names.select("id", "product").join(
        counted.select("on_hand", id="product.id"), on="id", how="inner"
    )
    return ProductSales(lines, names, since, until, on_hand.drop("id"), rows.sold_out_months(warehouse))
