"""RFM quintiles: the classic grid of recency, frequency and monetary value, with names a manager knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from mining.features import NO_PURCHASE, RFM, Customers, prepare, scale
from mining.profile import profiles
from mining.scatter import Scatter, scatter


@dataclass(frozen=True, slots=True)
class Named:
    """A segment of the grid: the recency scores and the frequency-and-monetary scores it covers."""

    name: str
    recency: tuple[int, ...]
    value: tuple[int, ...]
    advice: str


SEGMENTS = (
    Named("Champions", (5,), (4, 5), "Reward them; ask them to speak for you."),
    Named("Loyal", (3, 4), (4, 5), "Offer more of what they like; ask for their view."),
    Named("Potential loyalists", (4, 5), (2, 3), "Offer membership or a second category."),
    Named("New customers", (5,), (1,), "Welcome them and help with the first use."),
    Named("Promising", (4,), (1,), "Make the firm known; offer a trial."),
    Named("Need attention", (3,), (3,), "Make a limited offer based on what they bought."),
    Named("About to sleep", (3,), (1, 2), "Remind them with popular products."),
    Named("Cannot lose them", (1, 2), (5,), "Call them before somebody else does."),
    Named("At risk", (1, 2), (3, 4), "Write to them personally; win them back."),
    Named("Hibernating", (1, 2), (1, 2), "Contact them rarely and cheaply."),
)
GRID = {(r, v): each.name for each in SEGMENTS for r in each.recency for v in each.value}


@dataclass(frozen=True, slots=True, eq=False)
class RfmResult:
    """Every customer's scores and segment.

    `members`: customer, label, segment, recency_score, frequency_score, monetary_score (1 to 5, 5 best; null
    without purchase), and the features of `mining.features.Customers`. `profiles`: see `mining.profile`.
    """

    members: pl.DataFrame
    profiles: pl.DataFrame
    scatter: Scatter
    as_of: date


def rfm(frame: pl.DataFrame, as_of: date) -> RfmResult:
    """Score recency (days before `as_of`), purchase days and net revenue 1 to 5, by fifths of the buyers.

    Ties: equal values get equal scores. A value's place is the share of buyers who do worse plus half of
    those who do the same; its score is the fifth this place falls into. Hughes 1994 for the scores; the named
    grid is Putler's, over recency and the mean of frequency and monetary scores, rounded down. Customers
    without purchase get no scores and a segment of their own. Raises BadRequest as
    `mining.features.prepare`.
    """
    customers = prepare(frame, as_of)
    scored = customers.buyers.with_columns(
        recency_score=_score(-pl.col("recency_days")),
        frequency_score=_score(pl.col("purchase_days")),
        monetary_score=_score(pl.col("revenue")),
    )
    members = _members(scored, customers)
    order = [each.name for each in SEGMENTS] + [NO_PURCHASE]
    return RfmResult(
        members,
        profiles(members, [name for name in order if name in set(members["segment"])]),
        scatter(members.filter(pl.col("recency_days").is_not_null()), scale(customers.buyers, RFM)),
        as_of,
    )


def segment_of(recency: int, frequency: int, monetary: int) -> str:
    """The one name for three scores from 1 to 5."""
    return GRID[recency, (frequency + monetary) // 2]


def _score(value: pl.Expr) -> pl.Expr:
    """The fifth, 1 to 5, of each value's mid-rank among all, 1 + floor(5 (2 worse + same) / 2n)."""
    worse = value.rank("min").cast(pl.Int64) - 1
    worse_or_same = value.rank("max").cast(pl.Int64)
    return 1 + 5 * (worse + worse_or_same) // (2 * pl.len().cast(pl.Int64))


def _members(scored: pl.DataFrame, customers: Customers) -> pl.DataFrame:
    value = (pl.col("frequency_score") + pl.col("monetary_score")) // 2
    cells = [(recency, each, name) for (recency, each), name in GRID.items()]
    grid = pl.DataFrame(cells, schema=["recency_score", "value", "segment"], orient="row")
    named = scored.with_columns(value=value).join(grid, on=["recency_score", "value"], how="left")
    others = customers.others.with_columns(segment=pl.lit(NO_PURCHASE))
    scores = ["recency_score", "frequency_score", "monetary_score"]
    both = pl.concat([named.drop("value"), others], how="diagonal").sort("customer")
    return both.select("customer", "label", "segment", *scores, *customers.buyers.columns[2:])
