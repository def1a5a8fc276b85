"""A partner beside the others: figures by hand, and nothing of the others where they are too few."""

from __future__ import annotations

import math

import polars as pl
import pytest

from mining.partners.beside_others import LEAST_OTHERS, beside_others, fill_rate, lead_time

NAMES = ("is_due", "in_time", "in_time_in_full", "units_due", "units_in_time", "lead_days", "open_days")


def orders(partner: int, *rows: tuple[float | None, ...]) -> pl.DataFrame:
    schema = dict.fromkeys(NAMES, pl.Float64)
    return pl.DataFrame(list(rows), schema=schema, orient="row").insert_column(
        0, pl.lit(float(partner)).alias("partner")
    )


def partner(number: int, late: int, many: int = 10) -> pl.DataFrame:
    """An order of 10 pieces a row, whole after 3 days, or after 9 and late."""
    rows = []
    for at in range(many):
        good = float(at >= late)
        rows.append((1.0, good, good, 10.0, 10 * good, 3.0 if good else 9.0, None))
    return orders(number, *rows)


def test_the_others_are_a_median_where_they_are_enough() -> None:
    frame = pl.concat([partner(0, 2), *(partner(each, each) for each in (1, 3, 5, 7))])
    found = {each.name: each for each in beside_others(frame)}
    on_time = found["on_time"]
    assert (on_time.own.value, on_time.own.n, on_time.others) == (0.8, 10, 4)
    assert on_time.median == pytest.approx(0.6)  # of .9 .7 .5 .3
    assert found["lead_time"].median == 3  # of 3 3 3 9
    three = pl.concat([partner(0, 2), *(partner(each, 1) for each in (1, 2, 3))])
    few = {each.name: each for each in beside_others(three)}
    assert few["on_time"].median is None
    assert few["on_time"].others == LEAST_OTHERS - 1


def test_a_fill_rate_is_sum_over_sum_with_the_interval_of_a_ratio() -> None:
    frame = orders(0, *((1.0, None, None, x, y, None, None) for x, y in ((100, 50), (10, 10), (40, 40))))
    found = fill_rate(frame)
    rate = 100 / 150
    spread = math.sqrt(3 / 2 * sum((y - rate * x) ** 2 for x, y in ((100, 50), (10, 10), (40, 40)))) / 150
    assert found.value == pytest.approx(rate)
    assert found.n == 3
    assert found.low == pytest.approx(rate - 1.959964 * spread)
    assert found.high == pytest.approx(min(1, rate + 1.959964 * spread))
    assert found.value != pytest.approx((0.5 + 1 + 1) / 3)


def test_open_orders_lengthen_the_lead_time_and_nothing_is_no_data() -> None:
    whole = [(None,) * 5 + (days, None) for days in (2.0, 4.0, 6.0)]
    still = [(None,) * 5 + (None, 30.0)] * 2
    assert lead_time(orders(0, *whole)).value == 4
    assert lead_time(orders(0, *whole, *still)).value == 6
    assert lead_time(orders(0, *whole, *still, *still)).value is None
    alone = {each.name: each for each in beside_others(orders(0, *still))}
    assert (alone["on_time"].own.value, alone["on_time"].own.n) == (None, 0)
    assert not beside_others(orders(0))[0].own.n
