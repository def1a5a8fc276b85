"""Movement between degrees of loyalty over two dates, and how much of it there is where nobody has changed.

Who moves has not always changed: a customer near a threshold crosses it by chance. So each customer's months before and
between both dates are drawn anew from all of the customer's own months (bootstrap under the null of no change), and the
cells of both dates are formed again: what then moves is chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from data.errors import BadRequest
from mining.loyalty.loyalty_cells import BARNACLES, BUTTERFLIES, STRANGERS, TRUE_FRIENDS, LoyaltyThresholds

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

RESAMPLES = 100
FEWEST = 30
ENDS = (0.025, 0.975)
MONTH_DAYS = 30.4375
PLACES = np.array([STRANGERS, BARNACLES, BUTTERFLIES, TRUE_FRIENDS])


@dataclass(frozen=True, slots=True, eq=False)
class CellMovement:
    """`flow` has before, after, members for each two cells that anybody went between. `moved` is the part of customers
    (0 to 1) in another cell at the end; `low` and `high` hold 95% of what moves where nobody has changed, `expected`
    is its mean. `newcomers` bought first within the time looked at, and are in none of it."""

    customers: int
    newcomers: int
    thresholds: LoyaltyThresholds
    flow: pl.DataFrame
    moved: float
    expected: float
    low: float
    high: float

    @property
    def beyond_chance(self) -> bool:
        return not self.low <= self.moved <= self.high


def cell_movement(frame: pl.DataFrame, span: int, seed: int = 0) -> CellMovement:
    """From the cells after `span` months to those after twice as many, both by profit over the months before.

    `frame` has one row a customer and month with a line: `customer`, `month` (0 to 2 x span - 1; anything below is
    before the time looked at), `profit` (money) and `purchases` (0 where the month has returns alone). Lines are those
    of the middle customer at the first date. Durations count in months of 30.4375 days. Raises BadRequest for fewer
    than 30 customers who bought before.
    """
    bought = frame.filter(pl.col("purchases") > 0)
    first = bought.group_by("customer").agg(first=pl.col("month").min()).sort("customer")
    known = first.filter(pl.col("first") < 0)
    if known.height < FEWEST:
        raise BadRequest(_too_few(known.height, span), "Look at fewer months, or load more of the past.")
    profit, buys = _months(frame, known, 2 * span)
    begin = known["first"].to_numpy()
    last = bought.filter(pl.col("month") < 0).group_by("customer").agg(pl.col("month").max())
    before = known.join(last, on="customer", maintain_order="left")["month"].to_numpy()
    lines = _lines(profit, buys, begin, before, span)
    start, end = _cells(profit, buys, begin, before, span, lines)
    moved = [
        _shuffled(profit, buys, begin, before, span, lines, np.random.default_rng(seed + at))
        for at in range(RESAMPLES)
    ]
    low, high = np.quantile(moved, ENDS).tolist()
    flow = (
        pl.DataFrame({"before": PLACES[start], "after": PLACES[end]})
        .group_by("before", "after")
        .agg(pl.len().cast(pl.Int64).alias("members"))
        .sort("members", "before", "after", descending=[True, False, False])
    )
    return CellMovement(
        known.height,
        first.height - known.height,
        lines,
        flow,
        float((start != end).mean()),
        float(np.mean(moved)),
        low,
        high,
    )


def _too_few(known: int, span: int) -> str:
    """Why nobody's movement is told."""
    before = f"bought before the {2 * span} months looked at"
    if not known:
        return f"Nobody {before}, as far as the data reach back: who moves cannot be told."
    only = "one customer" if known == 1 else f"{known} customers"
    return f"Only {only} {before}, and {FEWEST} are needed to tell who moves."


def _months(frame: pl.DataFrame, known: pl.DataFrame, months: int) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Profit, and whether anything was bought, of each known customer (rows) in each month (columns)."""
    at = known.select("customer").with_row_index("row")
    cells = frame.filter(pl.col("month").is_between(0, months - 1)).join(at, on="customer")
    rows, columns = cells["row"].to_numpy(), cells["month"].to_numpy()
    profit, buys = np.zeros((known.height, months)), np.zeros((known.height, months), bool)
    np.add.at(profit, (rows, columns), cells["profit"].cast(pl.Float64).to_numpy())
    np.logical_or.at(buys, (rows, columns), (cells["purchases"] > 0).to_numpy())
    return profit, buys


def _durations(buys: npt.NDArray[np.bool_], begin: Whole, before: Whole) -> Numbers:
    """Days from the first month with a purchase to the last of these, which is `before` them where none has any."""
    months = buys.shape[1]
    last = np.where(buys.any(axis=1), months - 1 - np.argmax(buys[:, ::-1], axis=1), before)
    found: Numbers = np.multiply(last - begin, MONTH_DAYS, dtype=np.float64)
    return found


def _lines(
    profit: Numbers, buys: npt.NDArray[np.bool_], begin: Whole, before: Whole, span: int
) -> LoyaltyThresholds:
    days = np.median(_durations(buys[:, :span], begin, before))
    return LoyaltyThresholds(float(days), float(np.median(profit[:, :span].sum(axis=1))))


def _cells(
    profit: Numbers,
    buys: npt.NDArray[np.bool_],
    begin: Whole,
    before: Whole,
    span: int,
    lines: LoyaltyThresholds,
) -> tuple[Whole, Whole]:
    """Each customer's place in PLACES at both dates."""
    places = []
    for part, until in ((slice(0, span), span), (slice(span, None), 2 * span)):
        long = _durations(buys[:, :until], begin, before) > lines.duration_days
        rich = profit[:, part].sum(axis=1) > lines.profit
        places.append(long.astype(np.int64) + 2 * rich)
    return places[0], places[1]


def _shuffled(
    profit: Numbers,
    buys: npt.NDArray[np.bool_],
    begin: Whole,
    before: Whole,
    span: int,
    lines: LoyaltyThresholds,
    random: np.random.Generator,
) -> float:
    """The part of customers who move where each one's months are drawn anew from all of the customer's own."""
    drawn = random.integers(0, profit.shape[1], profit.shape)
    rows = np.arange(len(profit))[:, None]
    start, end = _cells(profit[rows, drawn], buys[rows, drawn], begin, before, span, lines)
    return float((start != end).mean())
