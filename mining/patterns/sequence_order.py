"""Whether the order means anything: sequences against the same baskets dealt anew among each customer's own days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import false_discovery_control, norm

from mining.patterns.purchase_days import Integers, PurchaseDays
from mining.patterns.sequences import Steps, Timing, holders

SHUFFLES = 10
ALPHA = 0.05
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OrderTest:
    """Of each sequence the customers `expected` were the order chance, the `p_value` of as many as there are or more,
    and that with false discoveries controlled (`adjusted`). NaN where a sequence has no order."""

    expected: Floats
    p_value: Floats
    adjusted: Floats


def order_test(
    days: PurchaseDays,
    sequences: Sequence[Steps],
    counts: Integers,
    timing: Timing,
    seed: int = 0,
    shuffles: int = SHUFFLES,
    done: Callable[[float], None] = lambda share: None,
) -> OrderTest:
    """Hold sequences of two elements or more against `shuffles` shuffles of what was bought within each customer.

    Days and baskets stay whose they are, so "both are popular" and "both are of one kind of customer" are in what is
    expected, and only the order is not. The number of customers is a sum of independent chances p, with the variance
    sum(p) - sum(p^2): two shuffles share sum(p^2) customers on average, which pairs of them tell. One standard error of
    that is added, a tenth more as the mean is of ten shuffles, and never more than a binomial's among those who bought
    the rarest item, which is a bound. The upper tail is the normal's with continuity correction; all sequences that
    have an order are one family (Benjamini & Hochberg 1995), before any is left out.
    """
    ordered = np.array([len(steps) > 1 for steps in sequences], dtype=bool)
    expected = np.full(len(sequences), np.nan)
    p_value, adjusted = expected.copy(), expected.copy()
    tested = [steps for steps in sequences if len(steps) > 1]
    if not tested:
        return OrderTest(expected, p_value, adjusted)
    used = np.zeros(len(days.items), dtype=bool)
    used[[item for steps in tested for element in steps for item in element]] = True
    kept, random = days.only(used), np.random.default_rng(seed)
    total, shared = np.zeros(len(tested)), np.zeros(len(tested))
    before: list[Integers] = []
    for at in range(shuffles):
        now = holders(kept.shuffled(random), tested, timing)
        total += [len(each) for each in now]
        if at % 2:
            shared += _shared(before, now, len(days))
        before = now
        done((at + 1) / shuffles)
    able = np.array([min(days.counts[item] for element in steps for item in element) for steps in tested])
    mean = total / shuffles
    variance = _variance(mean, shared / (shuffles // 2), able, shuffles)
    above = (counts[ordered] - 0.5 - mean) / np.sqrt(variance)
    expected[ordered], p_value[ordered] = mean, norm.sf(above)
    adjusted[ordered] = false_discovery_control(p_value[ordered])
    return OrderTest(expected, p_value, adjusted)


def _shared(before: Sequence[Integers], now: Sequence[Integers], customers: int) -> Integers:
    """How many customers two shuffles share, a sequence each."""
    marks, found = np.zeros(customers, dtype=bool), []
    for one, other in zip(before, now, strict=True):
        marks[one] = True
        found.append(np.count_nonzero(marks[other]))
        marks[one] = False
    return np.array(found)


def _variance(mean: Floats, shared: Floats, able: Integers, shuffles: int) -> Floats:
    """Of the count less its mean of so many shuffles; a mean of nothing is known to three in all of them at best."""
    bound = np.minimum(np.maximum(mean, 3 / shuffles), able)
    binomial = np.maximum(bound * (1 - bound / able), 1 / able)
    told = np.maximum(bound - shared, 0) + np.sqrt(np.maximum(shared, 1) / (shuffles // 2))
    return np.asarray(np.minimum(told, binomial) * (1 + 1 / shuffles))
