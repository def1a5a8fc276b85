"""Numbers of orders that begin again each year, each day, or in each shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.compared_figures import share
from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import fill, many, named, settle
from data.load.mappings.mapping import Part

APART_DAYS = 45
LEAST = 3
SHARE = 0.05
CURED = 0.1
FEW = 200
SHOPS = 30
YEAR, DAY = "substr(text(date), 1, 4)", "text(date)"
OFTEN, MOSTLY = 5, 0.5
NOT_A_SHOP = frozenset(["customer", "customer_name", "product", "product_name", "date", "line"])


def notices(sample: RowSample) -> Iterator[Notice]:
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
    shop: pl.Series
    line: pl.Series
    texts: Mapping[str, pl.Series]
    one_shop: bool = False  # whether what tells the shop says where an order was sold, all of it

    @classmethod
    def of(cls, sample: RowSample, name: str) -> _Numbers:
        """Those of whole orders, from all over the file where it is large."""
        channel = sample.part.columns.get("channel")
        one_shop = channel is not None and header_words.is_called(channel, "shop")
        if sample.orders is not None and name == "order":
            return replace(cls._made(sample.orders(False).get, "f_", {}), one_shop=one_shop)
        found = replace(cls._made(sample.field, "", sample.texts, name), one_shop=one_shop)
        shop = next(
            (column for column in _shops(sample, sample.texts) if header_words.is_called(column, "shop")),
            None,
        )
        if shop is None or one_shop:
            return found
        return replace(found, shop=sample.texts[shop], one_shop=True)

    @classmethod
    def _made(
        cls,
        get: Callable[[str], pl.Series | None],
        before: str,
        texts: Mapping[str, pl.Series],
        name: str = "order",
    ) -> _Numbers:
        number = get(f"{before}{name}")
        assert number is not None
        nothing = pl.repeat(None, len(number), dtype=pl.String, eager=True)
        day, who, shop, line = (get(f"{before}{each}") for each in ("date", "customer", "channel", "line"))
        days = day if day is not None and day.dtype == pl.Date else nothing.cast(pl.Date)
        people, shops, lines = (nothing if each is None else each for each in (who, shop, line))
        return cls(number, days, people, shops, lines, texts)

    def fully(self, sample: RowSample) -> _Numbers:
        """The same with all columns."""
        if self.texts or sample.orders is None:
            return self
        found = sample.orders(True)
        made = self._made(found.get, "f_", {name: found[name] for name in sample.texts})
        return replace(made, one_shop=self.one_shop)

    def again(self, within: pl.Series | None = None) -> pl.DataFrame:
        """The numbers whose rows are of days far apart, of several customers or, where customers are not known, of
        several shops; each `within` by itself."""
        inside = pl.repeat("", len(self.number), eager=True) if within is None else within
        frame = pl.DataFrame({"number": self.number, "within": inside, "day": self.day, "who": self.who,
                              "shop": self.shop, "line": self.line})  # fmt: skip
        groups = frame.drop_nulls("number").group_by("number", "within", maintain_order=True).agg(
            pl.col("day").min().alias("first"), pl.col("day").max().alias("last"),
            pl.col("day").drop_nulls().n_unique().alias("days"), pl.col("who").drop_nulls().n_unique().alias("whos"),
            pl.col("shop").drop_nulls().n_unique().alias("shops"),
            pl.col("line").drop_nulls().is_duplicated().any().alias("twice"))  # fmt: skip
        far = ((pl.col("last") - pl.col("first")).dt.total_days() > APART_DAYS).fill_null(False)
        groups = groups.with_columns(far.alias("far"))
        return groups.filter(pl.col("far") | (pl.col("whos") > 1) | self._elsewhere(groups))

    def _elsewhere(self, groups: pl.DataFrame) -> pl.Series:
        """Numbers of several shops, or of many days; only where no customer tells one order from another. What may
        be warehouses counts if days differ, too, or the same line is there twice."""
        if share(self.who.is_not_null()) > MOSTLY:
            return pl.repeat(False, groups.height, eager=True)
        shops = groups["shops"] > 1
        if not self.one_shop:
            shops &= (groups["days"] > 1) | groups["twice"]
        often = groups["days"] >= OFTEN
        return shops | often if share(often) > MOSTLY else shops


def _when(example: dict[str, object]) -> str:
    first, last = example["first"], example["last"]
    if example["far"]:
        return f" on days far apart, {first} and {last}"
    if example["whos"] != 0:
        return " for other customers"
    return " in other shops" if example["shops"] != 0 else " on other days"


def _cures(sample: RowSample, seen: _Numbers, before: int) -> list[tuple[str, str]]:
    """What tells those orders apart, as label and as the expression before the number; the surest first."""
    dated = not seen.day.null_count()
    years, days = seen.day.dt.year().cast(pl.String), seen.day.cast(pl.String)
    told: list[tuple[str, str, pl.Series]] = [("the year", YEAR, years)] if dated else []
    shops = [(column, named(column), seen.texts[column]) for column in _shops(sample, seen.texts)]
    ways = [[*told, *shops]]
    if dated:
        ways += [_within(shops, "the year", YEAR, years)]
        ways += [[("the day", DAY, days), *_within(shops, "the day", DAY, days)]]
    return next((found for each in ways if (found := _curing(seen, each, before))), [])[:2]


def _within(
    shops: list[tuple[str, str, pl.Series]], label: str, test: str, when: pl.Series
) -> list[tuple[str, str, pl.Series]]:
    return [
        (f"{label} and {column}", f"{test} + '/' + {shop}", when + "/" + values)
        for column, shop, values in shops
    ]


def _curing(seen: _Numbers, told: list[tuple[str, str, pl.Series]], before: int) -> list[tuple[str, str]]:
    rated = [(seen.again(each).height, at, label, test) for at, (label, test, each) in enumerate(told)]
    cured = sorted(each for each in rated if each[0] <= CURED * before)
    return [(f"An order is {label} and its number", test) for _, _, label, test in cured]


def _shops(sample: RowSample, columns: Mapping[str, pl.Series]) -> list[str]:
    """The columns of few values that no field of a person or a product uses."""
    part: Part = sample.part
    used = {
        column for name, column in part.columns.items() if name in NOT_A_SHOP or name in ("order", "number")
    }
    numeric = {part.columns.get(name) for name in ("quantity", "unit_price", "revenue", "cost", "unit_cost")}
    few = [column for column, texts in columns.items()
           if column not in used | numeric and 2 <= texts.n_unique() <= FEW and not texts.null_count()]  # fmt: skip
    shops = [
        column
        for column in few
        if not header_words.is_called(column, "line") or header_words.is_called(column, "shop")
    ]
    return sorted(
        [each for each in shops if not _counts(columns[each])], key=lambda each: not _is_shop(part, each)
    )[:SHOPS]


def _is_shop(part: Part, column: str) -> bool:
    return column == part.columns.get("channel") or header_words.is_called(column, "shop")


def _counts(texts: pl.Series) -> bool:
    """Whether a column counts 1, 2, 3 ..., each number no more often than the one before: lines, pieces."""
    numbers = texts.cast(pl.Int64, strict=False)
    if numbers.null_count() or numbers.min() != 1:
        return False
    counts = numbers.value_counts().sort("count", descending=True).to_series(0)
    return numbers.n_unique() > LEAST - 1 and bool((counts.sort() == counts).all())
