"""The attainable wallet against numpy's quantiles and a plain loop."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.customer_share import attainable


def test_share_equals_a_loop_over_groups() -> None:
    random = np.random.default_rng(3)
    spend = random.lognormal(4, 1, 300) - 10
    alike = random.choice(["firm", "home", "rare"], 300, p=[0.6, 0.37, 0.03])
    frame = pl.DataFrame({"customer": [str(at) for at in range(300)], "spend": spend, "alike": alike})
    own, wallet = 0.0, 0.0
    for value, group in zip(spend, alike, strict=True):
        peers = spend[alike == group] if (alike == group).sum() >= 30 else spend
        own += max(value, 0)
        wallet += max(value, 0, np.quantile(np.maximum(peers, 0), 0.8))
    assert attainable(frame).share == pytest.approx(own / wallet)


def test_equal_customers_have_all_they_can() -> None:
    frame = pl.DataFrame({"customer": ["a", "b"], "spend": [5.0, 5.0], "alike": ["x", "x"]})
    assert attainable(frame).share == 1.0


def test_nobody_is_refused() -> None:
    with pytest.raises(BadRequest, match="no customer"):
        attainable(pl.DataFrame(schema={"customer": pl.String, "spend": pl.Float64, "alike": pl.String}))
