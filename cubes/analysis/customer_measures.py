"""What segments are found by: one row a known customer, with whatever features were asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from cubes.analysis.slice_days import within_traffic
from cubes.ask import drill_across
from cubes.ask.answer import Answer
from cubes.catalogue.listed_measures import listed_measures
from cubes.query import MAIN_CUBE, Query
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile

Ask = Callable[[Query], Answer]
MEASURES = ("last_purchase", "purchase_days", "revenue", "categories", "return_rate")
TOLD = ("recency_days", *MEASURES[1:], "age_days")
MIXES: Mapping[str, tuple[str, ...]] = {
    "channel_mix": ("channel",),
    "category_mix": ("department", "category"),
}
MOST_MEMBERS = 8
NUMBERS = ("money", "count", "units", "percent", "days", "seconds", "points")


@dataclass(frozen=True, slots=True, eq=False)
class CustomerMeasures:
    """`frame`: customer (id), label, last_purchase, purchase_days, revenue, categories, return_rate, first_purchase,
    and each further feature as a column of numbers. `features` are the columns that those wanted stand in, `words`
    what columns beyond the usual are called."""

    frame: pl.DataFrame
    features: tuple[str, ...]
    words: Mapping[str, str]


def customer_measures(
    ask: Ask, profile: Profile, query: Query, first_purchases: pl.DataFrame, wanted: Sequence[str] = ()
) -> CustomerMeasures:
    """Customers of the slice with the features wanted: those of TOLD, a mix of MIXES (the share of the customer's
    revenue by each of the largest members of a level), or any measure by customer, of another cube as well.

    Raises BadRequest for a feature that there is not, or that is no number.
    """
    asked = replace(query, cuts=within_traffic(query.cuts, profile), rows=("customer",))
    more = [name for name in wanted if name not in TOLD and name not in MIXES]
    words = {name: _measure_words(name, profile) for name in more}
    known = _known(ask(replace(asked, measures=MEASURES)))
    frame = known.select(customer="customer.id", label="customer").hstack(known.select(MEASURES))
    frame = frame.join(first_purchases, on="customer", how="left")
    columns: dict[str, tuple[str, ...]] = {name: (name,) for name in wanted}
    for name in (each for each in more if each not in frame.columns):
        one = _known(ask(replace(asked, measures=(name,))))
        told = one.select(pl.col(name).cast(pl.Float64), customer="customer.id")
        frame = frame.join(told, on="customer", how="left", maintain_order="left")
    for name in (each for each in wanted if each in MIXES):
        shares, called = _mix(ask, profile, asked, name)
        frame = frame.join(shares, on="customer", how="left", maintain_order="left")
        columns[name], words = tuple(called), words | called
    return CustomerMeasures(frame, tuple(each for name in wanted for each in columns[name]), words)


def _measure_words(name: str, profile: Profile) -> str:
    try:
        measure = drill_across.measure_of(name, MAIN_CUBE, profile)
    except BadRequest as error:
        known = [each.written for each in listed_measures(profile)]
        raise BadRequest(
            f"There is no feature {name!r}.", did_you_mean(name, (*TOLD, *MIXES, *known))
        ) from error
    if measure.unit not in NUMBERS:
        raise BadRequest(
            f"{measure.label} is no number that customers could be told apart by.", "Choose another."
        )
    return measure.label[:1].lower() + measure.label[1:]


def _mix(ask: Ask, profile: Profile, query: Query, name: str) -> tuple[pl.DataFrame, dict[str, str]]:
    """Shares of what each customer was billed above 0, by the members that bring most; null where that is nothing."""
    level = next((each for each in MIXES[name] if profile.known.get(each, 0) > 1), "")
    if not level:
        told = " or ".join(MIXES[name])
        raise BadRequest(f"No {told} is told apart here, so nothing is mixed.", "Leave this feature out.")
    cells = _known(ask(replace(query, measures=("revenue",), rows=("customer", level))))
    sold = cells.select(
        customer="customer.id",
        member=f"{level}.id",
        label=level,
        revenue=pl.col("revenue").cast(pl.Float64).clip(0),
    )
    sold = sold.filter(pl.col("member") != UNKNOWN)
    largest = sold.group_by("member").agg(pl.col("revenue").sum(), pl.col("label").first())
    chosen = largest.sort("revenue", "member", descending=[True, False]).head(MOST_MEMBERS)
    every = sold.group_by("customer").agg(pl.col("revenue").sum().alias("all"))
    found, words = every, dict[str, str]()
    for member, label in chosen.select("member", "label").iter_rows():
        column = f"{level}={member}"
        own = (
            sold.filter(pl.col("member") == member)
            .group_by("customer")
            .agg(pl.col("revenue").sum().alias(column))
        )
        share = pl.when(pl.col("all") > 0).then(pl.col(column).fill_null(0.0) / pl.col("all"))
        found = found.join(own, on="customer", how="left").with_columns(share.alias(column))
        words[column] = f"share of {label}"
    return found.drop("all"), words


def _known(found: Answer) -> pl.DataFrame:
    return found.plain().filter(pl.col("customer.id") != UNKNOWN)
