"""Spells: how long each subject stood in each stage of a life cycle, open ones as far as they were watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.errors import BadRequest


@dataclass(frozen=True, slots=True, eq=False)
class StageSpells:
    """`frame` has a row a spell: `subject`, `stage`, `since`, `days` (until it ended, or was watched last), `is_open`
    and the stage that came `next` (null while open). `stages` are in their order."""

    frame: pl.DataFrame
    stages: tuple[str, ...]
    as_of: date

    def of(self, stage: str) -> pl.DataFrame:
        """Those in one stage."""
        return self.frame.filter(pl.col("stage") == stage)


@dataclass(frozen=True, slots=True)
class StageMoves:
    """How many moves led to the next stage, over one or more (`skipped`), and back to an earlier one (`backward`)."""

    forward: int
    skipped: int
    backward: int


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
    )
    return StageSpells(frame, tuple(stages), as_of)


def moves(found: StageSpells, steps: Sequence[str] = ()) -> StageMoves:
    """How many moves went how, by the order of `steps` (of all stages, where none are named)."""
    order = {stage: at for at, stage in enumerate(steps or found.stages)}
    rows = found.frame.filter(pl.col("stage").is_in([*order]) & pl.col("next").is_in([*order]))
    far = rows.select(
        pl.col("next").replace_strict(order) - pl.col("stage").replace_strict(order)
    ).to_series()
    return StageMoves(int((far == 1).sum()), int((far > 1).sum()), int((far < 0).sum()))
