"""The prices that persons named, made ready to be counted: what is left out and why, and one voice a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from data.errors import BadRequest
from mining.pricing.price_sample import PriceSample, price_sample

SLIP_TIMES = 10.0
FEW_PEOPLE = 10
TOP_TO_MEDIAN = 4.0
NO_PRICE, NOT_ABOVE_NOTHING, NO_PIECES = "no price named", "price of 0 or less", "0 pieces or fewer"
NOBODY, NOTHING_ASKED, SLIP = "customer not known", "no price asked", "suspected slip of the decimal point"
REASONS = (NO_PRICE, NOT_ABOVE_NOTHING, NO_PIECES, NOBODY, NOTHING_ASKED, SLIP)


class PriceUnit(StrEnum):
    """What prices are counted in: money, or the price that was asked, which many products have in common."""

    MONEY = "money"
    OF_ASKED = "asked"


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """How prices are read: in which unit, which share of what they would pay persons named (`shading`, 0 to 1; an
    assumption), and from how many times the price asked (else the median named for the product) on a price is taken
    for a slip (0: none is)."""

    unit: PriceUnit = PriceUnit.MONEY
    shading: float = 1.0
    slip_times: float = SLIP_TIMES


@dataclass(frozen=True, slots=True, eq=False)
class NamedPrices:
    """`highest` is one voice a person, at the highest price that each named of a product, asked back by the shading;
    `by_rows` has a voice a row, which overcounts who names many; `raises` is the highest of each as a share of their
    first.

    `kept` are the rows that count, as they came, with `worth` (in the unit, shading asked back); `left_out` has a
    row a reason with `rows` and `customers`; `slips` are the rows suspected. `again` persons named more than one
    price, one of them `most_rows`; `at_asked` persons named all that was asked of them, `unanswered` rows have no
    answer.
    """

    terms: PriceTerms
    highest: PriceSample
    by_rows: PriceSample
    raises: PriceSample
    kept: pl.DataFrame
    left_out: pl.DataFrame
    slips: pl.DataFrame
    products: int
    top_to_median: float
    again: int
    most_rows: int
    at_asked: int
    unanswered: int

    @property
    def people(self) -> int:
        return self.highest.people


def named_prices(offers: pl.DataFrame, terms: PriceTerms | None = None) -> NamedPrices:
    """From rows in order of time: `customer` and `product` (codes, 0 is not known), `price`, `asked`, `quantity` and
    `answer` (null where not told), and whatever else. Raises BadRequest where no row is left."""
    terms = terms or PriceTerms()
    marked = offers.with_columns(reason=_reason(terms))
    kept = marked.filter(pl.col("reason").is_null()).drop("reason")
    left_out = (
        marked.filter(pl.col("reason").is_not_null())
        .group_by("reason")
        .agg(rows=pl.len(), customers=pl.col("customer").filter(pl.col("customer") > 0).n_unique())
        .sort("rows", "reason", descending=[True, False])
    )
    if kept.is_empty():
        why = "; ".join(f"{each['reason']}: {each['rows']}" for each in left_out.iter_rows(named=True))
        raise BadRequest(
            f"No named price is left to count{f' ({why})' if why else ''}.",
            "Load price offers, or choose other products or another period.",
        )
    unit = pl.col("price") if terms.unit is PriceUnit.MONEY else pl.col("price") / pl.col("asked")
    kept = kept.with_columns(worth=unit / terms.shading)
    persons = kept.group_by("customer").len()["len"]
    best = _highest(kept, terms)
    return NamedPrices(
        terms,
        _sample(best, "worth"),
        price_sample(kept["worth"].to_numpy(), kept.with_row_index()["index"].to_numpy()),
        _sample(best, "raise"),
        kept,
        left_out,
        marked.filter(pl.col("reason") == SLIP).drop("reason"),
        kept["product"].n_unique(),
        _ratio(best["worth"]),
        int((persons > 1).sum()),
        int(persons.max() or 0),  # type: ignore[arg-type]
        best.filter("is_asked")["customer"].n_unique(),
        kept["answer"].null_count(),
    )


def _reason(terms: PriceTerms) -> pl.Expr:
    """Why a row is left out; null where it is not."""
    price, asked = pl.col("price"), pl.col("asked")
    usual = price.filter(price > 0).median().over("product")
    reference = pl.when(asked > 0).then(asked).otherwise(usual)
    reasons = [
        (NO_PRICE, price.is_null() | price.is_nan()),
        (NOT_ABOVE_NOTHING, price <= 0),
        (NO_PIECES, pl.col("quantity") <= 0),
        (NOBODY, pl.col("customer") <= 0),
    ]
    if terms.unit is PriceUnit.OF_ASKED:
        reasons.append((NOTHING_ASKED, asked.is_null() | (asked <= 0)))
    if terms.slip_times:
        reasons.append((SLIP, price > terms.slip_times * reference))
    return pl.coalesce(pl.when(met).then(pl.lit(reason)) for reason, met in reasons)


def _highest(kept: pl.DataFrame, terms: PriceTerms) -> pl.DataFrame:
    """A row a person (and product, where prices are shares of what was asked of each)."""
    by = ["customer"] if terms.unit is PriceUnit.MONEY else ["customer", "product"]
    return kept.group_by(by, maintain_order=True).agg(
        pl.col("worth").max(),
        (pl.col("worth").max() / pl.col("worth").first()).alias("raise"),
        is_asked=(pl.col("price") >= pl.col("asked")).fill_null(False).any(),
    )


def _sample(best: pl.DataFrame, column: str) -> PriceSample:
    return price_sample(best[column].to_numpy(), best["customer"].to_numpy())


def _ratio(worth: pl.Series) -> float:
    top, median = worth.max(), worth.median()
    return float(top) / float(median)  # type: ignore[arg-type]
