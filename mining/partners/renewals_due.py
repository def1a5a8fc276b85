"""Agreements that end soon, or have ended without another: whom to talk to, the soonest first."""

from __future__ import annotations

from datetime import date

import polars as pl

AGREED, ENDED = ("signed", "renewed"), "left"
SCHEMA = pl.Schema({"partner": pl.String, "event": pl.String, "since": pl.Date, "until": pl.Date, "days_left": pl.Int64,
          "state": pl.String})  # fmt: skip
OVER, DUE, RUNNING = "over", "due", "running"


def renewals_due(events: pl.DataFrame, as_of: date, notice_days: int = 90) -> pl.DataFrame:
    """The last agreement of each `partner`, of events (`partner`, `day`, `kind`, `until`, in the order in which they
    were told): since and until when, `days_left` after `as_of`, and whether it is over, due within `notice_days`, or
    running. Whoever left has none, an agreement without an end is never due."""
    known = events.filter(pl.col("day") <= as_of, pl.col("kind").is_in([*AGREED, ENDED]))
    last = known.sort("day", maintain_order=True).group_by("partner", maintain_order=True).last()
    left = (pl.col("until") - pl.lit(as_of)).dt.total_days()
    state = pl.when(left < 0).then(pl.lit(OVER)).when(left <= notice_days).then(pl.lit(DUE))
    told = last.filter(pl.col("kind") != ENDED, pl.col("until").is_not_null()).select(
        "partner",
        pl.col("kind").alias("event"),
        pl.col("day").alias("since"),
        "until",
        left.alias("days_left"),
        state.otherwise(pl.lit(RUNNING)).alias("state"),
    )
    return told.cast(SCHEMA).sort("until", "partner")
