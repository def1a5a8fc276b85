"""The benchmark of itemsets: its table is what it says, and the contestants find the same in it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from bench.patterns import _mlxtend, _ours, _rules, long_table


def test_contestants_agree_on_a_small_table() -> None:
    rows, codes = long_table(2_000, 300)
    assert np.bincount(rows).tolist() == [10] * 2_000
    assert codes.max() < 300
    found = _ours(rows, codes, 300, Decimal("0.01"))
    assert found == _mlxtend(rows, codes, 300, Decimal("0.01"))
    assert found[0] > 200
    rules, tested = _rules(*long_table(20_000, 2_000), 2_000, Decimal("0.002"))
    assert 0 < tested < rules
