"""Models are measured on one window that none has seen: CDNOW's weeks 40 to 78."""

from __future__ import annotations

from itertools import islice

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.fitted_purchases import fit
from mining.lifetime.held_out_window import HeldOutWindow, hold_out
from mining.lifetime.mbgnbd import MbgNbd
from mining.lifetime.pareto_nbd import ParetoNbd
from mining.lifetime.purchase_histories import TimeUnit
from tests.mining.lifetime_firms import cdnow, cdnow_customers

COMING = cdnow_customers()["coming"].to_numpy()


@pytest.fixture(scope="module")
def window() -> HeldOutWindow:
    return hold_out([fit(story, cdnow()) for story in (BgNbd, MbgNbd, ParetoNbd)], COMING, 273)


def test_what_came_and_what_was_told(window: HeldOutWindow) -> None:
    assert (window.customers, window.came, window.buyers) == (2357, 1882, int((COMING > 0).sum()))
    assert window.naive == pytest.approx(2930, abs=1)
    rows = {row["model"]: row for row in window.table.iter_rows(named=True)}
    assert rows["BG/NBD"]["purchases"] == pytest.approx(1653, abs=1)
    assert rows["BG/NBD"]["bias"] == pytest.approx(1653.4 / 1882 - 1, abs=1e-4)
    assert rows["BG/NBD"]["correlation"] == pytest.approx(0.6256, abs=1e-4)
    assert rows["Pareto/NBD"]["correlation"] == pytest.approx(0.6302, abs=1e-4)


def test_the_log_score_is_a_mean_over_customers(window: HeldOutWindow) -> None:
    fitted, histories, found = fit(BgNbd, cdnow()), cdnow(), []
    for at, count in enumerate(COMING):
        row = histories.distinct.take(histories.row_of[at : at + 1])
        tails = [1.0, *(each[0] for each in islice(fitted.model.tails(39.0, row, 0.0), int(count) + 1))]
        found.append(np.log(tails[count] - tails[count + 1]))
    told = window.table.filter(pl.col("model") == "BG/NBD")["log_score"][0]
    assert np.mean(found) == pytest.approx(told)


def test_the_best_stands_first_and_errors_are_of_differences(window: HeldOutWindow) -> None:
    assert window.table["log_score"].is_sorted(descending=True)
    assert window.table["log_score_error"].to_list()[0] is None
    assert window.table["log_score_error"].null_count() == 1


def test_deciles_hold_everybody_once(window: HeldOutWindow) -> None:
    for (_,), part in window.deciles.group_by("model"):
        assert part["customers"].sum() == 2357
        assert (part["came"] * part["customers"]).sum() == pytest.approx(window.buyers)
        assert (part["purchases_came"] * part["customers"]).sum() == pytest.approx(1882)
        assert part["bought"].is_sorted()
        assert ((part["came_low"] <= part["came"]) & (part["came"] <= part["came_high"])).all()


def test_models_of_other_histories_are_refused() -> None:
    one = fit(BgNbd, cdnow())
    with pytest.raises(BadRequest, match="different histories"):
        hold_out([one, fit(MbgNbd, cdnow(TimeUnit.DAYS))], COMING, 273)
    with pytest.raises(BadRequest, match="not of the same customers"):
        hold_out([one], COMING[1:], 273)
    with pytest.raises(BadRequest, match="no model"):
        hold_out([], COMING, 273)
