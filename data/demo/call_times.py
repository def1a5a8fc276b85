"""When customers call: by hour, weekday and season, and how many are answered at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS, FIRST_DAY
from data.demo.simulated_world import World, drawn

OPENS_AT, OFFICE_SECONDS = 8 * 3600, 12 * 3600
HOURS = (0.07, 0.10, 0.13, 0.12, 0.07, 0.06, 0.10, 0.11, 0.09, 0.07, 0.05, 0.03)
WEEKDAYS = (1.6, 1.3, 1.1, 1.1, 1.0, 0.6, 0.3)
SEASON = (1.15, 0.95, 0.9, 0.9, 0.9, 0.9, 0.85, 0.7, 1.0, 1.05, 1.3, 1.4)
# Of the callers of each hour, the share that waits no longer than so many seconds; the others wait a while more.
AT_ONCE_SECONDS = 20
SERVICE_LEVEL = (0.60, 0.50, 0.30, 0.30, 0.50, 0.55, 0.40, 0.35, 0.45, 0.50, 0.60, 0.60)
MEAN_MORE_MINUTES = 5.0


def truth(_world: World) -> Mapping[str, pl.DataFrame]:
    """Shares of the hours, factors of weekdays (1 is Monday) and months, and the service level of each hour."""
    hours = [OPENS_AT // 3600 + at for at in range(len(HOURS))]
    level = {"hour": hours, "seconds": AT_ONCE_SECONDS, "share": SERVICE_LEVEL}
    return {
        "call_hour": pl.DataFrame({"hour": hours, "share": HOURS}),
        "call_weekday": pl.DataFrame({"weekday": range(1, 8), "factor": WEEKDAYS}),
        "call_month": pl.DataFrame({"month": range(1, 13), "factor": SEASON}),
        "service_level": pl.DataFrame(level),
    }


def called(
    world: World, known: np.ndarray, size: int, random: np.random.Generator, pull: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """So many (person, day) pairs in no order: persons by the length of their dealings times `pull`, busy days more."""
    first, last = world.life
    person = drawn(known, (last - first + 1)[known] * pull[known], size, random)
    passed = np.concatenate(([0.0], np.cumsum(_busyness())))
    before, after = passed[first[person]], passed[last[person] + 1]
    at = before + random.random(size) * (after - before)
    day = np.searchsorted(passed, at, side="right") - 1
    return person, np.clip(day, first[person], last[person])


def seconds(size: int, random: np.random.Generator) -> np.ndarray:
    """Times of the day, in seconds since midnight."""
    hour = drawn(np.arange(len(HOURS)), np.array(HOURS), size, random)
    found: np.ndarray = OPENS_AT + 3600 * hour + random.integers(0, 3600, size)
    return found


def waits(second: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Whole seconds waited by those who call at these times of the day."""
    size = len(second)
    at_once = random.random(size) < np.array(SERVICE_LEVEL)[(second - OPENS_AT) // 3600]
    more = AT_ONCE_SECONDS + 1 + random.exponential(60 * MEAN_MORE_MINUTES, size)
    found: np.ndarray = np.where(at_once, random.integers(1, AT_ONCE_SECONDS + 1, size), more).astype(
        np.int64
    )
    return found


def clock(second: np.ndarray) -> pl.Series:
    """Times of the day as text, such as 09:30:05."""
    moment = pl.Series(second.astype(np.int64) * 1_000_000).cast(pl.Datetime("us"))
    return moment.dt.strftime("%H:%M:%S")


def _busyness() -> np.ndarray:
    """Of each day how many call then, beside an ordinary one."""
    day = np.arange(DAYS)
    month = (np.datetime64(FIRST_DAY) + day).astype("datetime64[M]").astype(np.int64) % 12
    found: np.ndarray = np.array(WEEKDAYS)[(FIRST_DAY.weekday() + day) % 7] * np.array(SEASON)[month]
    return found
