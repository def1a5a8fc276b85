"""The same rules in two slices: how far their confidence differs, and between which bounds the difference lies."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.errors import BadRequest
from data.model.said import said
from mining.patterns.basket_matrix import Baskets
from mining.patterns.basket_rows import BasketRows
from mining.retention.wilson_interval import wilson


def compared(rules: pl.DataFrame, there: Baskets) -> pl.DataFrame:
    """Rules of one slice (antecedent, consequent, count_both, count_antecedent, confidence) beside another's baskets:
    count_both_there, count_antecedent_there, confidence_there, difference (here less there), low and high (95%).

    The last four are null where the left side is in no basket there. Widest difference first.
    """
    held = BasketRows(there)
    sides = rules.select("antecedent", "consequent").rows()
    left = np.array([len(held.of_all(before)) for before, _ in sides], dtype=np.int64)
    both = np.array([len(held.of_all([*before, *after])) for before, after in sides], dtype=np.int64)
    here = rules["count_both"].to_numpy(), rules["count_antecedent"].to_numpy()
    low, high = newcombe(*here, both, left)
    share = both / np.where(left > 0, left, np.nan)
    found = {
        "count_both_there": both,
        "count_antecedent_there": left,
        "confidence_there": share,
        "difference": here[0] / here[1] - share,
        "low": low,
        "high": high,
    }
    more = rules.with_columns(pl.Series(name, each, nan_to_null=True) for name, each in found.items())
    return more.sort(pl.col("difference").abs(), descending=True, nulls_last=True, maintain_order=True)


def newcombe(
    part: np.ndarray, whole: np.ndarray, part_there: np.ndarray, whole_there: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The 95% ends of the difference of two shares of independent samples; NaN where a whole is 0.

    Newcombe (1998), Interval estimation for the difference between independent proportions, method 10: Wilson's
    intervals of both, put together.
    """
    low, high = wilson(part, whole)
    low_there, high_there = wilson(part_there, whole_there)
    here = part / np.where(whole > 0, whole, np.nan)
    there = part_there / np.where(whole_there > 0, whole_there, np.nan)
    gap = here - there
    return (
        gap - np.hypot(here - low, high_there - there),
        gap + np.hypot(high - here, there - low_there),
    )


def check_apart(here: Baskets, there: Baskets) -> None:
    """Raises BadRequest where a basket stands in both slices: their difference would have no interval."""
    shared = len(np.intersect1d(here.keys, there.keys, assume_unique=True))
    if shared:
        raise BadRequest(
            said("{:,} baskets stand in both slices, so the two cannot be compared.", shared),
            "Compare slices that share none: other customers, another channel or another period.",
        )
