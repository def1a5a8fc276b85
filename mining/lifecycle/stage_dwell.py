"""Dwell: how long subjects stand in a stage, by Kaplan-Meier, and who has stood there for longer than half do."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.lifecycle.stage_spells import StageSpells
from mining.retention.kaplan_meier import SurvivalCurve, kaplan_meier

FEWEST_SPELLS = 30  # with fewer a segment's median says little of itself
HALF_STAY = {
    "stage": pl.String, "segment": pl.String, "own_spells": pl.UInt32, "spells": pl.UInt32, "finished": pl.UInt32,
    "median": pl.Float64, "watched": pl.Float64, "is_whole_stage": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class StageDwell:
    """A stage and the curve of its spells, in days; `mean_of_finished` is what is often printed and says too little,
    as long spells are those that are still open."""

    stage: str
    curve: SurvivalCurve
    mean_of_finished: float | None

    @property
    def median(self) -> float | None:
        """After how many days half have left; None where that was not reached within the longest spell."""
        return self.curve.median


def dwell(found: StageSpells) -> tuple[StageDwell, ...]:
    """The stages in which anybody stood, in their order; spells that are open count as far as they were watched."""
    told = []
    for stage in found.stages:
        own = found.of(stage)
        if own.height:
            finished = own.filter(~pl.col("is_open"))["days"]
            mean = float(finished.to_numpy().mean()) if finished.len() else None
            told.append(StageDwell(stage, _curve(own), mean))
    return tuple(told)


def stays_by_stage(stages: tuple[StageDwell, ...]) -> pl.DataFrame:
    """A row a `stage`: its `spells`, how many are `standing` in it, after how many days half have left (`median_days`,
    null where that was not reached), and the longest that any was watched (`watched_days`)."""
    return pl.DataFrame(
        {
            "stage": [each.stage for each in stages],
            "spells": [each.curve.spells for each in stages],
            "standing": [each.curve.spells - each.curve.finished for each in stages],
            "median_days": pl.Series([each.median for each in stages], dtype=pl.Float64),
            "watched_days": [each.curve.longest for each in stages],
        }
    )


def _curve(own: pl.DataFrame) -> SurvivalCurve:
    return kaplan_meier(own["days"].to_numpy(), ~own["is_open"].to_numpy())


def half_stays(found: StageSpells, stages: tuple[StageDwell, ...]) -> pl.DataFrame:
    """After how many days half have left each `stage`, in each `segment`: a row for each in which anybody stands now.

    `median` is null where half have not left within the `watched` days. A segment of fewer than FEWEST_SPELLS stays in
    a stage (`own_spells`) is held against the stage as a whole (`is_whole_stage`); `spells` and `finished` are those
    that the median is of.
    """
    whole = {each.stage: each.curve for each in stages}
    rows = []
    for (stage, segment), own in found.frame.group_by("stage", "segment", maintain_order=True):
        if own["is_open"].any():
            few = own.height < min(FEWEST_SPELLS, whole[str(stage)].spells)
            curve = whole[str(stage)] if few else _curve(own)
            counts = own.height, curve.spells, curve.finished
            rows.append((stage, segment, *counts, curve.median, float(curve.longest), few))
    order = {stage: at for at, stage in enumerate(found.stages)}
    told = pl.DataFrame(rows, HALF_STAY, orient="row")
    return told.sort(pl.col("stage").replace_strict(order, return_dtype=pl.Int64), "segment")


def due(found: StageSpells, halves: pl.DataFrame) -> pl.DataFrame:
    """Who stands in a stage for longer than half of their segment do: `subject`, `stage`, `segment`, `since`, `days`,
    `median`, `spells` (that the median is of) and `is_whole_stage`; longest first.

    `halves` are the `half_stays` of the same spells. Nobody is due where the median was not reached.
    """
    late = found.frame.filter("is_open").join(halves, on=["stage", "segment"])
    told = late.filter(pl.col("days") > pl.col("median")).select(
        "subject", "stage", "segment", "since", "days", "median", "spells", "is_whole_stage"
    )
    return told.sort("days", "subject", descending=[True, False])
