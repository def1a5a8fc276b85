"""Discounts: a share, a percentage or an amount, off the line or off the whole order."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.compared_figures import NEARLY, most, once, share, total
from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import fill, named, settle

PERCENT = ("pct", "percent", "percentage", "perc", "prozent", "pourcentage", "porcentaje")
FEW = 25


def discounts(sample: RowSample) -> list[tuple[str, pl.Series]]:
    """The columns that are called discounts and take anything off, with their numbers."""
    used = {column for name, column in sample.part.columns.items() if name not in ("revenue", "cost")}
    called = [
        column for column in sample.texts if column not in used and header_words.is_called(column, "discount")
    ]
    found = [(column, sample.numbers(column)) for column in called]
    return [(column, off) for column, off in found if off is not None and most(off)]


def less(base: str, sample: RowSample, column: str, off: pl.Series) -> str:
    """The expression of an amount less the discount of its line."""
    told, sign = amount_of(column), sign_of(off)
    if most(off) <= 1:
        return f"{base} * (1 {sign} {told})"
    if _is_percent(sample, column, off):
        return f"{base} * (1 {sign} {told} / 100)"
    return f"{base} {sign} {told}"


def amount_of(column: str) -> str:
    """A column of amounts in an expression; nothing is nought."""
    return f"coalesce(number({named(column)}), 0)"


def sign_of(off: pl.Series) -> str:
    """How a discount is taken off: some are written as negative numbers."""
    return "+" if bool((off.drop_nulls() <= 0).all()) else "-"


def is_of_order(sample: RowSample, column: str, off: pl.Series) -> bool:
    """Whether a discount is an amount off the whole order: the same on all its lines, or on the first alone."""
    order = sample.field("order")
    if order is None or most(off) <= 1 or _says_percent(sample, column):
        return False
    frame = pl.DataFrame({"order": order, "off": off}).drop_nulls("order")
    groups = (
        frame.group_by("order")
        .agg(
            pl.len().alias("n"),
            pl.col("off").n_unique().alias("said"),
            pl.col("off").abs().max().alias("most"),
            (pl.col("off").fill_null(0) != 0).sum().alias("times"),
        )
        .filter(pl.col("n") > 1, pl.col("most") > 0)
    )
    return groups.height > 0 and share((groups["said"] == 1) | (groups["times"] == 1)) >= NEARLY


def notices(sample: RowSample) -> Iterator[Notice]:
    """Discounts of whole orders that amounts made of quantity and price leave out."""
    part, order = sample.part, sample.field("order")
    formula = part.expressions.get("revenue", "" if "revenue" in part.filled else "quantity * unit_price")
    if "unit_price" not in formula or order is None:
        return
    for column, off in discounts(sample):
        if column in formula or not is_of_order(sample, column, off):
            continue
        key = f"discount: {column}"
        said = (
            f"{column} is taken off whole orders, {abs(once(order, off)):,.2f} in {sample.seen}:"
            " revenue by line is without it."
        )
        ways = [settle(part, key, "Revenue is meant before it")]
        if off.null_count() and total(off):
            fewer = f"{formula} {sign_of(off)} {amount_of(column)}"
            ways.insert(0, fill(part, "Take it off the first line of each order", {}, {"revenue": fewer}))
        yield Notice(key, said, "Is revenue meant before it?", tuple(ways))


def _says_percent(sample: RowSample, column: str) -> bool:
    signs = sample.texts[column].str.contains("%", literal=True)
    last = header_words.header(column).split()[-1:]
    return "%" in column or last in [[each] for each in PERCENT] or bool(signs.any())


def _is_percent(sample: RowSample, column: str, off: pl.Series) -> bool:
    """Whether a discount is a percentage: it says so, or it is one of a few round numbers."""
    values = off.drop_nulls().abs()
    few = most(values) <= 100 and values.n_unique() <= FEW
    round_ones = share(values % 0.5 == 0) == 1 and share(values % 5 == 0) > 0.8
    return _says_percent(sample, column) or (few and round_ones)
