"""Spells: how long each subject stood in each stage of a life cycle, open ones as far as they were watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from data.errors import BadRequest

EVERYBODY, NO_SEGMENT, FIRST_STAGE = "", "(unknown)", "none before"


@dataclass(frozen=True, slots=True, eq=False)
class StageSpells:
    """`frame` has a row a spell: `subject`, `stage`, `since`, `days` (until it ended, or was watched last), `is_open`,
    the stage that came `next` (null while open), the one `before` (null where it is the first), and the `segment` of
    those who stood there, empty while all are one. `stages` are in their order."""

    frame: pl.DataFrame
    stages: tuple[str, ...]
    as_of: date

    def of(self, stage: str) -> pl.DataFrame:
        """Those in one stage."""
        return self.frame.filter(pl.col("stage") == stage)

    def in_segments(self, segments: pl.DataFrame) -> StageSpells:
        """The same, each in the segment of its subject (`subject`, `segment`); in NO_SEGMENT where none is known."""
        named = self.frame.drop("segment").join(segments, on="subject", how="left", maintain_order="left")
        return replace(self, frame=named.with_columns(pl.col("segment").fill_null(NO_SEGMENT)))

    def by_stage_before(self) -> StageSpells:
        """The same, each in a segment of those who came from the same stage."""
        return replace(self, frame=self.frame.with_columns(segment=pl.col("before").fill_null(FIRST_STAGE)))


def spells(events: pl.DataFrame, stages: Sequence[str], as_of: date) -> StageSpells:
    """The spells of stage events (`subject`, `seq`, `day`, `to_stage`) as of the close of the day `as_of`.

    What is dated later is not known yet. Raises BadRequest for a stage that is none of `stages`.
    """
    strange = sorted({*events["to_stage"].unique()} - {*stages})
    if strange:
        raise BadRequest(
            f"The history holds stages that the rules do not: {', '.join(strange)}.",
            "Load something, so that the stages are derived by the rules of today.",
        )
    known = events.filter(pl.col("day") <= as_of).sort("subject", "seq")
    until = pl.col("day").shift(-1).over("subject")
    frame = known.select(
        "subject",
        pl.col("to_stage").alias("stage"),
        pl.col("day").alias("since"),
        (until.fill_null(as_of) - pl.col("day")).dt.total_days().alias("days"),
        until.is_null().alias("is_open"),
        pl.col("to_stage").shift(-1).over("subject").alias("next"),
        pl.col("to_stage").shift(1).over("subject").alias("before"),
        pl.lit(EVERYBODY).alias("segment"),
    )
    return StageSpells(frame, tuple(stages), as_of)
