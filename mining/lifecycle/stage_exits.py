"""Exits: where subjects go from a stage, exits competing with each other and open spells censored; rates within a time
that all were watched for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.lifecycle.stage_spells import StageSpells
from mining.retention.wilson_interval import wilson


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence:
    """`frame`: for each `time` (days) at which a spell of the stage ended and each stage that any went `to`, the share
    (`incidence`, 0 to 1) that had gone there by then. With the share that still stands, all add up to one."""

    stage: str
    frame: pl.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class TransitionRates:
    """`frame`: for each `stage` and stage gone `to` within so many days of entering: how many went (`moved`) of those
    who `entered` early enough to be watched for all of them, the `rate`, and its interval of 95%, `low` to `high`."""

    within_days: int
    frame: pl.DataFrame


def incidence(found: StageSpells, stage: str) -> CumulativeIncidence:
    """The Aalen-Johansen estimate of competing exits from a stage: CIF_k(t) = sum over t_i <= t of S(t_i-) d_ki / n_i.

    Aalen & Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978). Raises BadRequest where nobody stood there.
    """
    own = found.of(stage)
    if not own.height:
        raise BadRequest(f"Nobody stood in {stage} by then.", "Choose a later day.")
    took, ended = own["days"].to_numpy(), ~own["is_open"].to_numpy()
    times = np.unique(took[ended])
    at_risk = own.height - np.searchsorted(np.sort(took), times)
    exits = {to: own.filter(pl.col("next") == to)["days"].to_numpy() for to in found.stages}
    ending = {
        to: np.array([(days == time).sum() for time in times]) for to, days in exits.items() if days.size
    }
    gone = sum(ending.values(), np.zeros(times.size))
    before = np.concatenate([[1.0], np.cumprod(1 - gone / at_risk)])[: times.size]
    parts = [
        pl.DataFrame(
            {"time": times, "to": [to] * times.size, "incidence": np.cumsum(before * many / at_risk)}
        )
        for to, many in ending.items()
    ]
    schema = {"time": pl.Int64, "to": pl.String, "incidence": pl.Float64}
    return CumulativeIncidence(stage, pl.concat(parts) if parts else pl.DataFrame(schema=schema))


def rates(found: StageSpells, within_days: int) -> TransitionRates:
    """Of all spells begun `within_days` before the last day or earlier, the share that went where within that time."""
    watched = (pl.lit(found.as_of) - pl.col("since")).dt.total_days() >= within_days
    begun = found.frame.filter(watched)
    entered = begun.group_by("stage").len("entered")
    in_time = begun.filter(~pl.col("is_open") & (pl.col("days") <= within_days))
    went = in_time.group_by("stage", pl.col("next").alias("to")).len("moved").join(entered, on="stage")
    low, high = wilson(went["moved"].to_numpy().astype(float), went["entered"].to_numpy().astype(float))
    order = {stage: at for at, stage in enumerate(found.stages)}
    frame = went.with_columns(
        rate=pl.col("moved") / pl.col("entered"), low=pl.Series(low), high=pl.Series(high)
    ).sort(pl.col("stage").replace_strict(order), pl.col("to").replace_strict(order))
    return TransitionRates(within_days, frame)
