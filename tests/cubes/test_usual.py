"""What the past tells: which periods are alike, and how far a change must go to be news."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from cubes.usual import Past, past, usual
from data.calendar import Calendar, Days, day_key

CALENDAR = Calendar()


def days(first: str, last: str) -> Days:
    return Days(day_key(date.fromisoformat(first)), day_key(date.fromisoformat(last)))


THREE_YEARS = days("2023-01-01", "2025-12-31")
MONTHLY = Past("month", 1, 1, 0, 24, 8)


@pytest.mark.parametrize(
    ("own", "base", "sums", "wanted"),
    [
        # Months against months before: every earlier month has one before it, but the first.
        (("2025-06-01", "2025-06-30"), ("2025-05-01", "2025-05-31"), True, ("month", 1, 1, 28, 1)),
        # A year against the year before: one past year pair at most, so the twelve past months' growths.
        (("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31"), True, ("month", 1, 12, 12, 12)),
        (("2025-10-01", "2025-12-31"), ("2025-07-01", "2025-09-30"), True, ("quarter", 1, 1, 10, 1)),
        # Thirty days against the thirty before them, counted in days.
        (("2025-12-02", "2025-12-31"), ("2025-11-02", "2025-12-01"), True, ("day", 30, 30, 34, 1)),
        # Twenty days of a month that went on are no month.
        (("2025-06-01", "2025-06-20"), ("2025-05-01", "2025-05-20"), True, ("day", 20, 31, 42, 1)),
    ],
)
def test_which_past_changes_are_like_the_one_asked_about(
    own: tuple[str, str], base: tuple[str, str], sums: bool, wanted: tuple[str, int, int, int, int]
) -> None:
    found = past(CALENDAR, THREE_YEARS, days(*own), days(*base), sums)
    assert found
    assert (found.grain, found.length, found.lag, found.count, found.times) == wanted
    assert found.earliest >= found.first


def test_too_short_a_past_says_how_short_and_periods_unlike_have_none() -> None:
    short = past(
        CALENDAR, days("2025-01-01", "2025-06-30"), days("2025-06-01", "2025-06-30"),
        days("2025-05-01", "2025-05-31"), True,
    )  # fmt: skip
    assert short
    assert (short.grain, short.count, short.enough) == ("month", 4, False)
    later = past(
        CALENDAR, THREE_YEARS, days("2024-01-01", "2024-01-31"), days("2025-01-01", "2025-01-31"), True
    )
    assert later is None


def test_median_and_deviation_by_hand() -> None:
    changes = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 100.0]])
    found = usual(changes, np.array([10.0]), np.array([10.0]), MONTHLY, sums=True)
    assert found.middle == pytest.approx([4.5])
    assert found.spread == pytest.approx([1.4826 * 2 * math.sqrt(1 + math.pi / 16)])


def test_twelve_months_spread_as_independent_ones_and_counts_as_one() -> None:
    changes = np.array([[1.0, -1.0] * 4])
    twelve = Past("month", 1, 12, 0, 24, 8, times=12)
    sums = usual(changes, np.array([120.0]), np.array([10.0]), twelve, sums=True)
    assert sums.spread == pytest.approx([1.4826 * math.sqrt(12 + 144 * math.pi / 16)])
    counts = usual(changes, np.array([30.0]), np.array([10.0]), twelve, sums=False)
    assert counts.spread == pytest.approx([1.4826 * 3 * math.sqrt(1 + math.pi / 16)])


def test_a_calm_part_is_judged_as_its_like_and_the_wildest_raises_the_bar() -> None:
    noisy = np.tile([3.0, -3.0], (4, 4))
    calm = np.vstack([noisy, np.zeros(8)])
    found = usual(calm, np.full(5, 25.0), np.full(5, 25.0), MONTHLY, sums=True)
    assert found.spread[4] == pytest.approx(found.spread[0])
    assert found.bar == 3.5
    wild = calm.copy()
    wild[0, 0] = 60.0
    assert usual(wild, np.full(5, 25.0), np.full(5, 25.0), MONTHLY, sums=True).bar > 10


def test_news_is_what_lies_beyond_the_bar() -> None:
    changes = np.tile([1.0, -1.0], (3, 4))
    found = usual(changes, np.full(3, 9.0), np.full(3, 9.0), MONTHLY, sums=True)
    edge = found.bar * found.spread[0]
    assert found.is_news(np.array([edge * 1.01, edge * 0.99, -edge * 1.01])).tolist() == [True, False, True]
