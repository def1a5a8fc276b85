"""Amounts that were paid back, in a column beside the amount: sales count too much by them."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.amount_formulas import base
from data.load.evidence.compared_figures import NEARLY, agrees, most, share, total
from data.load.evidence.decided_words import is_mentioned
from data.load.evidence.discounts import amount_of, discounts, is_of_order, sign_of
from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import fill, named, settle

TAXED = 1.35  # what was paid back may hold a tax that the amount is without
OF_LINES = ("order_lines",)


def notices(sample: RowSample) -> Iterator[Notice]:
    """A notice if a column tells how much of the amounts was paid back."""
    part = sample.part
    amount = _amount(sample)
    if part.subject not in OF_LINES or amount is None:
        return
    columns = [each for each in refunds(sample) if not _is_taken_off(sample, amount, *each)]
    if columns:
        yield _notice(sample, amount, *min(columns, key=lambda each: _distance(sample, each[0])))


def refunds(sample: RowSample) -> list[tuple[str, pl.Series]]:
    """The columns of amounts that were paid back, where any was, with their numbers."""
    part = sample.part
    used = {column for name, column in part.columns.items() if name != "revenue"}
    found = []
    for column in sample.texts:
        if column in used or is_mentioned(part, column) or column == part.columns.get("revenue"):
            continue
        if header_words.is_called(column, "refund") and not header_words.is_called(column, "no_amount"):
            values = sample.numbers(column)
            if values is not None and most(values):
                found.append((column, values))
    return found


def _amount(sample: RowSample) -> pl.Series | None:
    """The amount of each line, whether a column or quantity and price tell it."""
    told = sample.field("revenue")
    return base(sample) if told is None else told


def _notice(sample: RowSample, amount: pl.Series, column: str, back: pl.Series) -> Notice:
    part, key = sample.part, f"refunds: {column}"
    rows = back.fill_null(0) != 0
    told = f"{column} says {abs(total(back)):,.2f} in {int(rows.sum()):,} of {sample.seen}"
    said = f"{told}: paid back, and still counted."
    ways = [settle(part, key, "Revenue is meant before it")]
    on_lines = share(back.abs().filter(rows) <= TAXED * amount.abs().filter(rows) + 0.01) >= NEARLY
    by_order = is_of_order(sample, column, back)
    formula = part.expressions.get("revenue", "")
    if column_of := part.columns.get("revenue"):
        formula = f"number({named(column_of)})"
    less = f"{formula or 'quantity * unit_price'} {sign_of(back)} {amount_of(column)}"
    if by_order and back.null_count():
        ways.insert(0, fill(part, "Take it off the first line of each order", {}, {"revenue": less}))
    elif on_lines and not by_order:
        ways.insert(0, fill(part, f"Revenue is less {column}", {}, {"revenue": less}))
    return Notice(key, said, "Is revenue meant before it?", tuple(ways))


def _is_taken_off(sample: RowSample, amount: pl.Series, column: str, back: pl.Series) -> bool:
    """Whether the amount is another less what was paid back, and perhaps a discount."""
    rows = back.fill_null(0) != 0
    off = [0.0, *(each.fill_null(0).abs() for _, each in discounts(sample))]
    others = [each for name in sample.texts if name != column and (each := sample.numbers(name)) is not None]
    paid = back.fill_null(0).abs()
    return any(
        agrees(amount.filter(rows), (each - paid - less).filter(rows)) >= NEARLY
        for each in others if each is not amount for less in off
    )  # fmt: skip


def _distance(sample: RowSample, column: str) -> int:
    """How little a column is called like that of the amount: Converted Amount, Converted Amount Refunded."""
    own = set(header_words.header(sample.part.columns.get("revenue", "")).split())
    return len(own ^ set(header_words.header(column).split()))
