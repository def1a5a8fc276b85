"""Purchase histories count days whatever the unit, and say what no history can be."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.lifetime.purchase_histories import DistinctHistories, TimeUnit, histories

UNTIL = date(2025, 1, 1)
FRAME = pl.DataFrame({
    "customer": ["a", "b", "c", "d"],
    "repeats": [0, 3, 0, 0],
    "first_day": [date(2024, 12, 18), date(2024, 1, 1), date(2024, 12, 18), UNTIL],
    "last_day": [date(2024, 12, 18), date(2024, 1, 31), date(2024, 12, 18), UNTIL],
    "repeat_spend": [5.0, 20.0, None, None],
})  # fmt: skip


def test_days_are_counted_and_weeks_are_sevenths_of_them() -> None:
    days, weeks = (histories(FRAME, unit, UNTIL) for unit in (TimeUnit.DAYS, TimeUnit.WEEKS))
    assert days.age.tolist() == [14, 366, 14, 0]
    assert weeks.recency.tolist() == [0, 30 / 7, 0, 0]
    assert weeks.repeat_buyers == 1
    assert weeks.frame["repeat_spend"].to_list() == [None, 20.0, None, None]


def test_equal_histories_are_one_row_with_a_weight() -> None:
    found = histories(FRAME, TimeUnit.DAYS, UNTIL)
    rows = found.distinct
    assert sorted(rows.weights) == [1, 1, 2]
    assert np.array_equal(rows.repeats[found.row_of], found.repeats)
    assert np.array_equal(rows.age[found.row_of], found.age)
    assert np.array_equal(rows.recency[found.row_of], found.recency)
    assert np.array_equal(rows.pairs.age_days[rows.pair_of], rows.age_days)


def test_counting_is_what_numpy_finds() -> None:
    """Small and large numbers, few and many of each; so large that no place has room beside them."""
    random = np.random.default_rng(0)
    for most in (3, 5_000, 2**40, 2**61):
        x = random.integers(0, most, 3_000) // random.choice([1, 1_000, 10**9], 3_000)
        found = DistinctHistories.counted(x, np.zeros_like(x), np.zeros_like(x), TimeUnit.DAYS)
        codes, row_of, weights = np.unique(x, return_inverse=True, return_counts=True)
        assert np.array_equal(found[0].repeats, codes)
        assert np.array_equal(found[0].weights, weights)
        assert np.array_equal(found[1], row_of)


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("customer", ["a", "a", "c", "d"], "more than one row"),
        ("repeats", [0, None, 0, 0], "1 of 4 customers lack"),
        ("repeats", [0, 31, 0, 0], "more days than there were"),
        ("repeats", [0, -1, 0, 0], "fewer than 0"),
        ("repeats", [0, 0, 0, 0], "never came back, yet"),
        ("last_day", [*FRAME["last_day"][:3], date(2025, 2, 1)], "bought after 2025-01-01"),
        ("last_day", [date(2024, 12, 1), *FRAME["last_day"][1:]], "before they bought first"),
        ("repeat_spend", [None, -1.0, None, None], "spent less than 0"),
        ("repeat_spend", [None, float("nan"), None, None], "no number"),
        ("margin_share", [None, 1.2, None, None], "over 100%"),
    ],
)
def test_what_no_history_can_be_is_said(column: str, values: list[Any], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        histories(FRAME.with_columns(pl.Series(column, values)), TimeUnit.DAYS, UNTIL)


def test_columns_and_customers_must_be_there() -> None:
    with pytest.raises(BadRequest, match="no column 'repeats'"):
        histories(FRAME.drop("repeats"), TimeUnit.DAYS, UNTIL)
    with pytest.raises(BadRequest, match="no customers"):
        histories(FRAME.clear(), TimeUnit.DAYS, UNTIL)
