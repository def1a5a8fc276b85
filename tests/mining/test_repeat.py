"""Repeat rate on a firm small enough to count."""

from __future__ import annotations

import polars as pl

from mining.retention.repeat_rate import repeat_rate


def test_those_who_only_returned_did_not_buy() -> None:
    frame = pl.DataFrame({"month": ["a", "a", "a", "b"], "orders": [1, 2, 0, 0]})
    assert repeat_rate(frame).row(0) == (2, 1, 0.5)
    assert repeat_rate(frame, "month").rows() == [("a", 2, 1, 0.5), ("b", 0, 0, None)]
