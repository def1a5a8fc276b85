"""Retention: triangles equal a loop over customers, curves and intervals published or simulated figures."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.retention.cohort_triangle import Kept, triangle
from mining.retention.kaplan_meier import kaplan_meier
from mining.retention.second_purchase import time_to_second_purchase
from mining.retention.wilson_interval import wilson

LAST = 11


def purchases(seed: int = 1, customers: int = 60) -> dict[int, dict[int, float]]:
    """What each customer spent in each period, the first one included."""
    chance = random.Random(seed)
    found = {}
    for each in range(customers):
        first = chance.randrange(LAST + 1)
        later = (at for at in range(first + 1, LAST + 1) if chance.random() < 0.3)
        found[each] = {at: chance.randrange(1, 90) for at in (first, *later)}
    return found


def cells(bought: dict[int, dict[int, float]]) -> pl.DataFrame:
    sums: dict[tuple[int, int], list[float]] = defaultdict(list)
    for spent in bought.values():
        for at, money in spent.items():
            sums[min(spent), at].append(money)
    rows = [
        (0, cohort, at, len(each), len(each), sum(each), sum(each)) for (cohort, at), each in sums.items()
    ]
    names = ["member", "cohort", "period", "customers", "orders", "revenue", "margin"]
    return pl.DataFrame(rows, dict.fromkeys(names, pl.Float64), orient="row").cast(
        dict.fromkeys(names[:5], pl.Int64)
    )


def test_orders_have_no_interval_below_none() -> None:
    """Two cohorts without an order later and one with four a customer: the ratio's own interval begins below 0."""
    rows = [(0, at, at, 10, 10) for at in (0, 1, 2)] + [(0, 0, 1, 0, 40)]
    names = ["member", "cohort", "period", "customers", "orders"]
    found = triangle(pl.DataFrame(rows, names, orient="row"), 3, True, Kept.ORDERS)
    point = found.at(1)
    assert point
    assert point["value"] == pytest.approx(40 / 30)
    assert point["low"] == 0


def test_a_triangle_is_that_of_a_loop_over_customers() -> None:
    bought = purchases()
    for kept, per_customer in (
        (Kept.CUSTOMERS, lambda spent, at: float(at in spent)),
        (Kept.REVENUE, lambda spent, at: spent.get(at, 0.0)),
        (Kept.MARGIN, lambda spent, at: sum(money for when, money in spent.items() if when <= at)),
    ):
        found = triangle(cells(bought), LAST, False, kept)
        rows = {(row["cohort"], row["age"]): row for row in found.cells.iter_rows(named=True)}
        begun = {min(spent) for spent in bought.values()}
        assert rows.keys() == {(each, age) for each in begun for age in range(LAST - each + 1)}
        for (cohort, age), row in rows.items():
            own = [spent for spent in bought.values() if min(spent) == cohort]
            mean = sum(per_customer(spent, cohort + age) for spent in own) / len(own)
            assert row["value"] == pytest.approx(mean), (kept, cohort, age)
            assert row["is_partial"] == (cohort + age == LAST)
        for point in found.curve.iter_rows(named=True):
            old = [spent for spent in bought.values() if min(spent) + point["age"] < LAST]
            mean = sum(per_customer(spent, min(spent) + point["age"]) for spent in old) / len(old)
            assert point["value"] == pytest.approx(mean), (kept, point)


def test_what_has_not_begun_is_absent_and_what_is_not_over_joins_no_mean() -> None:
    frame = pl.DataFrame(
        {"member": [0] * 3, "cohort": [1, 1, 2], "period": [1, 2, 2], "customers": [10, 4, 5]}
    )
    partial, whole = triangle(frame, 2, False), triangle(frame, 2, True)
    assert partial.cells.select("cohort", "age", "value").rows() == [(1, 0, 1.0), (1, 1, 0.4), (2, 0, 1.0)]
    assert partial.at(1) is None
    assert (whole.at(1) or {})["value"] == 0.4
    assert (triangle(frame, 3, True).at(2) or {})["value"] == 0.0


def test_a_margin_that_is_not_known_makes_all_that_follow_unknown() -> None:
    frame = pl.DataFrame(
        {
            "member": [0] * 4,
            "cohort": [1, 1, 1, 1],
            "period": [1, 3, 4, 5],
            "customers": [2, 1, 1, 1],
            "margin": [10.0, 6.0, None, 4.0],
        }
    )
    values = triangle(frame, 5, True, Kept.MARGIN).cells["value"].to_list()
    assert values == [5.0, 5.0, 8.0, None, None]


def test_the_curve_of_a_firm_whose_truth_is_known() -> None:
    """Of 400 firms that keep three in ten, the interval holds that in 93 to 97 of 100."""
    chance = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        sizes = chance.integers(20, 60, 8)
        low, high = wilson(
            np.array([float(chance.binomial(sizes, 0.3).sum())]), np.array([float(sizes.sum())])
        )
        held += bool(low[0] <= 0.3 <= high[0])
    assert 0.93 <= held / 400 <= 0.97


def test_the_interval_of_money_holds_the_truth() -> None:
    chance = np.random.default_rng(2)
    held = 0
    for _ in range(300):
        sizes = chance.integers(20, 60, 12)
        money = [chance.gamma(2.0, 5.0, size).sum() for size in sizes]
        frame = pl.DataFrame(
            {
                "member": [0] * 12,
                "cohort": range(12),
                "period": range(12),
                "customers": sizes,
                "revenue": money,
            }
        )
        point = triangle(frame, 11, True, Kept.REVENUE).at(0) or {}
        held += (point["low"] or 0) <= 10.0 <= (point["high"] or 0)
    assert 0.91 <= held / 300 <= 0.98


def test_two_cohorts_tell_no_spread_of_money() -> None:
    frame = pl.DataFrame(
        {"member": [0, 0], "cohort": [1, 2], "period": [1, 2], "customers": [3, 4], "revenue": [3.0, 8.0]}
    )
    point = triangle(frame, 2, True, Kept.REVENUE).at(0) or {}
    assert (point["value"], point["low"], point["high"]) == (11 / 7, None, None)


def test_nobody_has_no_triangle() -> None:
    frame = pl.DataFrame({"member": [0], "cohort": [1], "period": [2], "customers": [0]})
    with pytest.raises(BadRequest, match="Nobody bought here"):
        triangle(frame, 2, True)


def test_wilson_of_published_figures() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    low, high = wilson(np.array([81.0, 15.0, 0.0, 1.0]), np.array([263.0, 148.0, 20.0, 29.0]))
    assert low.round(4).tolist() == [0.2553, 0.0624, 0.0, 0.0061]
    assert high.round(4).tolist() == [0.3662, 0.1605, 0.1611, 0.1718]


def test_seven_spells() -> None:
    """The mean of those that finished would be 10 days; half have not finished within 30. Ends as lifelines 0.30.3."""
    found = kaplan_meier([6, 10, 14, 8, 20, 25, 30], [True, True, True, False, False, False, False])
    assert found.frame["surviving"].round(4).to_list() == [0.8571, 0.6857, 0.5143]
    assert found.frame["at_risk"].to_list() == [7, 5, 4]
    assert (found.median, found.longest, found.finished, found.spells) == (None, 30, 3, 7)
    assert found.frame["low"].round(4).to_list() == [0.3341, 0.2128, 0.1178]
    assert found.frame["high"].round(4).to_list() == [0.9786, 0.9121, 0.8132]
    assert (found.surviving(5), found.surviving(31)) == (1.0, None)


def test_spells_that_all_finish_are_the_plain_shares() -> None:
    found = kaplan_meier([1, 2, 2, 4], [True] * 4)
    assert found.frame["surviving"].to_list() == pytest.approx([0.75, 0.25, 0.0])
    assert (found.median, found.frame["low"][-1], found.frame["high"][-1]) == (2, 0.0, 0.0)
    with pytest.raises(BadRequest, match="nothing to follow"):
        kaplan_meier([], [])


def test_who_has_not_come_back_waits_until_the_day() -> None:
    frame = pl.DataFrame(
        {
            "first_day": [date(2011, 1, 1), date(2011, 1, 1), date(2011, 1, 5)],
            "second_day": [date(2011, 1, 4), None, date(2011, 1, 20)],
        }
    )
    found = time_to_second_purchase(frame, date(2011, 1, 10).replace(day=31))
    assert found.frame.select("time", "at_risk").rows() == [(3.0, 3), (15.0, 2)]
    assert (found.longest, found.median) == (30.0, 15.0)
