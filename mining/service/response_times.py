"""How long customers wait for the answer to an opening or a reopening, in the hours in which the firm answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from mining.retention.kaplan_meier import SurvivalCurve, kaplan_meier
from mining.service.business_hours import BusinessHours
from mining.service.case_spells import OPENED, REOPENED, CaseSpells

NINE_OF_TEN = 0.1


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """Of openings (or reopenings): how many were `answered` and `waiting` still, and in how long a half and nine of ten
    were, those counted that wait still; None where that many were not answered yet."""

    began_as: str
    answered: int
    waiting: int
    median: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """Response times in open seconds, or in open days where no answer tells its time of day (`in_days`); `untimed` are
    left out since they alone tell none. `dropped` were reopened before anybody answered."""

    kinds: tuple[ResponseTime, ...]
    in_days: bool
    untimed: int
    dropped: int


def response_times(spells: CaseSpells, hours: BusinessHours, last_day: date) -> ResponseTimes:
    """How soon openings and reopenings were answered, each for itself, up to the last day that is known of."""
    begun = spells.frame.filter(pl.col("day") <= last_day)
    waits = begun.filter(pl.col("answered_day").is_not_null() | pl.col("is_last"))
    told = pl.col("second").is_not_null() & (
        pl.col("answered_second").is_not_null() | pl.col("answered_day").is_null()
    )
    timed = waits.filter(told)
    answered = pl.col("answered_day").is_not_null()
    if spells.has_events:  # of a ticket alone no answer is ever told, and it would seem to wait
        timed = timed.filter("has_events")
    in_days = timed.filter(answered).is_empty() and not (timed.height and waits.filter(answered).is_empty())
    used = waits if in_days else timed
    took = _open_days(used, hours, last_day) if in_days else _open_seconds(used, hours, last_day)
    frame = used.with_columns(
        took=pl.Series(took, dtype=pl.Float64), ended=pl.col("answered_day").is_not_null()
    )
    kinds = tuple(
        _of_kind(kind, frame.filter(pl.col("began_as") == kind)) for kind in (OPENED, REOPENED)
    )  # fmt: skip
    return ResponseTimes(
        tuple(each for each in kinds if each.answered + each.waiting),
        in_days,
        waits.height - used.height,
        begun.height - waits.height,
    )


def _of_kind(kind: str, frame: pl.DataFrame) -> ResponseTime:
    if frame.is_empty():
        return ResponseTime(kind, 0, 0, None, None)
    curve = kaplan_meier(frame["took"].to_numpy(), frame["ended"].to_numpy())
    return ResponseTime(
        kind, curve.finished, curve.spells - curve.finished, curve.median, _reached(curve, NINE_OF_TEN)
    )


def _reached(curve: SurvivalCurve, left: float) -> float | None:
    """The first time after which no more than a share is left."""
    at = curve.frame.filter(pl.col("surviving") <= left + 1e-12)
    return float(at["time"][0]) if at.height else None


def _open_seconds(frame: pl.DataFrame, hours: BusinessHours, last_day: date) -> np.ndarray:
    ended = frame.with_columns(
        pl.col("answered_second").fill_null(0), pl.col("answered_day").fill_null(last_day + timedelta(1))
    )
    began = _days(ended["day"]), ended["second"].to_numpy()
    return hours.open_between(*began, _days(ended["answered_day"]), ended["answered_second"].to_numpy())


def _open_days(frame: pl.DataFrame, hours: BusinessHours, last_day: date) -> np.ndarray:
    return hours.days_between(_days(frame["day"]), _days(frame["answered_day"].fill_null(last_day)))


def _days(days: pl.Series) -> np.ndarray:
    return days.cast(pl.Int32).cast(pl.Int64).to_numpy()
