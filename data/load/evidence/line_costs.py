"""Cost of the line and cost of one, taken for each other; cost of a whole order."""

from __future__ import annotations

from collections.abc import Iterator

from data.load.evidence.compared_figures import LEAST
from data.load.evidence.notice import Notice
from data.load.evidence.order_totals import order_total
from data.load.evidence.product_amounts import grows, stays
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import fill, settle


def notices(sample: RowSample) -> Iterator[Notice]:
    """Notices of the columns that are mapped as costs."""
    cost, unit_cost = sample.field("cost"), sample.field("unit_cost")
    line, one = sample.part.columns.get("cost"), sample.part.columns.get("unit_cost")
    if cost is not None and line:
        if stays(sample, cost):
            yield _of_one(sample, line)
        elif (found := order_total(sample, cost)) and found.orders >= LEAST:
            yield _of_order(sample, line, found.example)
    if unit_cost is not None and one and grows(sample, unit_cost):
        yield _of_line(sample, one)


def _of_one(sample: RowSample, column: str) -> Notice:
    part, key = sample.part, f"cost: {column}"
    said = (
        f"{column} stays the same whatever the quantity of a product: it is the cost of one, not of the line."
    )
    way = fill(part, f"{column} is the cost of one", {"cost": None, "unit_cost": column}, {})
    return Notice(key, said, "Is it the cost of one?", (way, settle(part, key)))


def _of_order(sample: RowSample, column: str, example: str) -> Notice:
    part, key = sample.part, f"cost: {column}"
    said = f"{column} is the same on all lines of an order (order {example}): it is the order's cost, not the line's."
    return Notice(
        key, said, "Leave it out?", (fill(part, "Leave it out", {"cost": None}, {}), settle(part, key))
    )


def _of_line(sample: RowSample, column: str) -> Notice:
    part, key = sample.part, f"cost: {column}"
    said = f"{column} grows with the quantity of a product: it is the cost of the line, not of one."
    way = fill(part, f"{column} is the cost of the line", {"unit_cost": None, "cost": column}, {})
    return Notice(key, said, "Is it the cost of the line?", (way, settle(part, key)))
