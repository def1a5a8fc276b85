"""Dwell: how long subjects stand in a stage, by Kaplan-Meier, and who has stood there for longer than half do."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.lifecycle.stage_spells import StageSpells
from mining.retention.kaplan_meier import SurvivalCurve, kaplan_meier


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
            curve = kaplan_meier(own["days"].to_numpy(), ~own["is_open"].to_numpy())
            mean = float(finished.to_numpy().mean()) if finished.len() else None
            told.append(StageDwell(stage, curve, mean))
    return tuple(told)


def due(found: StageSpells, stages: tuple[StageDwell, ...]) -> pl.DataFrame:
    """Who stands in a stage for longer than its median: `subject`, `stage`, `since`, `days`, `median`; longest first.

    Nobody is due in a stage whose median was not reached.
    """
    reached = [(each.stage, each.median) for each in stages if each.median is not None]
    medians = pl.DataFrame(reached, {"stage": pl.String, "median": pl.Float64}, orient="row")
    known = found.frame.filter("is_open").join(medians, on="stage")
    late = known.filter(pl.col("days") > pl.col("median"))
    return late.select("subject", "stage", "since", "days", "median").sort(
        "days", "subject", descending=[True, False]
    )
