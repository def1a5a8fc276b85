"""Rounds of feedback on prototypes, held against another way to count them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from scipy import stats

from mining.proposals.prototype_rounds import prototype_rounds

DAY = datetime(2026, 3, 1)
SCHEMA = {
    "version": pl.String,
    "person": pl.Int64,
    "at": pl.Datetime("us"),
    "score": pl.Float64,
    "would_pay": pl.Float64,
}


def rounds(*rows: tuple[str, int, float | None, float | None]) -> list[dict[str, Any]]:
    told = [
        (version, who, DAY + timedelta(hours=at), score, price)
        for at, (version, who, score, price) in enumerate(rows)
    ]
    return list(prototype_rounds(pl.DataFrame(told, schema=SCHEMA, orient="row")).iter_rows(named=True))


def test_a_round_tells_its_mean_with_the_interval_of_scipy() -> None:
    scores = [3.0, 4.0, 2.0, 4.0, 3.0]
    found = rounds(
        *(("1", who, score, 10.0 + who if who % 2 else None) for who, score in enumerate(scores, 1))
    )
    low, high = stats.ttest_1samp(scores, 0).confidence_interval(0.95)
    assert found == [
        {"version": "1", "n": 5, "score": pytest.approx(3.2), "low": pytest.approx(low), "high": pytest.approx(high),
         "would_pay": 13.0, "priced": 3}
    ]  # fmt: skip


def test_the_last_word_of_a_person_counts_and_nobody_known_each_for_themselves() -> None:
    found = rounds(
        ("1", 7, 1.0, None), ("2", 7, 5.0, None), ("1", 7, 4.0, 9.0), ("1", 0, 2.0, None), ("1", 0, 3.0, None)
    )
    assert [(each["version"], each["n"], each["score"], each["priced"]) for each in found] == [
        ("1", 3, 3.0, 1),
        ("2", 1, 5.0, 0),
    ]


def test_few_or_equal_answers_tell_no_interval() -> None:
    for scores in ([4.0], [4.0, 4.0, 4.0], [None]):
        (found,) = rounds(*(("1", who, score, None) for who, score in enumerate(scores, 1)))
        assert (found["low"], found["high"], found["would_pay"]) == (None, None, None)
    assert rounds() == []


def test_an_interval_stays_within_the_scale() -> None:
    (found,) = rounds(("1", 1, 1.0, None), ("1", 2, 5.0, None))
    assert (found["low"], found["high"]) == (1.0, 5.0)
