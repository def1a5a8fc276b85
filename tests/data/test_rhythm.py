"""What a delivery usually has is learnt: few false alarms over a year of a shop, and halves and doubles are noticed."""

from __future__ import annotations

import random
from calendar import monthrange
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from math import exp

import pytest

from data.load.checking.delivery_rhythm import usual

WEEK = (0.8, 0.75, 0.9, 1.0, 1.3, 1.8, 0.5)
CLOSED = {(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)}


def year(seed: int, sundays: bool) -> list[tuple[date, int]]:
    """A year of a shop: a week's pattern, month ends, growth by a third, Christmas, holidays on which it is closed."""
    chance, found = random.Random(seed), []
    for at in range(365):
        day = date(2024, 1, 2) + timedelta(at)
        rows = 400 * WEEK[day.weekday()] * exp(0.3 * at / 365) * exp(chance.gauss(0, 0.1))
        if monthrange(day.year, day.month)[1] - day.day < 2:
            rows *= 1.6
        if day.month == 12 and day.day < 25:
            rows *= 1 + 0.8 * day.day / 24
        tomorrow = day + timedelta(1)
        rows *= 1.3 if (tomorrow.month, tomorrow.day) in CLOSED else 1
        closed = (day.month, day.day) in CLOSED or (not sundays and day.weekday() == 6)
        found.append((day, 0 if closed else round(chance.gauss(rows, rows**0.5))))
    return found


def office(seed: int) -> list[tuple[date, int]]:
    """A year of a wholesaler: Monday to Friday, twice as much on the last two working days of a month."""
    chance = random.Random(seed)
    days = [each for at in range(365) if (each := date(2024, 1, 2) + timedelta(at)).weekday() < 5]
    ends = {days[at] for at in range(len(days) - 2) if days[at].month != days[at + 2].month}
    rows = (
        200 * (1.8 if day in ends else 1) * exp(0.25 * at / 260 + chance.gauss(0, 0.1))
        for at, day in enumerate(days)
    )
    return [(day, round(each)) for day, each in zip(days, rows, strict=True)]


@pytest.mark.parametrize(
    "made",
    [lambda seed: year(seed, True), lambda seed: year(seed, False), office],
    ids=["all", "closed", "office"],
)
def test_a_year_of_a_shop(made: Callable[[int], list[tuple[date, int]]]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(2):
        days = made(seed)
        for at, (day, rows) in enumerate(days):
            expected = usual(days[:at], day) if rows and at >= 3 else None
            if expected is None:
                continue
            seen["days"] += 1
            seen["false"] += not expected.low <= rows <= expected.high
            if at >= 28:
                seen["later"] += 1
                seen["halves"] += not expected.low <= rows / 2 <= expected.high
                seen["doubles"] += not expected.low <= rows * 2 <= expected.high
    assert seen["false"] < 0.02 * seen["days"]
    assert min(seen["halves"], seen["doubles"]) > 0.9 * seen["later"]


def test_what_is_known_from_a_few_deliveries_and_from_none() -> None:
    assert usual([], date(2024, 1, 1)) is None
    assert usual([(date(2024, 1, 1), 0)], date(2024, 1, 2)) is None
    found = usual([(date(2024, 1, day), 100) for day in (1, 2, 3)], date(2024, 1, 4))
    assert found is not None
    assert (found.rows, round(found.low), round(found.high)) == (100, 33, 300)
