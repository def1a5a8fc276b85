"""Whether arms are as large as they were planned: where they are not, something chose who is in which, and no effect
holds.

Fabijan et al., "Diagnosing sample ratio mismatch in online controlled experiments", KDD 2019: chi-square against the
planned shares, at .001; groups are searched for where it comes from, all of them tested as one family (Holm 1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import polars as pl
from scipy import stats
from scipy.optimize import brentq

ALARM = 0.001
POWER = 0.9


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Customers of each arm, those planned, chi-square and its p."""

    counts: tuple[int, ...]
    planned: tuple[float, ...]
    chi2: float
    p: float

    @property
    def is_mismatch(self) -> bool:
        """Whether arms of these sizes were not drawn as planned."""
        return self.p < ALARM


def read_shares(text: str) -> tuple[float, float]:
    """Planned shares of those reached and held out, written like 9:1. Raises ValueError."""
    parts = text.split(":")
    try:
        one, other = map(float, parts)
    except ValueError:
        one = other = 0.0
    if not (0 < one < inf and 0 < other < inf):
        raise ValueError(f"{text[:20]!r} are no shares of two arms; write them like 1:1 or 9:1")
    return one, other


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """Arms of these sizes against planned shares (any positive numbers). Raises ValueError where nobody is in any."""
    total = sum(counts)
    if not total or min(shares) <= 0:
        raise ValueError("Arms need customers, and shares above zero.")
    planned = tuple(total * each / sum(shares) for each in shares)
    chi2, p = stats.chisquare(counts, planned)
    return SampleRatio(tuple(counts), planned, float(chi2), float(p))


def mismatch_power(customers: float, shares: Sequence[float], lost: float) -> float:
    """How likely a mismatch is found where the part `lost` (0 to 1) of the last arm of a campaign of so many customers
    is missing: the noncentral chi-square (Cohen, "Statistical power analysis", 2nd edition 1988, section 7.2)."""
    planned = np.array(shares, dtype=float) / sum(shares)
    left = planned * np.append(np.ones(len(planned) - 1), 1 - lost)
    off = float(np.sum((left / left.sum() - planned) ** 2 / planned)) * customers * float(left.sum())
    freedom = len(planned) - 1
    return float(stats.ncx2.sf(stats.chi2.isf(ALARM, freedom), freedom, off)) if off else ALARM


def smallest_loss(customers: float, shares: Sequence[float]) -> float | None:
    """The least part of the last arm whose loss is found 9 times of 10; None where not even the loss of all is."""
    if mismatch_power(customers, shares, 1.0) < POWER:
        return None
    return float(brentq(lambda lost: mismatch_power(customers, shares, lost) - POWER, 0.0, 1.0))


def mismatched_groups(frame: pl.DataFrame, by: Sequence[str], shares: dict[str, float]) -> pl.DataFrame:
    """Where a mismatch comes from: groups of each column of `by` whose arms are not as planned.

    `frame` has a row a customer with `arm` and the columns of `by`. Columns out: column, member, one for each arm of
    `shares`, chi2, p (Holm's, over all groups of all columns); those below .001 alone, the least likely first.
    """
    found: list[tuple[object, ...]] = []
    for column in by:
        counted = frame.group_by(pl.col(column).cast(pl.String).alias("member")).agg(
            (pl.col("arm") == arm).sum().alias(arm) for arm in shares
        )
        for member, *counts in counted.sort("member").rows():
            if sum(counts):
                ratio = sample_ratio(counts, list(shares.values()))
                found.append((column, member, *counts, ratio.chi2, ratio.p))
    arms = dict.fromkeys(shares, pl.Int64)
    kinds = {"column": pl.String, "member": pl.String, **arms, "chi2": pl.Float64, "p": pl.Float64}
    told = pl.DataFrame(found, schema=kinds, orient="row").sort("p", -pl.col("chi2"), "column", "member")
    return told.with_columns(p=pl.Series(_holm(told["p"].to_numpy()))).filter(pl.col("p") < ALARM)


def _holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p values of sorted ones. Holm 1979."""
    return np.minimum(np.maximum.accumulate(p * np.arange(len(p), 0, -1)), 1.0)
