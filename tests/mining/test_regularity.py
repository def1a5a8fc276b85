"""Regular buyers are told from chance, and NBD models from the one that knows a rhythm."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.lifetime.cnbd import MbgCnbd
from mining.lifetime.fitted_purchases import fit
from mining.lifetime.held_out_window import hold_out
from mining.lifetime.mbgnbd import MbgNbd
from mining.lifetime.purchase_histories import TimeUnit
from mining.lifetime.regularity import (
    fit_each_k,
    fit_regular,
    likeliest_k,
    likelihood_by_k,
    likely_k,
    regularity,
)
from tests.mining.lifetime_firms import cdnow, told


def waits(k: int, size: int = 4_000) -> pl.DataFrame:
    """Two Erlang-k waits of customers whose rates differ a thousandfold."""
    random = np.random.default_rng(k)
    pace = np.exp(random.uniform(0, 7, (size, 1)))
    wait, following = (random.gamma(k, 1, (size, 2)) * pace).T
    return pl.DataFrame({"wait": wait, "next_wait": following})


@pytest.mark.parametrize("k", [1, 2, 4])
def test_regularity_is_erlangs(k: int) -> None:
    found = regularity(waits(k))
    assert found.low < k < found.high
    assert found.high - found.low < 0.15 * k
    assert (found.doubt is not None) == (k > 1)


def test_regular_buyers_are_offered_their_model() -> None:
    doubt = regularity(waits(3)).doubt
    assert doubt is not None
    assert "regularity 3." in str(doubt)
    assert "Take the MBG/CNBD-k" in str(doubt)


def test_few_or_impossible_waits_are_refused() -> None:
    with pytest.raises(BadRequest, match="Only 50 customers"):
        regularity(waits(1, 50))
    with pytest.raises(BadRequest, match="of no length"):
        regularity(waits(1).with_columns(wait=pl.lit(0.0)))
    with pytest.raises(BadRequest, match="no column 'wait'"):
        regularity(waits(1).drop("wait"))


def test_the_rhythm_is_worth_knowing() -> None:
    """Of customers who buy every third click: k = 3 fits better, and tells better what comes."""
    histories, lives = told(MbgCnbd(TimeUnit.DAYS, 1.5, 30.0, 0.6, 4.0, 3), 1_500, 180, 1)
    fits = fit_each_k(histories)
    by_k = likelihood_by_k(fits)
    low, high = likely_k(by_k)
    assert 2 <= low <= 3 <= high <= 6
    assert max(by_k) == high + 1 or max(by_k) == 5
    chance, rhythm = fit(MbgNbd, histories), fits[likeliest_k(by_k)]
    assert rhythm.log_likelihood > chance.log_likelihood + 30
    window = hold_out([chance, rhythm], lives.coming, 180)
    assert window.table["model"][0] == "MBG/CNBD-k"
    with pytest.raises(BadRequest, match="from 1 to 12"):
        fit_regular(histories, 13)


def test_cdnows_buyers_have_no_rhythm() -> None:
    """As BTYDplus finds it (its demo of CDNOW): k = 1, which is the MBG/NBD with its published likelihood."""
    found = likelihood_by_k(fit_each_k(cdnow()))
    assert [*found] == [1, 2, 3, 4, 5]
    assert likeliest_k(found) == 1
    assert likely_k(found) == (1, 1)
    assert found[1] == pytest.approx(-9582.136, abs=0.001)
