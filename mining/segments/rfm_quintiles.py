"""RFM quintiles: the classic grid of recency, frequency and monetary value, with names a manager knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.fitted_purchases import search
from mining.lifetime.purchase_histories import DistinctHistories, TimeUnit
from mining.segments.buying_pace import Pace, pace
from mining.segments.customer_features import NO_PURCHASE, RFM, Customers, prepare
from mining.segments.customer_plane import Scatter, scatter
from mining.segments.feature_scale import scale
from mining.segments.segment_profile import profiles


@dataclass(frozen=True, slots=True)
class NamedSegment:
    """A segment of the grid: the recency scores and the frequency-and-monetary scores it covers."""

    name: str
    recency: tuple[int, ...]
    value: tuple[int, ...]
    advice: str


SEGMENTS = (
    NamedSegment("Champions", (5,), (4, 5), "Reward them; ask them to speak for you."),
    NamedSegment("Loyal", (3, 4), (4, 5), "Offer more of what they like; ask for their view."),
    NamedSegment("Potential loyalists", (4, 5), (2, 3), "Offer membership or a second category."),
    NamedSegment("New customers", (5,), (1,), "Welcome them and help with the first use."),
    NamedSegment("Promising", (4,), (1,), "Make the firm known; offer a trial."),
    NamedSegment("Need attention", (3,), (3,), "Make a limited offer based on what they bought."),
    NamedSegment("About to sleep", (3,), (1, 2), "Remind them with popular products."),
    NamedSegment("Cannot lose them", (1, 2), (5,), "Call them before somebody else does."),
    NamedSegment("At risk", (1, 2), (3, 4), "Write to them personally; win them back."),
    NamedSegment("Hibernating", (1, 2), (1, 2), "Contact them rarely and cheaply."),
)
SCORES = ("recency_score", "frequency_score", "monetary_score")
PLACE = ("recency_row", "value_column")
FEWEST_BUYERS = 25
HORIZON_DAYS = 365.0
GRID = {(r, v): each.name for each in SEGMENTS for r in each.recency for v in each.value}


@dataclass(frozen=True, slots=True, eq=False)
class RfmResult:
    """Every customer's scores and segment.

    `members`: customer, label, segment, recency_score, frequency_score, monetary_score (1 to 5, 5 best; null
    without purchase), recency_row and value_column (their place in the grid), the features of
    `mining.segments.customer_features.Customers`, and expected_revenue (within the `HORIZON_DAYS` after `as_of`;
    null where too few came back to tell). `profiles`: see `mining.segments.segment_profile`.
    """

    members: pl.DataFrame
    profiles: pl.DataFrame
    scatter: Scatter
    as_of: date


def rfm(frame: pl.DataFrame, as_of: date) -> RfmResult:
    """Score recency (days before `as_of`), purchase days and net revenue 1 to 5, by fifths of the buyers.

    Ties: equal values get equal scores. A value's place is the share of buyers who do worse plus half of
    those who do the same; its score is the fifth this place falls into. One purchase always has frequency 1.
    Hughes 1994 for the scores; the named grid is Putler's, over recency and the mean of frequency and monetary
    scores, rounded down. Its rows follow the firm's own pace: who has been silent for the usual time between
    purchases at most stands in row 3 or better, who for a long time in row 2 or worse. Customers without purchase
    get no scores and a segment of their own. Raises BadRequest as `mining.segments.customer_features.prepare`.
    """
    customers = prepare(frame, as_of)
    own = pace(customers.buyers)
    scored = customers.buyers.with_columns(
        recency_score=_score(-pl.col("recency_days")),
        frequency_score=pl.when(pl.col("purchase_days") > 1)
        .then(_score(pl.col("purchase_days")))
        .otherwise(1),
        monetary_score=_score(pl.col("revenue")),
    ).with_columns(
        recency_row=_row(own),
        value_column=(pl.col("frequency_score") + pl.col("monetary_score")) // 2,
    )
    members = _members(_expected(scored, own), customers)
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


def _row(own: Pace) -> pl.Expr:
    """The row of the grid: the recency score, unless the firm's own pace says that the silence is usual or long."""
    score, silence = pl.col("recency_score"), pl.col("recency_days")
    if own.usual_days is None or own.long_days is None:
        return score
    usual = pl.when(silence <= own.usual_days).then(score.clip(lower_bound=3))
    return usual.when(silence > own.long_days).then(score.clip(upper_bound=2)).otherwise(score)


def _expected(scored: pl.DataFrame, own: Pace) -> pl.DataFrame:
    """With the revenue to be expected: purchases by BG/NBD, each worth what the customer's were so far."""
    if own.usual_days is None:
        return scored.with_columns(expected_revenue=pl.lit(None, dtype=pl.Float64))
    age = scored["age_days"].to_numpy()
    silence = scored["recency_days"].to_numpy()
    rows, row_of = DistinctHistories.counted(
        scored["purchase_days"].to_numpy() - 1, age - silence, age, TimeUnit.DAYS
    )
    start = BgNbd.start(rows)
    model = start.with_logs(search(start, rows).logs)
    purchases = model.expected(HORIZON_DAYS, rows)[row_of]
    worth = pl.col("revenue").clip(lower_bound=0) / pl.col("purchase_days")
    return scored.with_columns(expected_revenue=pl.Series(purchases) * worth)


def _members(scored: pl.DataFrame, customers: Customers) -> pl.DataFrame:
    cells = [(*cell, name) for cell, name in GRID.items()]
    grid = pl.DataFrame(cells, schema=[*PLACE, "segment"], orient="row")
    named = scored.join(grid, on=PLACE, how="left")
    others = customers.others.with_columns(segment=pl.lit(NO_PURCHASE))
    both = pl.concat([named, others], how="diagonal").sort("customer")
    features = customers.buyers.columns[2:]
    return both.select("customer", "label", "segment", *SCORES, *PLACE, *features, "expected_revenue")
