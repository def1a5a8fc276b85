"""Sentences that know their values: English as they stand, and each value for whoever writes them anew."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from decimal import Decimal

import numpy as np

from data.errors import BadRequest
from data.model.said import Said, SaidPeriod, SaidValue, joined, said


def marked(each: SaidValue) -> str:
    return f"<{each}>"


def test_a_sentence_is_its_english_text_and_gives_its_values_to_be_written_anew() -> None:
    told = said(
        "{:,} of {} by {}, {:.1%} since {}",
        12_345,
        "{many}, 1,234",
        Decimal("0.010"),
        0.125,
        date(2025, 1, 3),
    )
    assert told == "12,345 of {many}, 1,234 by 0.010, 12.5% since 2025-01-03"
    assert told.written(marked) == "<12,345> of {many}, 1,234 by <0.010>, <12.5%> since <2025-01-03>"
    assert said("{:,} cells", np.int64(1_000)).written(marked) == "<1,000> cells"
    assert said("in {}", SaidPeriod("month", "2025-01")).written(marked) == "in <2025-01>"


def test_sentences_within_sentences_keep_their_values() -> None:
    inner = said("{:,} customers", 20_000)
    whole = joined("; ", [said("{}: {}", "Sales", inner), "no value", inner])
    assert whole == "Sales: 20,000 customers; no value; 20,000 customers"
    assert whole.written(marked) == "Sales: <20,000> customers; no value; <20,000> customers"
    assert said("{} {}", "the top", 3).begun_large().written(marked) == "The top <3>"
    assert inner.begun_large() == inner
    assert joined("; ", []) == ""


def test_what_is_copied_kept_or_raised_keeps_them_and_is_equal_to_its_text() -> None:
    told = said("{:,} cells", 1_000)
    for each in (pickle.loads(pickle.dumps(told)), copy.deepcopy(told), BadRequest(told).problem):
        assert isinstance(each, Said)
        assert each.written(marked) == "<1,000> cells"
    assert {told: 1}["1,000 cells"] == 1
    assert (
        BadRequest(said("{} rows of postgresql://clerk:hunter2@erp/sales", 3)).problem.count("hunter2") == 0
    )
