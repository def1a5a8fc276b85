"""The book of a life cycle: who stood in each stage, who came in and went out, and that it adds up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from mining.lifecycle.stage_spells import StageSpells

BOOK = pl.Schema(
    {"stage": pl.String, "opening": pl.Int64, "entered": pl.Int64, "left": pl.Int64, "closing": pl.Int64}
)


def stage_book(found: StageSpells, since: date, until: date) -> pl.DataFrame:
    """A row a stage: who stood there (`opening`) before the day `since`, who `entered` and `left` from then to the
    close of `until`, who stands there then (`closing`): opening + entered - left = closing."""
    spells = _dated(found)
    rows = []
    for stage in found.stages:
        own = spells.filter(pl.col("stage") == stage)
        opening = _standing(own, since - timedelta(1))
        entered = own.filter(pl.col("since").is_between(since, until)).height
        left = own.filter(~pl.col("is_open"), pl.col("ended").is_between(since, until)).height
        rows.append((stage, opening, entered, left, _standing(own, until)))
    return pl.DataFrame(rows, BOOK, orient="row")


def stage_stock(found: StageSpells, days: Sequence[date]) -> pl.DataFrame:
    """Who stood in each stage at the close of each day: `day`, `stage`, `standing`."""
    spells = _dated(found)
    rows = [
        (day, stage, _standing(spells.filter(pl.col("stage") == stage), day))
        for day in days
        for stage in found.stages
    ]
    return pl.DataFrame(rows, {"day": pl.Date, "stage": pl.String, "standing": pl.Int64}, orient="row")


def _dated(found: StageSpells) -> pl.DataFrame:
    return found.frame.with_columns(ended=pl.col("since") + pl.duration(days=pl.col("days")))


def _standing(spells: pl.DataFrame, day: date) -> int:
    """Who stands there at the close of a day: whoever came by then and did not go by then."""
    return spells.filter(pl.col("since") <= day, pl.col("is_open") | (pl.col("ended") > day)).height
