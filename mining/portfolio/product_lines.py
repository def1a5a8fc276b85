"""The order lines that a portfolio is told from: what they must hold, and what is made of them before anything else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.errors import BadRequest

COLUMNS = ("product", "customer", "basket", "day", "revenue", "margin", "units", "is_return")
MARGIN = (
    pl.when(pl.col("margin").is_null().any()).then(None).otherwise(pl.col("margin").sum()).alias("margin")
)


@dataclass(frozen=True, slots=True, eq=False)
class ProductLines:
    """Order lines of known products, from `since` to `until`, both included.

    `frame`, a row a line: product, customer (0 is unknown), basket (all codes), day, revenue, margin (money; null where
    the cost is not known), units, is_return. `names`, a row a product: product (code), id, label, category (null where
    not known), first_sale (day, of all history).
    """

    frame: pl.DataFrame
    names: pl.DataFrame
    since: date
    until: date

    @property
    def bought(self) -> pl.DataFrame:
        """The lines that are no returns."""
        return self.frame.filter(~pl.col("is_return"))

    @property
    def known(self) -> pl.DataFrame:
        """The lines of known customers, returns included."""
        return self.frame.filter(pl.col("customer") > 0)


def product_lines(
    frame: pl.DataFrame, names: pl.DataFrame, since: date, until: date, without: Collection[str] = ()
) -> ProductLines:
    """The lines of the products in `names` but for those whose ids are `without`. Raises BadRequest for none."""
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise BadRequest(f"The order lines have no {', '.join(missing)}.", "Give them all their columns.")
    kept = names.filter(~pl.col("id").is_in(list(without)))
    lines = frame.select(COLUMNS).join(kept.select("product"), on="product", how="semi")
    if lines.is_empty():
        raise BadRequest(
            "No known product was sold within these filters.",
            "Take a filter away, or choose a longer period.",
        )
    return ProductLines(
        lines, kept.join(lines.select("product").unique(), on="product", how="semi"), since, until
    )
