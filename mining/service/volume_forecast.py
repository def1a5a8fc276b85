"""Contacts forecast by day and by hour of the week, with a band, judged on weeks that the model had not seen.

The last twelve weeks are forecast four at a time from what was known before, and held against what came and against the
same days of the year before. The band is that of a negative binomial whose spread beyond chance is what forecasts
before those weeks had missed by; how many of the held-out days lay in it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from scipy.stats import nbinom

from data.errors import BadRequest
from mining.service.contact_counts import HOURS, WEEK, ContactCounts, Numbers, contact_counts
from mining.service.volume_model import FEWEST_WEEKS, fit_volumes

AHEAD = 28
HELD_OUT, BEFORE = (
    3,
    10,
)  # forecasts of four weeks that are judged, and of which the spread of those is learnt
YEAR_BEFORE = 52 * WEEK
LOW, HIGH = 0.05, 0.95
TOLD = 0.9  # of days that lie in the band
LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class ForecastAccuracy:
    """How near forecasts of held-out days (or hours) came: `wape` is all misses over all contacts, `mase` the mean miss
    over that of taking the same day a year before (a week before, where no year is known) in the days before; the
    `_before` ones are those of taking the year before in place of the model, None where it is not known. `covered` is
    the share that lay within the band, of `points`."""

    grain: str
    points: int
    wape: float
    wape_before: float | None
    mase: float | None
    mase_before: float | None
    covered: float


@dataclass(frozen=True, slots=True, eq=False)
class VolumeForecast:
    """`days` ahead (`day`, `expected`, `low`, `high`), `held` the days that were judged (the same, `contacts`, and
    `before`: those of the year before), `hours` of the week ahead (`weekday` 1 to 7, `hour`, and of an hour's contacts
    `expected`, `low`, `high`; empty where no time of day is told), `accuracy` by day and hour. `has_season` says that
    a season of the year was found."""

    days: pl.DataFrame
    held: pl.DataFrame
    hours: pl.DataFrame
    accuracy: tuple[ForecastAccuracy, ...]
    has_season: bool
    weeks: int


def volume_forecast(frame: pl.DataFrame, last_day: date) -> VolumeForecast:
    """The forecast of four weeks after the last day, from counts by `day`, `hour` and `contacts`.

    Errors: BadRequest for fewer than twelve weeks: four to forecast from eight.
    """
    counts = contact_counts(frame, last_day)
    known = len(counts.days)
    if known < FEWEST_WEEKS * WEEK + AHEAD:
        weeks = f"{known} days are known" if known > 1 else "One day is known"
        raise BadRequest(
            f"{weeks}: too few to forecast from.", f"{FEWEST_WEEKS + AHEAD // WEEK} weeks are needed."
        )
    tried = _tried(counts)
    model = fit_volumes(counts)
    spread = _spread([each.days for each in tried])
    expected = model.expected(AHEAD)
    return VolumeForecast(
        _banded(pl.DataFrame({"day": [counts.day_of(known + at) for at in range(AHEAD)]}), expected, spread),
        _held(counts, tried),
        _hours(counts, model.expected_hours(AHEAD), _spread([each.hours for each in tried])),
        tuple(_accuracies(counts, tried)),
        len(model.season) > 0,
        known // WEEK,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """A forecast of four weeks from what was known at `at`: what came and what was expected, by day and by hour."""

    at: int
    days: tuple[Numbers, Numbers]
    hours: tuple[Numbers, Numbers]


def _tried(counts: ContactCounts) -> list[_Trial]:
    """Forecasts of times that are known, the earliest first."""
    known = len(counts.days)
    origins = [known - AHEAD * back for back in range(1, HELD_OUT + BEFORE + 1)]
    return [_trial(counts, at) for at in reversed(origins) if at >= FEWEST_WEEKS * WEEK]


def _trial(counts: ContactCounts, at: int) -> _Trial:
    model = fit_volumes(counts.until(at))
    came = slice(at, at + AHEAD)
    return _Trial(
        at, (counts.days[came], model.expected(AHEAD)), (counts.hours[came], model.expected_hours(AHEAD))
    )  # fmt: skip


def _judged(tried: list[_Trial]) -> tuple[list[_Trial], list[_Trial]]:
    """Those of which the spread is learnt, and those that are judged; of too few the same for both."""
    earlier, judged = tried[:-HELD_OUT], tried[-HELD_OUT:]
    return earlier or judged, judged


def _spread(pairs: list[tuple[Numbers, Numbers]]) -> float:
    """The variance beyond chance as a share of the expected, squared: of counts m + spread m^2 (method of moments)."""
    came, expected = (np.concatenate([each[at].ravel() for each in pairs]) for at in (0, 1))
    beyond = float(((came - expected) ** 2 - expected).sum())
    return max(beyond / max(float((expected**2).sum()), 1e-9), LEAST_SPREAD)


def _band(expected: Numbers, spread: float) -> tuple[Numbers, Numbers]:
    sure = np.maximum(expected, 1e-9)
    size, chance = 1 / spread, 1 / (1 + spread * sure)
    return nbinom.ppf(LOW, size, chance), nbinom.ppf(HIGH, size, chance)


def _banded(frame: pl.DataFrame, expected: Numbers, spread: float) -> pl.DataFrame:
    low, high = _band(expected, spread)
    return frame.with_columns(
        expected=pl.Series(expected), low=pl.Series(low, dtype=pl.Float64), high=pl.Series(high, dtype=pl.Float64)
    )  # fmt: skip


def _held(counts: ContactCounts, tried: list[_Trial]) -> pl.DataFrame:
    earlier, judged = _judged(tried)
    at = np.concatenate([np.arange(each.at, each.at + AHEAD) for each in judged])
    frame = pl.DataFrame({
        "day": [counts.day_of(int(each)) for each in at],
        "contacts": counts.days[at],
        "before": [float(counts.days[each - YEAR_BEFORE]) if each >= YEAR_BEFORE else None for each in at],
    }, schema_overrides={"before": pl.Float64})  # fmt: skip
    spread = _spread([each.days for each in earlier])
    return _banded(frame, np.concatenate([each.days[1] for each in judged]), spread)


def _hours(counts: ContactCounts, expected: Numbers, spread: float) -> pl.DataFrame:
    """The mean hour of the four weeks ahead, of each weekday."""
    if not counts.has_hours:
        return pl.DataFrame(schema={"weekday": pl.Int64, "hour": pl.Int64, "expected": pl.Float64, "low": pl.Float64,
                                    "high": pl.Float64})  # fmt: skip
    weekdays = (np.arange(AHEAD) + len(counts.days) + counts.first.weekday()) % WEEK
    mean = np.array([expected[weekdays == each].mean(0) for each in range(WEEK)])
    frame = pl.DataFrame({
        "weekday": np.repeat(np.arange(1, WEEK + 1), HOURS), "hour": np.tile(np.arange(HOURS), WEEK)
    })  # fmt: skip
    return _banded(frame, mean.ravel(), spread)


def _accuracies(counts: ContactCounts, tried: list[_Trial]) -> list[ForecastAccuracy]:
    earlier, judged = _judged(tried)
    found = [
        _accuracy("day", counts.days[:, None], [(e.at, *e.days) for e in judged], [e.days for e in earlier])
    ]
    if counts.has_hours:
        found.append(
            _accuracy("hour", counts.hours, [(e.at, *e.hours) for e in judged], [e.hours for e in earlier])
        )  # fmt: skip
    return found


def _accuracy(
    grain: str, series: Numbers, judged: list[tuple[int, Numbers, Numbers]], earlier: list[tuple[Numbers, Numbers]]
) -> ForecastAccuracy:  # fmt: skip
    begin = judged[0][0]
    came, expected = (np.concatenate([pair[at].ravel() for _, *pair in judged]) for at in (0, 1))
    low, high = _band(expected, _spread(earlier))
    missed, whole = np.abs(came - expected), max(float(came.sum()), 1e-9)
    usual = _usual_miss(series[:begin])
    before = None
    if begin >= YEAR_BEFORE:
        before = np.abs(
            came - series[begin - YEAR_BEFORE : begin - YEAR_BEFORE + len(judged) * AHEAD].ravel()
        )
    return ForecastAccuracy(
        grain,
        len(came),
        float(missed.sum()) / whole,
        None if before is None else float(before.sum()) / whole,
        float(missed.mean()) / usual if usual else None,
        None if before is None or not usual else float(before.mean()) / usual,
        float(((low <= came) & (came <= high)).mean()),
    )


def _usual_miss(series: Numbers) -> float:
    """The mean miss of taking the same time a year before, or a week before where less than a year and a week is known
    (Hyndman & Koehler, "Another look at measures of forecast accuracy", 2006)."""
    lag = YEAR_BEFORE if len(series) >= YEAR_BEFORE + WEEK else WEEK
    return float(np.abs(series[lag:] - series[:-lag]).mean()) if len(series) > lag else 0.0
