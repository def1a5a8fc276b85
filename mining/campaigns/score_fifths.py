"""What a campaign changed among customers of whom a score expected most, and so on down: an effect a fifth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.campaigns.arm_difference import FEWEST, arm_difference

PARTS = 5
SCHEMA = {
    "fifth": pl.Int64, "treated": pl.Int64, "held_out": pl.Int64, "expected": pl.Float64, "effect": pl.Float64,
    "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip


def fifth_of(score: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """1 for the fifth of customers with the highest scores, to 5; equal ones stand in their order."""
    found = np.empty(len(score), np.int64)
    found[np.argsort(-score, kind="stable")] = np.arange(len(score)) * PARTS // len(score) + 1
    return found


def score_fifths(
    score: npt.NDArray[np.float64], value: npt.NDArray[np.float64], treated: npt.NDArray[np.bool_]
) -> pl.DataFrame:
    """A row a fifth: its customers by arm, the mean score (`expected`), and the effect found with its 95% interval
    (null where an arm of it has fewer than two customers)."""
    fifth, rows = fifth_of(score), []
    for each in range(1, PARTS + 1):
        one, other = value[(fifth == each) & treated], value[(fifth == each) & ~treated]
        told = arm_difference(one, other) if min(len(one), len(other)) >= FEWEST else None
        found = (told.difference, told.low, told.high) if told else (None, None, None)
        expected = float(score[fifth == each].mean()) if (fifth == each).any() else None
        rows.append((each, len(one), len(other), expected, *found))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
