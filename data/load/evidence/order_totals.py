"""Amounts that are a whole order's, though they stand on its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from data.load.evidence.amount_formulas import base, computed, in_words, line_amounts
from data.load.evidence.compared_figures import LEAST, MOSTLY, NEARLY, agrees, once, share, total
from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import fill, many, settle

OF_LINE = ("product", "line", "quantity", "unit_price")


@dataclass(frozen=True)
class OrderTotal:
    """An amount that is the same on all lines of `orders` of the `several` orders that have more lines than one, or
    stands on one of them; how many `times` adding it up counts it; and one order as example."""

    orders: int
    several: int
    times: float
    example: str
    amount: float
    lines: int
    on_one_line: bool


def order_total(sample: RowSample, amount: pl.Series) -> OrderTotal | None:
    """Whether an amount is the order's, while its lines differ."""
    order = sample.field("order")
    groups = _orders(sample, amount)
    if order is None or groups is None:
        return None
    differing = groups.filter(pl.col("lines") > 1)
    alike = differing.filter(pl.col("amounts") == 1)
    if differing.height < 2 or alike.height < NEARLY * differing.height:
        return None
    on_one_line = share(alike["said"] == 1) > MOSTLY
    if not _is_believed(sample, amount, alike, on_one_line):
        return None
    example = alike.row(0, named=True)
    times = total(amount) / once(order, amount) if once(order, amount) else 1.0
    return OrderTotal(alike.height, groups.height, times, str(example["order"]), example["value"], example["n"],
                      on_one_line)  # fmt: skip


def notices(sample: RowSample) -> Iterator[Notice]:
    """A notice if the revenue of lines is an order's."""
    part, revenue = sample.part, sample.field("revenue")
    found = order_total(sample, revenue) if revenue is not None else None
    if found is None:
        return
    name = part.columns.get("revenue", "The amount")
    key = f"amount: {name}"
    where = "stands on one line of" if found.on_one_line else "is the same on all lines of"
    said = (
        f"{name} {where} {found.orders:,} of {many(found.several, 'order')} of several lines (order {found.example}:"
        f" {found.amount:,.2f}, {found.lines} lines): it is the order's amount, not the line's."
    )
    if found.times > 1.01:
        said += f" Added up it counts {found.times:.2g} times."
    ways = [
        fill(part, f"The amount is {each}", {"revenue": each}, {})
        for each in line_amounts(sample)
        if each != name
    ]
    if not ways and (expression := computed(sample)):
        ways = [fill(part, f"The amount is {in_words(expression)}", {}, {"revenue": expression})]
    if not ways:
        said += " The file tells no amount of its lines."
    yield Notice(key, said, "What is the amount of a line?", (*ways, settle(part, key)))


def _orders(sample: RowSample, amount: pl.Series) -> pl.DataFrame | None:
    """The orders of several lines: how many amounts they have, in how many lines, and how many lines differ."""
    order = sample.field("order")
    if order is None:
        return None
    frame = pl.DataFrame({"order": order, "amount": amount, "line": _line(sample, amount)}).drop_nulls(
        "order"
    )
    said = pl.col("amount").drop_nulls()
    return (
        frame.group_by("order", maintain_order=True)
        .agg(
            pl.len().alias("n"),
            said.n_unique().alias("amounts"),
            said.len().alias("said"),
            said.first().alias("value"),
            pl.col("line").n_unique().alias("lines"),
        )
        .filter(pl.col("n") > 1, pl.col("said") > 0)
    )


def _line(sample: RowSample, amount: pl.Series) -> pl.Series:
    """What tells the lines of an order apart: the product, quantity and price, else all other numbers."""
    told = [each for name in OF_LINE if (each := sample.field(name)) is not None]
    if not told:
        numbers = [each for each in map(sample.numbers, sample.texts) if each is not None]
        told = [each for each in numbers if agrees(each, amount) < 1]
    if not told:
        return pl.repeat(0, len(amount), eager=True)
    return pl.DataFrame([each.alias(str(at)) for at, each in enumerate(told)]).hash_rows()


def _is_believed(sample: RowSample, amount: pl.Series, alike: pl.DataFrame, on_one_line: bool) -> bool:
    plain = base(sample)
    if on_one_line or _adds_up(sample, amount, alike["order"]):
        return True
    of_lines = plain is not None and agrees(amount, plain, sample.field("quantity")) > NEARLY
    return not of_lines and alike.height >= LEAST and alike["value"].n_unique() >= LEAST


def _adds_up(sample: RowSample, amount: pl.Series, orders: pl.Series) -> bool:
    """Whether the amount of an order is what its quantities and prices add up to."""
    plain, order = base(sample), sample.field("order")
    if plain is None or order is None:
        return False
    frame = pl.DataFrame({"order": order, "amount": amount, "base": plain})
    found = frame.filter(pl.col("order").is_in(orders.implode())).group_by("order")
    groups = found.agg(pl.col("amount").drop_nulls().first(), pl.col("base").sum())
    return agrees(groups["amount"], groups["base"]) >= 0.5
