"""What came in and how it went: contacts by weekday and hour, waiting, handling, who hung up and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from mining.retention.wilson_interval import wilson

SECONDS, WEEK = 3_600, 7
MOST_OUTCOMES = 12


@dataclass(frozen=True, slots=True, eq=False)
class ContactLoad:
    """Of `contacts` in so many `days`, of so many `customers` known, `untimed` tell no time of day.

    `cells` has a row for each `weekday` (1 is Monday) and `hour` (null of what is untimed) with contacts: `contacts`,
    `a_day` (of such a weekday), `mean_wait` and `mean_handle` (seconds, null where not told), `abandoned` (0 to 1) and
    `answered` (0 to 1 of those whose waiting is told; see `answered_of`). `outcomes`: `outcome`, `contacts`, `share`,
    `low`, `high`.

    `told_waits` say how long they waited, of which the share `answered_of` was answered within the seconds asked for
    (`low` to `high`); `mean_wait`, `median_wait`, `mean_handle` in seconds, `abandoned` 0 to 1: None where not told.
    `patience` is the mean time after which callers would hang up, were they never answered.
    """

    contacts: int
    days: int
    customers: int
    untimed: int
    cells: pl.DataFrame
    outcomes: pl.DataFrame
    told_waits: int
    answered_of: float | None
    low: float
    high: float
    mean_wait: float | None
    median_wait: float | None
    mean_handle: float | None
    abandoned: float | None
    patience: float | None


def contact_load(contacts: pl.DataFrame, first_day: date, last_day: date, within: float) -> ContactLoad:
    """What came in from one day to another, a row each: `customer` (0 unknown), `day`, `second` of the day, `waited`
    and `handled` seconds, `outcome`, `abandoned` (boolean); all but `customer` and `day` null where not told."""
    seen = contacts.filter(pl.col("day").is_between(first_day, last_day)).with_columns(
        answered=_answered(within),
        waited=pl.col("waited").cast(pl.Float64),
        handled=_handled(),
    )
    waits = seen.filter(pl.col("waited").is_not_null())
    reached = int(waits["answered"].sum())
    low, high = wilson(np.array([reached], float), np.array([waits.height], float))
    outcome = seen["abandoned"].drop_nulls()
    return ContactLoad(
        seen.height,
        (last_day - first_day).days + 1,
        seen.filter(pl.col("customer") > 0)["customer"].n_unique(),
        seen["second"].null_count(),
        _cells(seen, first_day, last_day),
        _outcomes(seen),
        waits.height,
        reached / waits.height if waits.height else None,
        *((float(low[0]), float(high[0])) if waits.height else (0.0, 1.0)),
        _number(waits["waited"].mean()),
        _number(waits["waited"].median()),
        _number(seen["handled"].mean()),
        _number(outcome.mean()),
        _patience(waits),
    )


def _answered(within: float) -> pl.Expr:
    """Whether a contact was answered in time; null where its waiting is not told."""
    in_time = (pl.col("waited") <= within) & ~pl.col("abandoned").fill_null(False)
    return pl.when(pl.col("waited").is_not_null()).then(in_time)


def _handled() -> pl.Expr:
    """Seconds of contacts that were handled: one that hung up took nobody's time."""
    return pl.when(~pl.col("abandoned").fill_null(False)).then(pl.col("handled").cast(pl.Float64))


def _patience(waits: pl.DataFrame) -> float | None:
    """The mean of an exponential patience, of which answered callers show only that it was longer: all seconds waited
    over all who hung up (Mandelbaum & Zeltyn 2007, section 5; the maximum likelihood of censored times)."""
    left = int(waits["abandoned"].fill_null(False).sum())
    return float(waits["waited"].sum()) / left if left and waits["waited"].sum() > 0 else None


def _cells(seen: pl.DataFrame, first_day: date, last_day: date) -> pl.DataFrame:
    days = pl.DataFrame({"day": pl.date_range(first_day, last_day, eager=True)}).with_columns(
        weekday=pl.col("day").dt.weekday().cast(pl.Int64)
    )
    counted = seen.group_by(
        pl.col("day").dt.weekday().cast(pl.Int64).alias("weekday"),
        (pl.col("second") // SECONDS).cast(pl.Int64).alias("hour"),
    ).agg(
        contacts=pl.len().cast(pl.Int64),
        mean_wait=pl.col("waited").mean(),
        mean_handle=pl.col("handled").mean(),
        abandoned=pl.col("abandoned").mean(),
        answered=pl.col("answered").mean(),
    )  # fmt: skip
    of_weekday = days.group_by("weekday").agg(such=pl.len())
    return (
        counted.join(of_weekday, on="weekday")
        .with_columns(a_day=pl.col("contacts") / pl.col("such"))
        .drop("such")
        .sort("weekday", "hour", nulls_last=True)
    )


def _outcomes(seen: pl.DataFrame) -> pl.DataFrame:
    """The most frequent outcomes, and of all those that tell one their shares with interval."""
    told = seen.filter(pl.col("outcome").is_not_null())
    counted = told.group_by("outcome").agg(contacts=pl.len().cast(pl.Int64))
    most = counted.sort("contacts", "outcome", descending=[True, False]).head(MOST_OUTCOMES)
    low, high = wilson(most["contacts"].to_numpy().astype(float), np.full(most.height, float(told.height)))
    return most.with_columns(
        share=pl.col("contacts") / max(told.height, 1), low=pl.Series(low), high=pl.Series(high)
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
