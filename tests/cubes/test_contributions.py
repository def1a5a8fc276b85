"""Contributions against numbers worked out by hand, a published table, and any numbers at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cubes.analysis.contributions import Amounts, of_ratio, of_sum, overlap

ADMITTED = {
    "men": ((512, 825), (353, 560), (120, 325), (138, 417), (53, 191), (22, 373)),
    "women": ((89, 108), (17, 25), (202, 593), (131, 375), (94, 393), (24, 341)),
}


def ratios(now: list[tuple[float, float]], before: list[tuple[float, float]]) -> tuple[Amounts, Amounts]:
    """Parts of (upper, lower) in two periods, and the whole that they come to."""
    upper, lower = np.array(now, dtype=float).T
    upper_base, lower_base = np.array(before, dtype=float).T
    unused = np.zeros_like(upper)
    parts = Amounts(unused, unused, upper, upper_base, lower, lower_base)
    totals = (np.array([each.sum()]) for each in (unused, unused, upper, upper_base, lower, lower_base))
    return parts, Amounts(*totals)


def test_rate_and_mix_by_hand() -> None:
    """Shop A goes from 100/10 to 150/10, B from 80/40 to 40/10: 3.6 becomes 9.5.

    Shares: A .2 -> .5, B .8 -> .5; ratios: A 10 -> 15, B 2 -> 4; the whole's mean is 6.55.
    """
    found = of_ratio(*ratios([(150, 10), (40, 10)], [(100, 10), (80, 40)]))
    assert found.rate == pytest.approx([0.35 * 5, 0.65 * 2])
    assert found.mix == pytest.approx([0.3 * (12.5 - 6.55), -0.3 * (3 - 6.55)])
    assert found.effect.sum() == pytest.approx(9.5 - 3.6)
    assert not found.presence.any()


def test_new_gone_and_parts_without_a_denominator_have_one_effect() -> None:
    now, before = [(60, 20), (30, 10), (0, 0), (-4, 0)], [(50, 25), (0, 0), (10, 5), (0, 0)]
    found = of_ratio(*ratios(now, before))
    mean = (86 / 30 + 60 / 30) / 2
    assert found.presence == pytest.approx([0, 1 / 3 * (3 - mean), -1 / 6 * (2 - mean), -4 / 30])
    assert not found.rate[1:].any()
    assert not found.mix[1:].any()
    assert found.effect.sum() == pytest.approx(86 / 30 - 60 / 30)


def test_berkeley_admissions_of_1973() -> None:
    """Bickel, Hammel & O'Connell (1975): women were admitted less (30.4% against 44.5%), yet not by departments.

    Rate and mix were worked out with fractions from the published table: the mix takes more than all of it.
    """
    found = of_ratio(*ratios(list(ADMITTED["women"]), list(ADMITTED["men"])))
    assert found.effect.sum() == pytest.approx(557 / 1835 - 1198 / 2691)
    assert found.rate.sum() == pytest.approx(0.036028, abs=1e-6)
    assert found.mix.sum() == pytest.approx(-0.177674, abs=1e-6)


amount = st.integers(-1000, 1000).map(float)
size = st.integers(0, 50).map(float)
parts = st.lists(st.tuples(amount, size, amount, size), min_size=1, max_size=8)


@given(parts)
def test_effects_on_a_ratio_come_to_its_change(rows: list[tuple[float, float, float, float]]) -> None:
    amounts, whole = ratios([row[:2] for row in rows], [row[2:] for row in rows])
    if not whole.lower[0] or not whole.lower_base[0]:
        return
    change = float(whole.upper[0] / whole.lower[0] - whole.upper_base[0] / whole.lower_base[0])
    found = of_ratio(amounts, whole)
    assert found.effect.sum() == pytest.approx(change, abs=1e-9)
    assert found.effect == pytest.approx(found.rate + found.mix + found.presence)
    swapped = Amounts(
        amounts.base, amounts.value, amounts.upper_base, amounts.upper, amounts.lower_base, amounts.lower
    )
    back = Amounts(whole.base, whole.value, whole.upper_base, whole.upper, whole.lower_base, whole.lower)
    assert of_ratio(swapped, back).effect == pytest.approx(-found.effect)


@given(st.lists(st.tuples(amount, amount), min_size=1, max_size=8))
def test_effects_on_a_sum_come_to_its_change(rows: list[tuple[float, float]]) -> None:
    now, before = np.array(rows).T
    one = np.ones_like(now)
    found = of_sum(Amounts(now, before, now, before, one, one))
    assert overlap(float(now.sum() - before.sum()), found.effect) == 0.0
    assert found.weight.sum() == pytest.approx(1.0 if np.abs(before).sum() else 0.0)


def test_what_parts_share_is_left_over() -> None:
    assert overlap(1.0, np.array([1.0, 1.0])) == -1.0
    assert overlap(0.3, np.array([0.1, 0.2])) == 0.0
