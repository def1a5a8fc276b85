"""Sequences found: each with its support, how often it goes on, what chance gives, and how long it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from data.model.said import Said, said
from mining.patterns.exact_shares import Share
from mining.patterns.next_purchase import next_purchase
from mining.patterns.purchase_days import PurchaseDays
from mining.patterns.sequence_order import ALPHA, OrderTest, order_test
from mining.patterns.sequences import BUDGET, Steps, Timing, frequent_sequences

WITH, THEN = " + ", " → "
ELEMENTS = pl.List(pl.List(pl.String))


@dataclass(frozen=True, slots=True, eq=False)
class FoundSequences:
    """The sequences of two elements or more, and the question that they answer.

    `frame`: sequence (lists of items), customers (who have it), customers_before (who have all but the last element),
    support (of all customers), confidence (of those before), expected (customers, were the order chance),
    order_lift (customers / expected), p_value, adjusted_p (false discoveries controlled over all rows), and of those
    who had all but the last, the days by which a quarter, half and nine tenths of those came who came at all
    (early_days, half_days, late_days) and how many wait (waiting). The surest order first.
    """

    frame: pl.DataFrame
    steps: tuple[Steps, ...]
    customers: int
    single: int
    min_support: Share
    timing: Timing
    longest: int | None
    until: date

    def significant(self) -> pl.DataFrame:
        """Those that are more often than the order chance gives."""
        return self.frame.filter(pl.col("adjusted_p") <= ALPHA)


def mine_sequences(
    days: PurchaseDays,
    min_support: Share,
    timing: Timing,
    longest: int | None,
    until: date,
    seed: int = 0,
    done: Callable[[float], None] = lambda share: None,
    budget: int = BUDGET,
) -> FoundSequences:
    """Every sequence that reaches the support, tested before any is left out. Raises BadRequest, TooManySequences for
    more than `budget`."""
    found = frequent_sequences(days, min_support, timing, longest, budget)
    counted = dict(found)
    ordered = [steps for steps, _ in found if len(steps) > 1]
    counts = np.array([counted[steps] for steps in ordered], dtype=np.int64)
    test = order_test(days, ordered, counts, timing, seed, done=done)
    rows = [_row(days, steps, counted, timing, until) for steps in ordered]
    frame = _measured(pl.DataFrame(rows, schema=ROW, orient="row"), len(days), test)
    order = frame["place"].to_list()
    return FoundSequences(
        frame.drop("place"),
        tuple(ordered[at] for at in order),
        len(days),
        len(found) - len(ordered),
        min_support,
        timing,
        longest,
        until,
    )


ROW = pl.Schema(
    {
        "sequence": ELEMENTS,
        "customers": pl.Int64(),
        "customers_before": pl.Int64(),
        "early_days": pl.Float64(),
        "half_days": pl.Float64(),
        "late_days": pl.Float64(),
        "waiting": pl.Int64(),
    }
)


def _row(
    days: PurchaseDays, steps: Steps, counted: Mapping[Steps, int], timing: Timing, until: date
) -> tuple[Any, ...]:
    pace = next_purchase(days, steps, timing, until)
    names = [[days.items[item] for item in element] for element in steps]
    waiting = pace.curve.spells - pace.curve.finished
    return (names, counted[steps], counted[steps[:-1]], pace.early, pace.half, pace.late, waiting)


def _measured(rows: pl.DataFrame, customers: int, test: OrderTest) -> pl.DataFrame:
    tested = {"expected": test.expected, "p_value": test.p_value, "adjusted_p": test.adjusted}
    measured = rows.with_row_index("place").with_columns(
        *(pl.Series(name, values) for name, values in tested.items()),
        support=pl.col("customers") / customers,
        confidence=pl.col("customers") / pl.col("customers_before"),
    )
    lifted = measured.with_columns(
        order_lift=pl.when(pl.col("expected") > 0).then(pl.col("customers") / pl.col("expected"))
    )
    return lifted.sort("p_value", "customers", "place", descending=[False, True, False]).select(
        "place", "sequence", "customers", "customers_before", "support", "confidence", "expected", "order_lift",
        "p_value", "adjusted_p", "early_days", "half_days", "late_days", "waiting",
    )  # fmt: skip


def element_text(element: Iterable[str]) -> str:
    """An element as people read it."""
    return WITH.join(element)


def sequence_text(sequence: Iterable[Iterable[str]]) -> str:
    """A sequence as people read it."""
    return THEN.join(map(element_text, sequence))


def sequence_sentence(row: Mapping[str, Any]) -> Said:
    """A row of `FoundSequences.frame` in plain words."""
    *before, last = map(element_text, row["sequence"])
    told = said(
        "Of {:,} customers with {}, {:,} ({:.0%}) later bought {}",
        row["customers_before"], THEN.join(before), row["customers"], row["confidence"], last,
    )  # fmt: skip
    chance = said("; were the order chance, {:,.0f} would have.", row["expected"])
    half = row["half_days"]
    pace = said(" Half of those who came did so within {:,.0f} days.", half) if half is not None else said("")
    return Said((*told.parts, *chance.parts, *pace.parts))
