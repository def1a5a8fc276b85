"""The attainable wallet against numpy's quantiles and a plain loop."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.customer_share.attainable_wallet import attainable


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


@pytest.mark.parametrize(("peers", "against_everybody"), [(29, 129), (30, 100)])
def test_fewer_than_thirty_look_alikes_are_held_against_everybody(peers: int, against_everybody: int) -> None:
    """Small spenders among themselves have all they can; against everybody they have little of it."""
    spend = [1.0] * peers + [100.0] * 100
    alike: list[str | None] = [*["small"] * peers, *[None] * 100]
    frame = pl.DataFrame({"customer": [str(at) for at in range(len(spend))], "spend": spend, "alike": alike})
    found = attainable(frame)
    assert found.against_everybody == against_everybody
    assert found.members["wallet"][0] == (1.0 if peers >= 30 else 100.0)


def test_equal_customers_have_all_they_can() -> None:
    frame = pl.DataFrame({"customer": ["a", "b"], "spend": [5.0, 5.0], "alike": ["x", "x"]})
    assert attainable(frame).share == 1.0


def test_nobody_is_refused() -> None:
    with pytest.raises(BadRequest, match="no customer"):
        attainable(pl.DataFrame(schema={"customer": pl.String, "spend": pl.Float64, "alike": pl.String}))
