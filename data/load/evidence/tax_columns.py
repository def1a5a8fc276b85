"""The same amount with tax and without it, in two columns."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.amount_formulas import taxes
from data.load.evidence.compared_figures import LEAST, NEARLY, share
from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import fill, settle

LEAST_RATE, HIGHEST_RATE = 0.01, 0.30
RATES = 6


def notices(sample: RowSample) -> Iterator[Notice]:
    """A notice if another column is the revenue with tax, or without."""
    part, revenue = sample.part, sample.field("revenue")
    name = part.columns.get("revenue")
    if revenue is None or name is None:
        return
    for column in sample.texts:
        other = sample.numbers(column) if _may_be(sample, name, column) else None
        if other is not None and (is_taxed(other, revenue) or is_taxed(revenue, other)):
            is_net = is_taxed(other, revenue)
            this, that = ("without", "with") if is_net else ("with", "without")
            key = f"tax: {name}"
            said = f"{name} is the amount {this} tax, and {column} the same {that} it."
            ways = (
                fill(part, f"{column}, {that} tax", {"revenue": column}, {}),
                settle(part, key, f"{name}, {this} tax"),
            )
            yield Notice(key, said, "Which of them is the revenue?", ways)
            return


def is_taxed(gross: pl.Series, net: pl.Series) -> bool:
    """Whether one amount is the other and a tax, by one of a few rates."""
    frame = pl.DataFrame({"gross": gross, "net": net}).drop_nulls().filter(pl.col("net").abs() >= 1)
    if frame.height < LEAST:
        return False
    rates = frame["gross"] / frame["net"] - 1
    taxed = rates.is_between(LEAST_RATE, HIGHEST_RATE)
    if share(taxed | (rates.abs() < 1e-6)) < NEARLY or share(taxed) < 0.3:
        return False
    # A cent of rounding moves the rate of a small amount.
    rounding = 0.011 / frame["net"].abs() + 5e-4
    common = rates.filter(taxed).round(2).value_counts(sort=True).head(RATES).to_series(0).to_list()
    near = pl.DataFrame({"rate": rates, "rounding": rounding}).filter(taxed)
    tests = [(pl.col("rate") - rate).abs() <= pl.col("rounding") for rate in common]
    return share(near.select(pl.any_horizontal(tests)).to_series()) > NEARLY


def _may_be(sample: RowSample, name: str, column: str) -> bool:
    """Whether a column may be the amount `name` with tax or without: a name says so, or a column of tax is there."""
    part = sample.part
    used = column in part.columns.values()
    other = header_words.is_tax(column) or any(
        header_words.is_called(column, each) for each in ("discount", "not_sales")
    )
    told = any(
        header_words.is_called(each, kind) for each in (name, column) for kind in ("net", "gross", "tax")
    )
    return not used and not other and (told or bool(taxes(sample)))
