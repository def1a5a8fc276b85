"""Money of purchase histories: margin shares by a loop, and what is unknown stays unknown and is counted."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from mining.lifetime.billed_histories import billed_histories
from mining.lifetime.purchase_histories import TimeUnit

UNTIL = date(2011, 12, 31)
DAYS = {"first_day": date(2011, 1, 1), "last_day": date(2011, 6, 1)}
KNOWN = {"first_spend": 100.0, "repeat_spend": 50.0, "first_margin": 40.0, "repeat_margin": 10.0}


def customer(name: str, repeats: int = 2, **changed: Any) -> dict[str, Any]:
    told = {"customer": name, "repeats": repeats, **DAYS, **KNOWN, "returned_spend": 0.0} | changed
    return (
        told
        if repeats
        else told | {"last_day": told["first_day"], "repeat_spend": None, "repeat_margin": None}
    )


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    money = dict.fromkeys((*KNOWN, "returned_spend"), pl.Float64)
    return pl.DataFrame(list(rows), schema_overrides=money)


def test_a_margin_share_is_that_of_the_days_whose_cost_is_known() -> None:
    rows = [
        customer("all"),
        customer("once", repeats=0),
        customer("later", first_margin=None),
        customer("first", repeat_margin=None),
        customer("unknown", first_margin=None, repeat_margin=None),
        customer("nothing", first_spend=-100.0),
        customer("absurd", first_margin=-400.0),
    ]
    found = billed_histories(frame(*rows), TimeUnit.DAYS, UNTIL).histories.frame
    shares = dict(found.select("customer", "margin_share").iter_rows())
    assert shares == {
        "all": (40 + 2 * 10) / (100 + 2 * 50),
        "once": 0.4,
        "later": 0.2,
        "first": 0.4,
        "unknown": None,
        "nothing": None,
        "absurd": None,
    }


def test_a_margin_beyond_what_was_spent_is_left_out_and_never_called_unknown() -> None:
    absurd = [customer("loss", first_margin=-400.0), customer("nothing", first_spend=-100.0)]
    lossy = billed_histories(frame(*absurd), TimeUnit.DAYS, UNTIL)
    assert (lossy.margin_left_out, "margin_share" in lossy.histories.frame.columns) == (2, False)
    assert "lies beyond 100%" in lossy.why_no_margin
    mixed = billed_histories(frame(*absurd, customer("a")), TimeUnit.DAYS, UNTIL)
    assert (mixed.margin_left_out, mixed.why_margin_assumed) == (
        2,
        "is not known, or beyond 100% of their spend",
    )


def test_without_any_cost_there_is_no_margin() -> None:
    told = billed_histories(frame(customer("a", first_margin=None, repeat_margin=None)), TimeUnit.DAYS, UNTIL)
    assert "margin_share" not in told.histories.frame.columns
    assert (told.margin_left_out, told.why_margin_assumed) == (0, "is not known")


def test_what_came_back_is_counted_and_never_averaged_in() -> None:
    rows = [customer("a", returned_spend=-30.0), customer("b", repeat_spend=-5.0), customer("c", repeats=0)]
    told = billed_histories(frame(*rows), TimeUnit.DAYS, UNTIL)
    assert told.histories.frame["repeat_spend"].to_list() == [50.0, None, None]
    assert told.spend_left_out == 1
    assert told.returned_share == pytest.approx(30 / (200 + 90 + 100))
