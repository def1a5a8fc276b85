"""Segments in figures and plain words: what each is worth, how it differs from all, and what to call it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from mining.segments.buying_pace import pace

LEVELLED = ("recency_days", "purchase_days", "revenue", "categories")
FIGURES = (*(f"median_{name}" for name in LEVELLED), "mean_return_rate")
RETURNS_MUCH = 1.5
OFTEN = 3

RECENCY = {-1: "bought recently", 0: "bought some time ago", 1: "bought long ago", None: "last bought"}
FREQUENCY = {-1: "buy rarely", 0: "buy now and then", 1: "buy often", None: "bought"}
BREADTH: Mapping[int | None, str] = {-1: "narrow", 1: "broad"}
HOW_OFTEN: Mapping[int | None, str] = {-1: "occasional", 1: "frequent"}
SPENDERS: Mapping[int | None, str] = {-1: "small spenders", 1: "big spenders"}

Levels = Mapping[str, int | None]


def profiles(members: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """One row a segment, in this order, from members with `segment` and the features of `Customers`.

    Columns: segment, customers, share_customers, revenue, share_revenue (0 to 1; null when all revenue
    together is not positive), median_recency_days, median_purchase_days, median_revenue, median_categories,
    mean_return_rate, share_once (bought on one day; both 0 to 1); the first five again as index_recency_days and
    so on (100 is the figure of all buyers; null where that is not positive); in words behaviour, and sentence, which
    puts the size before it.
    """
    total = float(members["revenue"].sum())
    figures = members.group_by("segment").agg(
        pl.len().cast(pl.Int64).alias("customers"),
        (pl.len() / len(members)).alias("share_customers"),
        pl.col("revenue").sum(),
        (pl.col("revenue").sum() / _positive(total)).alias("share_revenue"),
        *_figures(),
    )
    place = {name: at for at, name in enumerate(order)}
    ordered = figures.sort(pl.col("segment").replace_strict(place, return_dtype=pl.Int64))
    buyers = _buyers(members)
    whole = buyers.select(_figures()).row(0, named=True)
    levels = _levels_among(buyers)
    behaviours = [_behaviour(row, levels(row)) for row in ordered.iter_rows(named=True)]
    sizes = [_size(row) for row in ordered.iter_rows(named=True)]
    indexes = [_index(name, whole[name]) for name in FIGURES]
    words = {"size": pl.Series(sizes, dtype=pl.String), "behaviour": pl.Series(behaviours, dtype=pl.String)}
    whole_words = pl.format("{}: {}", "size", "behaviour").alias("sentence")
    return ordered.with_columns(*indexes, **words).with_columns(whole_words).drop("size")


def names(numbered: pl.DataFrame, phrases: Mapping[int, str] | None = None) -> pl.DataFrame:
    """A short name for each segment number of buyers, as number and segment; no two are the same.

    Two that would be called alike are told apart by recency, breadth, returns, then by the phrase of their number, and
    at last by a numeral.
    """
    figures = numbered.group_by("number").agg(_figures()).sort("number")
    levels = _levels_among(numbered)
    many = RETURNS_MUCH * numbered.select(pl.col("return_rate").mean()).item()
    rows = [(levels(row), row["mean_return_rate"] > many) for row in figures.iter_rows(named=True)]
    own = [(phrases or {}).get(number, "") for number in figures["number"]]
    extras = [(*_extras(*row), phrase) for row, phrase in zip(rows, own, strict=True)]
    told = _told_apart([_short(*row) for row in rows], extras)
    return figures.select("number", segment=pl.Series(told, dtype=pl.String))


def phrase_names(numbers: Iterable[int], phrases: Mapping[int, str]) -> pl.DataFrame:
    """As `names`, of segments that our usual features do not make: what is high or low in each."""
    every = list(numbers)
    short = [phrases.get(number, "typical customers").capitalize() for number in every]
    told = _told_apart(short, [() for _ in every])
    return pl.DataFrame({"number": every, "segment": told}, schema={"number": pl.Int64, "segment": pl.String})


def _buyers(members: pl.DataFrame) -> pl.DataFrame:
    return members.filter(pl.col("recency_days").is_not_null())


def _figures() -> list[pl.Expr]:
    medians = [pl.col(name).median().alias(f"median_{name}") for name in LEVELLED]
    once = (pl.col("purchase_days") == 1).mean().alias("share_once")
    return [*medians, pl.col("return_rate").mean().alias("mean_return_rate"), once]


def _index(name: str, whole: float | None) -> pl.Expr:
    index = f"index_{name.split('_', 1)[1]}"
    return (100 * pl.col(name) / _positive(whole)).alias(index)


def _positive(base: float | None) -> pl.Expr:
    return pl.lit(base if base is not None and base > 0 else None, dtype=pl.Float64)


def _levels_among(buyers: pl.DataFrame) -> Callable[[Mapping[str, Any]], Levels]:
    """How a segment's medians stand among all buyers: -1 in the lowest third, 1 in the highest, else 0; None where
    that says nothing (two purchases are not often). Recency goes by the firm's own pace, where the members tell it."""
    thirds = {name: [buyers[name].quantile(part / 3, "linear") for part in (1, 2)] for name in LEVELLED}
    own = pace(buyers) if "interval_days" in buyers.columns else None

    def levels(row: Mapping[str, Any]) -> Levels:
        found = {name: _level(row[f"median_{name}"], *thirds[name]) for name in LEVELLED}
        if found["purchase_days"] == 1 and row["median_purchase_days"] < OFTEN:
            found["purchase_days"] = None
        return found | ({"recency_days": own.level(row["median_recency_days"])} if own else {})

    return levels


def _level(value: float | None, low: float | None, high: float | None) -> int | None:
    if value is None or low is None or high is None or value == low == high:
        return None
    return (value >= high) - (value <= low)


def _size(row: Mapping[str, Any]) -> str:
    size = f"{_counted(row['customers'], 'customer')} ({_percent(row['share_customers'])})"
    revenue = "" if row["share_revenue"] is None else f", {_percent(row['share_revenue'])} of revenue"
    return f"{size}{revenue}"


def _behaviour(row: Mapping[str, Any], levels: Levels) -> str:
    if row["median_recency_days"] is None:
        return "never bought"
    ago = _counted(row["median_recency_days"], "day")
    categories = _counted(row["median_categories"], "category", "categories")
    breadth = BREADTH.get(levels["categories"], "")
    return f"{_often(row, levels)}, {RECENCY[levels['recency_days']]} (median {ago} ago)" + (
        f", {breadth} ({categories})" if breadth else ""
    )


def _often(row: Mapping[str, Any], levels: Levels) -> str:
    if row["median_purchase_days"] == 1:
        return "bought once" if row["share_once"] == 1 else "mostly bought once"
    days = _counted(row["median_purchase_days"], "purchase day")
    return f"{FREQUENCY[levels['purchase_days']]} (median {days})"


def _counted(number: float, one: str, many: str = "") -> str:
    shown = f"{number:,.1f}".removesuffix(".0")
    return f"{shown} {one if number == 1 else many or one + 's'}"


def _percent(share: float) -> str:
    return "under 1%" if 0 < share < 0.005 else f"{share:.0%}".replace("-0%", "0%")


def _short(levels: Levels, returns_much: bool) -> str:
    when = "lapsed" if levels["recency_days"] == 1 else ""
    often, spend = HOW_OFTEN.get(levels["purchase_days"], ""), SPENDERS.get(levels["revenue"], "")
    words = [word for word in (when, often, spend) if word] or [
        "much-returning" if returns_much else "typical"
    ]
    return " ".join([*words, *([] if spend else ["customers"])]).capitalize()


def _extras(levels: Levels, returns_much: bool) -> tuple[str, ...]:
    recent = "recent" if levels["recency_days"] == -1 else ""
    choice = BREADTH.get(levels["categories"], "")
    return recent, f"{choice} choice" if choice else "", "many returns" if returns_much else ""


def _told_apart(short: Sequence[str], extras: Sequence[tuple[str, ...]]) -> list[str]:
    """Each short name, with those extras in which its namesakes differ, and a numeral where none does."""
    chosen = list(short)
    for each in zip(*extras, strict=True):
        kinds: dict[str, set[str]] = {}
        for name, extra in zip(chosen, each, strict=True):
            kinds.setdefault(name, set()).add(extra)
        chosen = [
            f"{name}, {extra}" if extra and len(kinds[name]) > 1 else name
            for name, extra in zip(chosen, each, strict=True)
        ]
    repeats = Counter(chosen)
    seen: Counter[str] = Counter()
    for at, name in enumerate(chosen):
        seen[name] += 1
        chosen[at] = f"{name} {seen[name]}" if repeats[name] > 1 else name
    return chosen
