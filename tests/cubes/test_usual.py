"""What the past tells: which periods are alike, and how far a change must go to be news."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from scipy import stats

from cubes.analysis.usual_movement import Moves, Past, UsualMovement, past, standing, usual
from data.model.calendar import Calendar, Days, day_key

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


def alone(changes: np.ndarray) -> Moves:
    """Changes of parts that matter, in a whole that hardly moved."""
    return Moves(changes, np.zeros_like(changes), np.zeros(changes.shape[1]))


def what_is_usual(
    changes: np.ndarray, size: float, units: float, of: Past = MONTHLY, sums: bool = True
) -> UsualMovement:
    count = len(changes)
    return usual(alone(changes), np.zeros(count), np.full(count, size), np.full(count, units), of, sums)


def test_median_and_deviation_by_hand() -> None:
    changes = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 100.0]])
    found = what_is_usual(changes, 10.0, 10.0)
    assert found.middle == pytest.approx([4.5])
    assert found.spread == pytest.approx([1.4826 * 2 * math.sqrt(1 + math.pi / 16)])


def test_twelve_months_spread_as_independent_ones_and_counts_as_one() -> None:
    changes = np.array([[1.0, -1.0] * 4])
    twelve = Past("month", 1, 12, 0, 24, 8, times=12)
    sums = what_is_usual(changes, 120.0, 10.0, twelve)
    assert sums.spread == pytest.approx([1.4826 * math.sqrt(12 + 144 * math.pi / 16)])
    counts = what_is_usual(changes, 30.0, 10.0, twelve, sums=False)
    assert counts.spread == pytest.approx([1.4826 * 3 * math.sqrt(1 + math.pi / 16)])


def test_a_calm_part_is_judged_as_its_like_and_the_wildest_raises_the_bar() -> None:
    noisy = np.tile([3.0, -3.0], (4, 4))
    calm = np.vstack([noisy, np.zeros(8)])
    found = what_is_usual(calm, 25.0, 25.0)
    assert found.spread[4] == pytest.approx(found.spread[0])
    assert found.bar == pytest.approx(stats.t.isf(stats.norm.sf(3.5), 21), rel=0.02)
    wild = calm.copy()
    wild[0, 0] = 60.0
    assert what_is_usual(wild, 25.0, 25.0).bar > 10


def test_a_small_part_that_went_wild_does_not_raise_the_bar() -> None:
    """It moved 6 where another moved 100: nobody would have been told of it."""
    changes = np.tile([0.1, -0.1], (5, 4))
    changes[0, 0], changes[1] = 6.0, np.tile([100.0, -100.0], 4)
    found = what_is_usual(changes, 25.0, 25.0)
    assert found.bar < 7


@pytest.mark.parametrize("count", [8, 12, 24])
@pytest.mark.parametrize(("parts", "times"), [(2, 1), (4, 2), (7, 4), (20, 4)])
def test_few_changes_raise_the_bar_as_students_t_does(count: int, parts: int, times: int) -> None:
    changes = np.tile([3.0, -3.0], (parts, count // 2))
    free = times * (count - 1)
    assert what_is_usual(changes, 1.0, 1.0).bar == pytest.approx(
        stats.t.isf(stats.norm.sf(3.5), free), rel=0.02
    )


def test_parts_chosen_out_of_many_are_news_as_seldom_as_one_of_all() -> None:
    changes, sizes = np.tile([3.0, -3.0], (60, 12)), np.ones(60)
    few, many = (
        usual(alone(changes), np.zeros(60), sizes, sizes, MONTHLY, True, searched=each) for each in (60, 6000)
    )
    assert few.bar == what_is_usual(changes, 1.0, 1.0).bar
    assert many.bar == pytest.approx(stats.t.isf(stats.norm.sf(3.5) / 100, 4 * 23), rel=0.02)


def test_a_change_beyond_the_bar_is_news_though_neither_period_stands_out_as_far() -> None:
    changes, sizes = np.tile([1.0, -1.0], (4, 4)), np.full(4, 9.0)
    found = usual(
        alone(changes), np.zeros(4), sizes, sizes, MONTHLY, True,
        standing(changes, np.full(4, -3.0), np.full(4, 3.0), sizes),
    )  # fmt: skip
    far = np.array([1.01, -1.01, 0.99, -0.99]) * found.bar * found.spread
    assert found.is_news(far).tolist() == [True, True, False, False]


def test_what_all_do_alike_is_no_part_of_what_is_usual_for_one() -> None:
    season = np.tile([50.0, -50.0], 4)
    own = np.array([[1.0, -1.0] * 4, [-1.0, 1.0] * 4, [1.0, 1.0, -1.0, -1.0] * 2])
    moves = Moves(own + season, np.tile(season, (3, 1)), 3 * season)
    sizes = np.full(3, 9.0)
    found = usual(moves, np.full(3, 20.0), sizes, sizes, MONTHLY, sums=True)
    alike = what_is_usual(own, 9.0, 9.0)
    assert found.spread == pytest.approx(alike.spread)
    assert found.range()[0] == pytest.approx(alike.range()[0] + 20)


def test_one_of_the_two_periods_must_stand_out_of_those_before_it() -> None:
    changes = np.tile([1.0, -1.0], (4, 4))
    sizes = np.full(4, 9.0)
    # A fall of its own, a base that stood too high, a fall where both are as ever, a fall of a base that was low.
    stood = standing(changes, np.array([-50.0, 0.0, 0.0, 0.0]), np.array([0.0, 50.0, 0.0, -50.0]), sizes)
    found = usual(alone(changes), np.zeros(4), sizes, sizes, MONTHLY, True, stood)
    fallen = np.full(4, -3 * found.spread[0])
    assert found.is_news(fallen).tolist() == [True, True, False, False]
    assert not found.is_news(fallen / 3).any()


def test_how_many_periods_before_are_looked_at() -> None:
    assert Past("month", 1, 1, 0, 24, 8).before == 6
    assert Past("quarter", 1, 1, 0, 9, 8).before == 3
    assert Past("quarter", 1, 1, 0, 7, 6).before == 0
    assert Past("month", 1, 12, 0, 24, 12, times=12).before == 0
    found = Past("month", 1, 1, 0, 12, 11)
    assert (found.standing[-1], found.earliest) == (6, 0)


def test_news_is_what_lies_beyond_the_bar() -> None:
    found = what_is_usual(np.tile([1.0, -1.0], (3, 4)), 9.0, 9.0)
    edge = found.bar * found.spread[0]
    assert found.is_news(np.array([edge * 1.01, edge * 0.99, -edge * 1.01])).tolist() == [True, False, True]
