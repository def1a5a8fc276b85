"""The effect of what is switched on and off by a schedule: units by blocks of time, each block one data point.

The first days of a block are dropped, while what was before still works. The rest of a block is one mean, regressed on
whether it was on with an effect of each unit and each block (Bojinov, Simchi-Levi and Zhao, "Design and analysis of
switchback experiments", Management Science 69, 2023, section 4, for carry-over and its randomisation test; Fisher 1935
for the test itself). Where all units switch together, a block of all of them is the data point.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from mining.campaigns.arm_difference import LEVEL

Numbers = npt.NDArray[np.float64]
TREATED, HELD_OUT = "treated", "held out"
REDRAWS, SEED = 999, 20231
FEWEST = 4


@dataclass(frozen=True, slots=True)
class SwitchbackEffect:
    """What a day of a unit brought more while it was on, in the unit of the measure, with the ends of the interval.

    `on` and `off` count the blocks, `p` is that of the schedule drawn anew (of 999), `mixed` are blocks that were on
    and off and are left out. Of all but the counts nothing is known (NaN) where `refusal` says why.
    """

    units: int
    on: int
    off: int
    mixed: int
    off_mean: float = nan
    difference: float = nan
    low: float = nan
    high: float = nan
    p: float = nan
    refusal: str = ""
    notes: tuple[str, ...] = ()


def switchback_difference(frame: pl.DataFrame, block_days: int, burn_in: int = 0) -> SwitchbackEffect:
    """From a row a unit and day: `unit`, `day` (whole number from the first of the schedule), `arm` ("treated" while
    it was on, "held out" while off; null where not known) and `value`."""
    if not 0 <= burn_in < block_days:
        raise ValueError(f"Of blocks of {block_days} days {burn_in} cannot be dropped.")
    cells, mixed = _cells(frame, block_days, burn_in)
    alike = cells["unit"].n_unique() > 1 and _is_together(cells)
    notes = ["All units switched together: a block of all of them counts as one."] if alike else []
    if alike:
        cells = cells.group_by("block", "on").agg(pl.col("value").mean()).with_columns(unit=pl.lit(0))
    cells = cells.sort("unit", "block")
    units = cells["unit"].n_unique()
    on = int(cells["on"].sum())
    off = cells.height - on
    if min(on, off) < FEWEST:
        why = f"{on} blocks were on and {off} off: of fewer than {FEWEST} each nothing is told."
        return SwitchbackEffect(units, on, off, mixed, refusal=why, notes=tuple(notes))
    return _regressed(cells, mixed, tuple(notes))


def _cells(frame: pl.DataFrame, block_days: int, burn_in: int) -> tuple[pl.DataFrame, int]:
    """A row a unit and block, `on` or not, with the mean of its days after the first ones; and how many were both."""
    told = frame.drop_nulls(["arm", "value"]).with_columns(
        block=pl.col("day") // block_days, since=pl.col("day") % block_days
    )
    cells = (
        told.group_by("unit", "block")
        .agg(
            pl.col("value").filter(pl.col("since") >= burn_in).mean(),
            pl.col("arm").n_unique().alias("arms"),
            (pl.col("arm") == TREATED).any().alias("on"),
        )
        .drop_nulls("value")
    )
    return cells.filter(pl.col("arms") == 1).drop("arms"), cells.filter(pl.col("arms") > 1).height


def _is_together(cells: pl.DataFrame) -> bool:
    return bool((cells.group_by("block").agg(pl.col("on").n_unique())["on"] == 1).all())


def _regressed(cells: pl.DataFrame, mixed: int, notes: tuple[str, ...]) -> SwitchbackEffect:
    """Least squares of the value on being on, what units and blocks have in common taken out of both."""
    value, on = cells["value"].to_numpy(), cells["on"].to_numpy().astype(float)
    units = cells["unit"].n_unique()
    columns = [_dummies(cells["unit"])] + [_dummies(cells["block"])] * (units > 1)
    common = _basis(np.hstack(columns))
    left, moved = _without(common, value), _without(common, on[:, None])[:, 0]
    freedom = len(value) - common.shape[1] - 1
    below = float(moved @ moved)
    counts = units, int(on.sum()), int((1 - on).sum()), mixed
    if below < 1e-9 or freedom < 1:
        why = "Being on cannot be told from the units and blocks themselves: no unit switched against the others."
        return SwitchbackEffect(*counts, refusal=why, notes=notes)
    effect = float(moved @ left) / below
    spread = sqrt(float(np.sum((left - effect * moved) ** 2)) / freedom / below)
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * spread
    p = _redrawn(common, left, on, cells["unit"].to_numpy(), effect)
    return SwitchbackEffect(
        *counts, float(value[on == 0].mean()), effect, effect - half, effect + half, p, notes=notes
    )


def _dummies(names: pl.Series) -> Numbers:
    return np.asarray(names.to_numpy()[:, None] == names.unique().to_numpy(), dtype=float)


def _basis(columns: Numbers) -> Numbers:
    """Columns at right angles that span the same."""
    u, size, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(u[:, size > 1e-9 * size.max()])


def _without(common: Numbers, values: Numbers) -> Numbers:
    return np.asarray(values - common @ (common.T @ values))


def _redrawn(
    common: Numbers, left: Numbers, on: Numbers, unit: npt.NDArray[np.int64], effect: float
) -> float:
    """How often a schedule drawn anew, each unit as often on as it was, moves the value as far."""
    chance = np.random.default_rng(SEED)
    drawn = np.repeat(on[:, None], REDRAWS, axis=1)
    for one in np.unique(unit):
        rows = np.flatnonzero(unit == one)
        drawn[rows] = chance.permuted(drawn[rows], axis=0)
    moved = _without(common, drawn)
    below = np.sum(moved**2, axis=0)
    effects = np.divide(moved.T @ left, below, out=np.zeros(REDRAWS), where=below > 1e-9)
    return float((1 + np.sum(np.abs(effects) >= abs(effect) * (1 - 1e-12))) / (REDRAWS + 1))
