"""Whether what is called the amount of a line is one: by quantity and price, by the order, by tax."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from data.load.evidence import discounts, line_costs, order_totals, tax_columns
from data.load.evidence.amount_formulas import AmountFormula, best, computed, forms, in_words, line_amounts
from data.load.evidence.compared_figures import same
from data.load.evidence.notice import Notice
from data.load.evidence.product_amounts import grows, stays
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import fill, settle


def notices(sample: RowSample) -> Iterator[Notice]:
    """What is odd with revenue, price and cost of order lines: of revenue the first thing that is."""
    if not sample.part.kind.is_lines:
        return
    for kind in (order_totals.notices, _of_one, _disagreement, tax_columns.notices):
        found = list(kind(sample))
        if found:
            yield from found
            break
    yield from _price_of_line(sample)
    yield from discounts.notices(sample)
    yield from line_costs.notices(sample)


def _of_one(sample: RowSample) -> Iterator[Notice]:
    """An amount that does not grow with the quantity is the price of one."""
    part, revenue, name = sample.part, sample.field("revenue"), sample.part.columns.get("revenue")
    if revenue is None or name is None or "unit_price" in part.filled or not stays(sample, revenue):
        return
    key = f"amount: {name}"
    said = (
        f"{name} stays the same whatever the quantity of a product: it looks like the price of one,"
        " so that lines of several pieces count too little."
    )
    columns = {"unit_price": name, "revenue": None}
    way = fill(part, f"{name} is the price of one", columns, {"revenue": "quantity * unit_price"})
    yield Notice(key, said, "Is it the price of one?", (way, settle(part, key)))


def _price_of_line(sample: RowSample) -> Iterator[Notice]:
    """A price that grows with the quantity is the amount of the line, so that revenue counts the quantity twice."""
    part, price, name = sample.part, sample.field("unit_price"), sample.part.columns.get("unit_price")
    if price is None or name is None or "revenue" in part.columns or not grows(sample, price):
        return
    key = f"price: {name}"
    said = f"{name} grows with the quantity of a product: it is the amount of the line, and not the price of one."
    way = fill(part, f"The amount is {name}", {"unit_price": None, "revenue": name}, {})
    yield Notice(key, said, "Is it the amount of the line?", (way, settle(part, key)))


def _disagreement(sample: RowSample) -> Iterator[Notice]:
    """Where the amount is not quantity x price, nor that less a discount or with a tax."""
    part, revenue, among = sample.part, sample.field("revenue"), forms(sample)
    name = part.columns.get("revenue")
    if revenue is None or name is None or not among or tax_columns.is_taxed(revenue, among[0].values):
        return
    form, reached = best(sample, revenue, among)
    form = form if form is not None and reached >= 0.5 else among[0]
    differs = (~same(revenue, form.values, sample.field("quantity"))).fill_null(False)
    if not differs.any():
        return
    key = f"amount: {name}"
    ways = [
        fill(part, f"The amount is {each}", {"revenue": each}, {})
        for each in line_amounts(sample)[:2]
        if each != name
    ]
    if reached < 0.5 and (expression := computed(sample)):
        ways.append(fill(part, f"The amount is {in_words(expression)}", {}, {"revenue": expression}))
    said = _told(sample, name, revenue, form, differs)
    yield Notice(key, said, f"Is {name} the amount of a line?", (*ways, settle(part, key)))


def _told(sample: RowSample, name: str, revenue: pl.Series, form: AmountFormula, differs: pl.Series) -> str:
    at = int(differs.arg_max() or 0)
    quantity, price = sample.field("quantity"), sample.field("unit_price")
    example = "" if quantity is None or price is None else f"{quantity[at]:,.6g} x {price[at]:,.2f}, but "
    return (
        f"{name} and quantity x price{f' less {form.discount}' if form.discount else ''} disagree in"
        f" {int(differs.sum()):,} of {sample.seen} (row {sample.row(at)}: {example}{name} {revenue[at]:,.2f})."
    )
