"""Purchase histories: how often each customer came back, when last, and for how long known; what lifetime models read.

Fader & Hardie's (x, t_x, T): `repeats` counts the days of purchase after the first, recency runs from the first
purchase to the last (so it is not the recency of RFM), age from the first purchase to the day of observation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from data.errors import BadRequest, did_you_mean

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

COLUMNS = ("customer", "repeats", "first_day", "last_day")
MONEY = ("repeat_spend", "margin_share")
SMALL = 4_096


class TimeUnit(Enum):
    """What time is counted in; its value is its length in days."""

    DAYS = 1
    WEEKS = 7

    def of(self, days: npt.ArrayLike) -> Numbers:
        """So many days, in this unit."""
        return np.asarray(days, dtype=np.float64) / self.value

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, eq=False)
class KnownFor:
    """The different pairs of repeats and age: what the future of a living customer hangs on."""

    repeats: Counts
    age_days: Counts
    unit: TimeUnit

    @property
    def age(self) -> Numbers:
        return self.unit.of(self.age_days)

    def take(self, chosen: Counts) -> KnownFor:
        """Some of the pairs."""
        return KnownFor(self.repeats[chosen], self.age_days[chosen], self.unit)

    def __len__(self) -> int:
        return len(self.repeats)


@dataclass(frozen=True, eq=False)
class DistinctHistories:
    """Different (x, t_x, T), one row each: whole numbers of repeats and days; `weights` customers have that history."""

    repeats: Counts
    recency_days: Counts
    age_days: Counts
    weights: Counts
    unit: TimeUnit

    @classmethod
    def counted(
        cls, repeats: Counts, recency_days: Counts, age_days: Counts, unit: TimeUnit
    ) -> tuple[Self, Counts]:
        """The different histories of customers, and for each customer the row that is its own."""
        base = int(age_days.max()) + 1
        codes, row_of, weights = _counted((repeats * base + recency_days) * base + age_days)
        return cls(codes // base**2, codes // base % base, codes % base, weights, unit), row_of

    @property
    def recency(self) -> Numbers:
        return self.unit.of(self.recency_days)

    @property
    def age(self) -> Numbers:
        return self.unit.of(self.age_days)

    @cached_property
    def pairs(self) -> KnownFor:
        return KnownFor(self._pairs[0] // self._days, self._pairs[0] % self._days, self.unit)

    @property
    def pair_of(self) -> Counts:
        """The row of `pairs` for each row."""
        return self._pairs[1]

    @property
    def columns(self) -> tuple[Counts, Counts, Counts, Counts]:
        """x, t_x, T and the weights."""
        return self.repeats, self.recency_days, self.age_days, self.weights

    def parts(self, size: int) -> Iterator[slice]:
        """All rows in runs of at most so many, for work that fits the processor's cache."""
        return (slice(at, at + size) for at in range(0, len(self), size))

    def take(self, chosen: slice | Counts) -> DistinctHistories:
        """Some of the rows."""
        x, t_x, age, weights = (column[chosen] for column in self.columns)
        return DistinctHistories(x, t_x, age, weights, self.unit)

    def __len__(self) -> int:
        return len(self.weights)

    @cached_property
    def by_count(self) -> Numbers:
        """How many customers came back so often."""
        return np.bincount(self.repeats, weights=self.weights).astype(np.float64)

    @cached_property
    def by_age(self) -> tuple[Numbers, Numbers]:
        """How many customers are known for so many days, and how often they came back in all."""
        repeats = self.weights * self.repeats
        found = (np.bincount(self.age_days, weights=each) for each in (self.weights, repeats))
        people, purchases = (each.astype(np.float64) for each in found)
        return people, purchases

    @property
    def _days(self) -> int:
        return int(self.age_days.max()) + 1

    @cached_property
    def _pairs(self) -> tuple[Counts, Counts]:
        codes, pair_of, _ = _counted(self.repeats * self._days + self.age_days)
        return codes, pair_of


@dataclass(frozen=True, eq=False)
class PurchaseHistories:
    """Checked histories, one row a customer, in the order given.

    `frame`: customer, repeats, recency_days and age_days (whole days), and where known repeat_spend (mean money of a
    repeat purchase day; null without one) and margin_share (of that money; at most 1). `until` is the last day seen.
    """

    frame: pl.DataFrame
    unit: TimeUnit
    until: date

    def __len__(self) -> int:
        return self.frame.height

    @property
    def repeat_buyers(self) -> int:
        return int((self.frame["repeats"] > 0).sum())

    @property
    def repeats(self) -> Counts:
        return self._days("repeats")

    @property
    def recency(self) -> Numbers:
        """t_x of each customer, in `unit`."""
        return self.unit.of(self._days("recency_days"))

    @property
    def age(self) -> Numbers:
        """T of each customer, in `unit`."""
        return self.unit.of(self._days("age_days"))

    @property
    def distinct(self) -> DistinctHistories:
        """The different histories and how many customers have each."""
        return self._distinct[0]

    @property
    def row_of(self) -> Counts:
        """The row of `distinct` for each customer."""
        return self._distinct[1]

    @cached_property
    def _distinct(self) -> tuple[DistinctHistories, Counts]:
        repeats, recency, age = (self._days(name) for name in ("repeats", "recency_days", "age_days"))
        return DistinctHistories.counted(repeats, recency, age, self.unit)

    def _days(self, name: str) -> Counts:
        return self.frame[name].to_numpy()


def histories(frame: pl.DataFrame, unit: TimeUnit, until: date) -> PurchaseHistories:
    """Check one row a customer, as seen at the end of the day `until`.

    The frame has `COLUMNS`: `repeats` are distinct days of purchase after the first (several purchases of a day are
    one); it may have `MONEY`. A firm that counts in weeks gives days too: whole weeks would bias the models.
    Raises BadRequest for missing columns or values, no customers, a customer twice, purchases after `until`, counts
    that the dates contradict, and money that cannot be.
    """
    for name in COLUMNS:
        if name not in frame.columns:
            raise BadRequest(
                f"The purchase histories have no column {name!r}.", did_you_mean(name, frame.columns)
            )
    if frame.is_empty():
        raise BadRequest("There are no customers with a purchase.", "Widen the filter or the period.")
    money = [pl.col(name).cast(pl.Float64) for name in MONEY if name in frame.columns]
    seen = frame.select(
        "customer", pl.col("repeats").cast(pl.Int64), pl.col("first_day", "last_day").cast(pl.Date), *money
    )
    for problem, remedy in _faults(seen, until):
        raise BadRequest(problem, remedy)
    return PurchaseHistories(_measured(seen, until), unit, until)


def _measured(seen: pl.DataFrame, until: date) -> pl.DataFrame:
    """Dates as whole days from the first purchase; no repeat spend where nobody came back."""
    first = pl.col("first_day")
    known = [name for name in MONEY if name in seen.columns]
    measured = seen.select(
        "customer",
        "repeats",
        (pl.col("last_day") - first).dt.total_days().alias("recency_days"),
        (pl.lit(until) - first).dt.total_days().alias("age_days"),
        *known,
    )
    if "repeat_spend" not in known:
        return measured
    return measured.with_columns(pl.when(pl.col("repeats") > 0).then(pl.col("repeat_spend")))


def _faults(seen: pl.DataFrame, until: date) -> Iterator[tuple[str, str]]:
    """What no history can be, in words, with how many customers it concerns."""
    if seen["customer"].n_unique() < seen.height:
        yield "Some customers stand in more than one row.", "Give one row a customer."
    repeats, first, last = pl.col("repeats"), pl.col("first_day"), pl.col("last_day")
    lasted = (last - first).dt.total_days()
    faults = [
        (pl.any_horizontal(pl.col(*COLUMNS).is_null()), "lack a date or a count", "Leave them out."),
        (last > until, f"bought after {until}", "Observe until their last purchase, or later."),
        (lasted < 0, "bought last before they bought first", "Mend their dates."),
        (repeats < 0, "came back fewer than 0 times", "Mend their counts."),
        (repeats > lasted, "came back on more days than there were", "Count the days of purchase, not purchases."),
        ((repeats == 0) & (lasted > 0), "never came back, yet bought later", "Mend their counts or dates."),
    ]  # fmt: skip
    if "repeat_spend" in seen.columns:
        spend = pl.col("repeat_spend")
        faults.append(
            (
                ~(spend.is_finite() & (spend >= 0)),
                "spent less than 0, or no number",
                "Take returns off before averaging.",
            )
        )
    if "margin_share" in seen.columns:
        share = pl.col("margin_share")
        faults.append(
            (~(share.is_finite() & (share <= 1)), "leave over 100%, or no number", "Give shares up to 1.")
        )
    for wrong, words, remedy in faults:
        if count := seen.filter(wrong).height:
            yield f"{count:,} of {seen.height:,} customers {words}.", remedy


def _counted(codes: Counts) -> tuple[Counts, Counts, Counts]:
    """The different codes, for each entry which it is, and how often each stands: np.unique, three times as fast.

    Small codes (who never came back: most customers) are counted, the others sorted with their places in the lowest
    bits, which needs no sort of places.
    """
    small = codes < SMALL
    few, many = np.flatnonzero(small), np.flatnonzero(~small)
    counts = np.bincount(codes[few], minlength=1)
    present = np.flatnonzero(counts)
    others, other_of, other_counts = _sorted(codes[many])
    row_of = np.empty(len(codes), dtype=np.int64)
    row_of[few] = (np.cumsum(counts > 0) - 1)[codes[few]]
    row_of[many] = other_of + len(present)
    return np.concatenate([present, others]), row_of, np.concatenate([counts[present], other_counts])


def _sorted(codes: Counts) -> tuple[Counts, Counts, Counts]:
    bits = len(codes).bit_length()
    if not len(codes) or int(codes.max()).bit_length() + bits > 62:
        return np.unique(codes, return_inverse=True, return_counts=True)
    keys = np.sort(codes << bits | np.arange(len(codes)))
    codes = keys >> bits
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    counts = np.diff(starts, append=len(codes))
    row_of = np.empty(len(codes), dtype=np.int64)
    row_of[keys & ((1 << bits) - 1)] = np.repeat(np.arange(len(starts)), counts)
    return codes[starts], row_of, counts
