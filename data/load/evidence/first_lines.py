"""Fields that an order's first line alone fills."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from data.load.evidence import line_standing, undone_on
from data.load.evidence.compared_figures import share
from data.load.evidence.notice import Notice, WayOut
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import listed, many, mentions, settle

OF_ORDER = ("date", "order", "customer", "customer_name", "country", "city", "channel")
OF_LINE = ("product", "product_name", "quantity", "unit_price", "line")
MOSTLY, SOME = 0.95, 0.3
LEAST = 2


def notices(sample: RowSample) -> Iterator[Notice]:
    """A notice if lines behind the first of their order lack what that one says."""
    part = sample.part
    if not part.kind.is_lines or part.shape.fill:
        return
    lacking = first_only(sample)
    if not lacking:
        return
    behind, columns = lacking
    name = "first lines"
    said = (
        f"The first line of each order alone fills {listed(columns)}: {many(behind, 'line')} of {sample.seen} lack"
        " what holds for them."
    )
    way = WayOut("Take it from the line above", replace(part, shape=replace(part.shape, fill="down")))
    yield Notice(name, said, "Does it hold for all lines of the order?", (way, settle(part, name)))


def filled_down(sample: RowSample) -> RowSample:
    """The same rows, each with what the first line of its order says of it."""
    found = first_only(sample)
    if not found:
        return sample
    return sample.saying({name: _down(sample, texts) if name in found[1] else texts
                          for name, texts in sample.texts.items()})  # fmt: skip


def _down(sample: RowSample, texts: pl.Series) -> pl.Series:
    """A column whose empty cells say what the line above of the same order does."""
    order = _raw(sample, "order")
    if order is None:
        return texts
    frame = pl.DataFrame({"order": order.fill_null(strategy="forward"), "texts": texts})
    return frame.select(pl.col("texts").forward_fill().over(pl.col("order").rle_id())).to_series()


def first_only(sample: RowSample) -> tuple[int, list[str]] | None:
    """How many lines lack something of their order, and the columns that do."""
    of_line = [each for name in OF_LINE if (each := _raw(sample, name)) is not None]
    if not of_line:
        return None
    filled = pl.DataFrame([each.is_not_null().alias(str(at)) for at, each in enumerate(of_line)]).select(
        pl.any_horizontal(pl.all())).to_series()  # fmt: skip
    order = _raw(sample, "order")
    if order is None:
        return None
    if (order.is_null() & filled).any():
        return _without_number(sample, order, filled)
    starts = (order != order.shift(1)).fill_null(True)
    behind = int((~starts & filled).sum())
    if behind < LEAST:
        return None
    found = [name for name in _of_order(sample) if _share_empty(sample.texts[name], ~starts) >= MOSTLY
             and _share_empty(sample.texts[name], starts) < SOME]  # fmt: skip
    found += [
        name for name in undone_on.days_undone(sample) if _share_empty(sample.texts[name], ~starts) == 1
    ]
    return (behind, found) if found else None


def _of_order(sample: RowSample) -> list[str]:
    """The columns that are the order's: those of its fields, and those that tell whether it is a sale."""
    columns = sample.part.columns
    fields = [columns[name] for name in OF_ORDER if name != "order" and name in columns]
    lines = {columns[name] for name in (*OF_LINE, "order", "revenue") if name in columns}
    telling = [name for name in (*line_standing.telling(sample), *mentions(sample.part)) if name not in lines]
    return [name for name in dict.fromkeys([*fields, *telling]) if name in sample.texts]


def _without_number(sample: RowSample, order: pl.Series, filled: pl.Series) -> tuple[int, list[str]] | None:
    """Lines that lack their number too: they lack all that is the order's, in the same rows."""
    lines, columns = order.is_null() & filled, sample.part.columns
    lacking = [name for name in OF_ORDER if (texts := _raw(sample, name)) is not None
               and _share_empty(texts, lines) >= MOSTLY]  # fmt: skip
    count = int(lines.sum() or 0)
    if count < LEAST or "date" not in lacking or order[0] is None:
        return None
    return count, [columns["order"], *(columns[name] for name in lacking if name != "order")]


def _share_empty(texts: pl.Series, rows: pl.Series) -> float:
    """The share of these rows in which a column is empty."""
    return share(texts.filter(rows).is_null())


def _raw(sample: RowSample, name: str) -> pl.Series | None:
    return sample.texts.get(sample.part.columns.get(name, ""))
