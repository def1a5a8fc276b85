"""From contacts forecast by hour of the week to the agents that each hour takes."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from mining.service.agents_needed import ServiceTarget, Staffing, agents_needed
from mining.service.waiting_queue import Workload

SECONDS = 3_600
HIDDEN = 0.05  # an hour that expects fewer contacts than one in twenty weeks takes nobody


def hourly_staffing(
    hours: pl.DataFrame, handle: float, patience: float | None, target: ServiceTarget
) -> pl.DataFrame:
    """A row for each hour of the week that expects contacts: `weekday`, `hour`, `expected`, `agents` that reach the
    target, `scheduled`, `agents_high` (if as many came as the band's upper end says), `answered` and `occupancy`.

    `hours` are those of a VolumeForecast, `handle` and `patience` seconds. Errors: BadRequest.
    """
    found = []
    for weekday, hour, expected, high in hours.select("weekday", "hour", "expected", "high").iter_rows():
        if expected >= HIDDEN:
            usual = staffing_of(expected, handle, patience, target)
            busy = staffing_of(max(high, expected), handle, patience, target)
            found.append((weekday, hour, expected, usual.agents, usual.scheduled, busy.agents,
                          usual.state.answered, usual.state.occupancy))  # fmt: skip
    kinds = {"weekday": pl.Int64, "hour": pl.Int64, "expected": pl.Float64, "agents": pl.Int64,
             "scheduled": pl.Int64, "agents_high": pl.Int64, "answered": pl.Float64,
             "occupancy": pl.Float64}  # fmt: skip
    return pl.DataFrame(found, schema=kinds, orient="row")


@lru_cache(maxsize=4_096)
def staffing_of(calls: float, handle: float, patience: float | None, target: ServiceTarget) -> Staffing:
    """The agents that an hour of so many calls takes."""
    return agents_needed(Workload(calls, SECONDS, handle, patience), target)
