"""Numbers of orders that begin again each year, or in each shop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
    if name not in part.columns or (not part.kind.is_lines and name not in part.key):
        return
    seen = _Numbers.of(sample, name)
    again = seen.again()
    whole = seen.number.drop_nulls().n_unique()
    if again.height < LEAST or again.height < SHARE * whole:
        return
    column = part.columns[name]
    key, example = f"numbers: {column}", again.row(0, named=True)
    said = (
        f"{column} is not one order: {again.height:,} of {many(whole, 'number')} come back"
        f"{_when(example)} (number {example['number']}), and count as one order."
    )
    ways = [fill(part, label, {}, {name: f"{before} + '/' + {named(column)}"})
            for label, before in _cures(sample, seen.fully(sample), again.height)]  # fmt: skip
    yield Notice(key, said, "What makes them whole?", (*ways, settle(part, key, "They are the same orders")))


@dataclass(frozen=True)
class _Numbers:
    """The numbers of rows, their days and their customers, and the other columns of the same rows."""

    number: pl.Series
    day: pl.Series
    who: pl.Series
    texts: Mapping[str, pl.Series]

    @classmethod
    def of(cls, sample: Sample, name: str) -> _Numbers:
        """Those of whole orders, from all over the file where it is large."""
        if sample.orders is not None and name == "order":
            found = sample.orders(False)
            return cls._made(found["f_order"], found.get("f_date"), found.get("f_customer"), {})
        number = sample.field(name)
        assert number is not None
        return cls._made(number, sample.field("date"), sample.field("customer"), sample.texts)

    @classmethod
    def _made(
        cls, number: pl.Series, day: pl.Series | None, who: pl.Series | None, texts: Mapping[str, pl.Series]
    ) -> _Numbers:
        nothing = pl.repeat(None, len(number), dtype=pl.String, eager=True)
        days = day if day is not None and day.dtype == pl.Date else nothing.cast(pl.Date)
        return cls(number, days, nothing if who is None else who, texts)

    def fully(self, sample: Sample) -> _Numbers:
        """The same with all columns."""
        if self.texts or sample.orders is None:
            return self
        found = sample.orders(True)
        texts = {name: found[name] for name in sample.texts}
        return self._made(found["f_order"], found.get("f_date"), found.get("f_customer"), texts)

    def again(self, within: pl.Series | None = None) -> pl.DataFrame:
        """The numbers whose rows are of days far apart, or of several customers; each `within` by itself."""
        inside = pl.repeat("", len(self.number), eager=True) if within is None else within
        frame = pl.DataFrame({"number": self.number, "within": inside, "day": self.day, "who": self.who})
        groups = frame.drop_nulls("number").group_by("number", "within", maintain_order=True).agg(
            pl.col("day").min().alias("first"), pl.col("day").max().alias("last"),
            pl.col("who").drop_nulls().n_unique().alias("whos"))  # fmt: skip
        far = ((pl.col("last") - pl.col("first")).dt.total_days() > APART_DAYS).fill_null(False)
        return groups.with_columns(far.alias("far")).filter(pl.col("far") | (pl.col("whos") > 1))


def _when(example: dict[str, object]) -> str:
    first, last = example["first"], example["last"]
    if first is not None and first != last:
        return f" on days far apart, {first} and {last}" if example["far"] else " for other customers"
    return " for other customers"


def _cures(sample: Sample, seen: _Numbers, before: int) -> list[tuple[str, str]]:
    """What tells those orders apart, as label and as the expression before the number; the surest first."""
    years = seen.day.dt.year().cast(pl.String)
    told: list[tuple[str, str, pl.Series]] = [("the year", YEAR, years)] if not years.null_count() else []
    shops = [(column, named(column), seen.texts[column]) for column in _shops(sample, seen.texts)]
    told += shops
    if not years.null_count():
        told += [
            (f"the year and {column}", f"{YEAR} + '/' + {test}", years + "/" + values)
            for column, test, values in shops
        ]
    rated = [(seen.again(each).height, at, label, test) for at, (label, test, each) in enumerate(told)]
    cured = sorted(each for each in rated if each[0] <= CURED * before)
    return [(f"An order is {label} and its number", test) for _, _, label, test in cured[:2]]


def _shops(sample: Sample, columns: Mapping[str, pl.Series]) -> list[str]:
    """The columns of few values that no field of a person or a product uses."""
    part: Part = sample.part
    used = {
        column for name, column in part.columns.items() if name in NOT_A_SHOP or name in ("order", "number")
    }
    numeric = {part.columns.get(name) for name in ("quantity", "unit_price", "revenue", "cost", "unit_cost")}
    few = [column for column, texts in columns.items()
           if column not in used | numeric and 2 <= texts.n_unique() <= FEW and not texts.null_count()]  # fmt: skip
    return few[:SHOPS]
