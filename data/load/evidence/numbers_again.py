"""Numbers of orders that begin again each year, or in each shop."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from data.load.evidence.sample import Sample
from data.load.evidence.ways import fill, many, named, settle
from data.load.mapping import Part
from data.load.notice import Notice

APART_DAYS = 45
LEAST = 3
SHARE = 0.05
CURED = 0.1
FEW = 200
SHOPS = 30
YEAR = "substr(text(date), 1, 4)"
NOT_A_SHOP = frozenset(["customer", "customer_name", "product", "product_name", "date", "line"])


def notices(sample: Sample) -> Iterator[Notice]:
    """A notice if numbers come back for other orders."""
    part = sample.part
    name = "order" if part.kind.is_lines else "number"
    number, days = sample.field(name), sample.field("date")
    if number is None or (not part.kind.is_lines and name not in part.key) or name not in part.columns:
        return
    if days is not None and days.dtype != pl.Date:
        days = None
    again = _again(sample, number, days)
    whole = number.drop_nulls().n_unique()
    if again.height < LEAST or again.height < SHARE * whole:
        return
    column = part.columns[name]
    key, example = f"numbers: {column}", again.row(0, named=True)
    said = (
        f"{column} is not one order: {again.height:,} of {many(whole, 'number')} come back"
        f"{_when(example)} (number {example['number']}), and count as one order."
    )
    cures = _cures(sample, number, days, again.height)
    ways = [fill(part, label, {}, {name: f"{before} + '/' + {named(column)}"}) for label, before in cures]
    yield Notice(key, said, "What makes them whole?", (*ways, settle(part, key, "They are the same orders")))


def _when(example: dict[str, object]) -> str:
    first, last = example["first"], example["last"]
    if first is not None and first != last:
        return f" on days far apart, {first} and {last}" if example["far"] else " for other customers"
    return " for other customers"


def _again(
    sample: Sample, number: pl.Series, days: pl.Series | None, within: pl.Series | None = None
) -> pl.DataFrame:
    """The numbers whose rows are of days far apart, or of several customers."""
    customer = sample.field("customer")
    frame = pl.DataFrame({
        "number": number, "within": within if within is not None else pl.repeat("", len(number), eager=True),
        "day": days if days is not None else pl.repeat(None, len(number), dtype=pl.Date, eager=True),
        "who": customer if customer is not None else pl.repeat(None, len(number), dtype=pl.String, eager=True),
    }).drop_nulls("number")  # fmt: skip
    groups = frame.group_by("number", "within", maintain_order=True).agg(
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last"),
        pl.col("who").drop_nulls().n_unique().alias("whos"))  # fmt: skip
    far = (pl.col("last") - pl.col("first")).dt.total_days() > APART_DAYS
    groups = groups.with_columns(far.fill_null(False).alias("far"))
    return groups.filter(pl.col("far") | (pl.col("whos") > 1))


def _cures(sample: Sample, number: pl.Series, days: pl.Series | None, before: int) -> list[tuple[str, str]]:
    """What tells those orders apart, as label and as the expression before the number; the surest first."""
    years = days.dt.year().cast(pl.String) if days is not None else None
    told: list[tuple[str, str, pl.Series]] = [("the year", YEAR, years)] if years is not None else []
    for column in _shops(sample):
        told.append((column, named(column), sample.texts[column]))
    if years is not None:
        told += [(f"the year and {column}", f"{YEAR} + '/' + {named(column)}", years + "/" + sample.texts[column])
                 for column in _shops(sample)]  # fmt: skip
    rated = [
        (_again(sample, number, days, each).height, at, label, test)
        for at, (label, test, each) in enumerate(told)
    ]
    cured = sorted(each for each in rated if each[0] <= CURED * before)
    return [(f"An order is {label} and its number", test) for _, _, label, test in cured[:2]]


def _shops(sample: Sample) -> list[str]:
    """The columns of few values that no field of a person or a product uses."""
    part: Part = sample.part
    used = {
        column for name, column in part.columns.items() if name in NOT_A_SHOP or name in ("order", "number")
    }
    numeric = {part.columns.get(name) for name in ("quantity", "unit_price", "revenue", "cost", "unit_cost")}
    few = [column for column, texts in sample.texts.items()
           if column not in used | numeric and 2 <= texts.n_unique() <= FEW and not texts.null_count()]  # fmt: skip
    return few[:SHOPS]
