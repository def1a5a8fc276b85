"""Parameters that were planted are found again, as near as their errors say: firms of three sizes, three of each, told
by the model's own story and by the demonstration firm's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from data.demo.demo_firm import DAYS, Firm
from data.demo.simulated_customers import A, B, R, people, purchases
from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.fitted_purchases import fit, search
from mining.lifetime.maximum_likelihood import Likeliest
from mining.lifetime.purchase_histories import DistinctHistories, Numbers, TimeUnit
from tests.mining.lifetime_firms import told

TRUTH = BgNbd(TimeUnit.DAYS, 0.8, 150.0, 0.8, 2.5)
SEEDS = (1, 2, 3)


def off_by(size: int, seed: int) -> tuple[Numbers, float]:
    """By how many standard errors each logarithm is off; and the distance of all, whose square is chi-squared."""
    return apart(fit(BgNbd, told(TRUTH, size, 0, seed)[0]).found, TRUTH)


def of_the_demonstration_firm(size: int, seed: int) -> tuple[Numbers, float]:
    """As `off_by`, of the firm's purchases themselves, before there are order lines. Kinds and segments hang on the
    rate, so none of them has a BG/NBD of its own: everybody together has."""
    firm = Firm(50 * size, size, seed=seed)
    everybody = people(firm)
    bought, last = np.zeros((2, size + 1), dtype=np.int64)
    for each in purchases(firm, everybody):
        bought += np.bincount(each.code, minlength=size + 1)
        np.maximum.at(last, each.code, each.day)
    first = everybody.start.astype(np.int64)
    rows, _ = DistinctHistories.counted(
        bought[1:] - 1, (last - first)[1:], DAYS - 1 - first[1:], TimeUnit.DAYS
    )
    return apart(search(BgNbd.start(rows), rows), BgNbd(TimeUnit.DAYS, R, float(everybody.alpha), A, B))


def apart(found: Likeliest, truth: BgNbd) -> tuple[Numbers, float]:
    off = found.logs - truth.logs
    return off / np.sqrt(np.diag(found.robust)), float(off @ found.information @ off)


@pytest.mark.parametrize("size", [1_000, 40_000])
def test_planted_parameters_are_found_again(size: int) -> None:
    """Neither too far for their errors nor, by luck that nobody has, too near."""
    check([off_by(size, seed) for seed in SEEDS])


@pytest.mark.parametrize("size", [1_000, 20_000])
def test_the_demonstration_firms_are_found_again(size: int) -> None:
    """Days are whole there and a day has one purchase, which moves b by 2% or so: more than 20,000 would show it."""
    check([of_the_demonstration_firm(size, seed) for seed in SEEDS])


def check(found: list[tuple[Numbers, float]]) -> None:
    assert max(np.abs(errors).max() for errors, _ in found) < 3.5
    low, high = chi2.ppf([0.001, 0.999], len(TRUTH.logs) * len(SEEDS))
    assert low < sum(distance for _, distance in found) < high
