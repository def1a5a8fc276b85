"""Parameters that were planted are found again, as near as their errors say: firms of three sizes, three of each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.fitted_purchases import fit
from mining.lifetime.purchase_histories import Numbers, TimeUnit
from tests.mining.lifetime_firms import told

TRUTH = BgNbd(TimeUnit.DAYS, 0.8, 150.0, 0.8, 2.5)
SEEDS = (1, 2, 3)


def off_by(size: int, seed: int) -> tuple[Numbers, float]:
    """By how many standard errors each logarithm is off; and the distance of all, whose square is chi-squared."""
    found = fit(BgNbd, told(TRUTH, size, 0, seed)[0]).found
    off = found.logs - TRUTH.logs
    return off / np.sqrt(np.diag(found.robust)), float(off @ found.information @ off)


@pytest.mark.parametrize("size", [1_000, 8_000, 40_000])
def test_planted_parameters_are_found_again(size: int) -> None:
    """Neither too far for their errors nor, by luck that nobody has, too near."""
    found = [off_by(size, seed) for seed in SEEDS]
    assert max(np.abs(errors).max() for errors, _ in found) < 3.5
    low, high = chi2.ppf([0.001, 0.999], len(TRUTH.logs) * len(SEEDS))
    assert low < sum(distance for _, distance in found) < high
