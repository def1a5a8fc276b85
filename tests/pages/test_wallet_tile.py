"""The share of nothing is nothing to show."""

from __future__ import annotations

import polars as pl

from mining.wallet import attainable
from pages.ui.formats import ABSENT, format_value


def test_a_firm_of_returns_has_no_share() -> None:
    frame = pl.DataFrame({"customer": ["a", "b"], "spend": [-5.0, 0.0], "alike": ["x", "x"]})
    assert format_value(attainable(frame).share, "percent") == ABSENT
