"""Gaps in time, beside loops over every period."""

from __future__ import annotations

from datetime import date
from itertools import product as pairs
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from cubes.ask import empty_periods
from cubes.ask.empty_periods import filled
from cubes.model import Level
from data.model.calendar import Calendar, Days, day_key

CALENDAR = Calendar()
MONTH = Level("month", "Month", "time", "time.month_code", "time", is_time=True)
YEAR = Level("year", "Year", "time", "time.year_code", "time", is_time=True)
COUNTRY = Level("country", "Country", "customer", "customer.country_code", "customer")
YEAR_2011 = Days(day_key(date(2011, 1, 1)), day_key(date(2011, 12, 31)))
ZEROS = {"revenue", "orders"}
JANUARY = 2011 * 12
VALUES = {"revenue": pl.Float64, "orders": pl.Int64, "margin": pl.Float64, "latest": pl.Date}


def frame(
    rows: list[tuple[int | None, int | None]], names: tuple[str, ...] = ("country", "month")
) -> pl.DataFrame:
    """Cells of these codes that hold something, rolled up where a code is None."""
    made: list[dict[str, Any]] = []
    for codes in rows:
        row: dict[str, Any] = {"grouping": 0}
        for at, (name, code) in enumerate(zip(names, codes, strict=True)):
            label = (
                None if code is None else CALENDAR.period_id(name, code) if name != "country" else f"c{code}"
            )
            row |= {name: label, f"{name}.id": label, f"{name}.code": code}
            row["grouping"] += 0 if code is not None else 1 << (len(names) - 1 - at)
        made.append(row | {"revenue": 5.0, "orders": 1, "margin": 2.0, "latest": date(2011, 1, 1)})
    schema: dict[str, Any] = {}
    for name in names:
        schema |= {name: pl.String, f"{name}.id": pl.String, f"{name}.code": pl.Int32}
    return pl.DataFrame(made, schema=schema | {"grouping": pl.Int32} | VALUES)


def test_a_month_without_a_line_is_zero_or_not_known_as_the_measure_says() -> None:
    cells = frame([(1, JANUARY), (1, JANUARY + 2), (None, None)])
    span = [Days(YEAR_2011.first, YEAR_2011.first + 70)]
    found = filled(cells, (COUNTRY, MONTH), ZEROS, CALENDAR, span)
    assert found.schema == cells.schema
    assert found.rows()[:3] == cells.rows()
    assert found.rows()[3:] == [
        ("c1", "c1", 1, "2011-02", "2011-02", JANUARY + 1, 0, 0.0, 0, None, None),
    ]
    assert filled(found, (COUNTRY, MONTH), ZEROS, CALENDAR, span) is found, "nothing lacks"


@settings(max_examples=80, deadline=None)
@given(
    st.sets(st.tuples(st.integers(-1, 2), st.integers(0, 11)), min_size=1),
    st.sets(st.integers(0, 11)),
    st.booleans(),
)
def test_every_period_of_every_member_is_there_once(
    lines: set[tuple[int, int]], asked: set[int], totals: bool
) -> None:
    months = asked | {month for _, month in lines}
    rows: list[tuple[int | None, int | None]] = [(country, JANUARY + month) for country, month in lines]
    countries = {country for country, _ in lines}
    if totals:
        rows += [(country, None) for country in countries] + [(None, None)]
        rows += [(None, JANUARY + month) for month in {month for _, month in lines}]
    days = [CALENDAR.days_of("month", JANUARY + month) for month in months]
    cells = frame(rows)
    found = filled(cells, (COUNTRY, MONTH), ZEROS, CALENDAR, days)
    expected = {(country, JANUARY + month) for country, month in pairs(countries, months)}
    if totals:
        expected |= {(country, None) for country in countries} | {(None, None)}
        expected |= {(None, JANUARY + month) for month in months}
    keys = found.select("country.code", "month.code").rows()
    assert len(keys) == len(expected)
    assert set(keys) == expected
    for row in found.iter_rows(named=True):
        there = (row["country.code"], row["month.code"]) in set(rows)
        assert (row["revenue"], row["orders"], row["margin"]) == ((5, 1, 2) if there else (0, 0, None))
        assert row["grouping"] == 2 * (row["country.code"] is None) + (row["month.code"] is None)
        assert row["month"] == (row["month.code"] and CALENDAR.period_id("month", row["month.code"]))


def test_months_within_years_are_there_once() -> None:
    cells = frame([(2010, JANUARY - 1), (2011, JANUARY + 1), (2011, None), (None, None)], ("year", "month"))
    span = [Days(YEAR_2011.first - 365, YEAR_2011.first + 58)]
    found = filled(cells, (YEAR, MONTH), ZEROS, CALENDAR, span)
    keys = found.select("year.code", "month.code").rows()
    months = [(2010, JANUARY - at) for at in range(1, 13)] + [(2011, JANUARY), (2011, JANUARY + 1)]
    expected = {*months, (2010, None)} - set(keys[:4])
    assert set(keys[4:]) == expected
    assert len(keys) == 4 + len(expected)
    assert found["revenue"].to_list()[4:] == [0] * (len(keys) - 4)


def test_weeks_that_two_years_share_have_a_part_in_each() -> None:
    week = Level("week", "Week", "time", "time.week_code", "time", is_time=True)
    cells = frame([(2011, CALENDAR.period_at("week", YEAR_2011.first))], ("year", "week"))
    found = filled(cells, (YEAR, week), ZEROS, CALENDAR, [Days(YEAR_2011.first - 9, YEAR_2011.first)])
    assert found.select("year", "week").rows() == [
        ("2011", "2010-W52"),
        ("2010", "2010-W51"),
        ("2010", "2010-W52"),
    ]


def test_no_time_level_and_nothing_at_all_stay_as_they_are() -> None:
    for cells, levels in (
        (frame([(1, JANUARY)]).drop("month", "month.id", "month.code"), (COUNTRY,)),
        (frame([]), (COUNTRY, MONTH)),
    ):
        assert filled(cells, levels, ZEROS, CALENDAR, [YEAR_2011]) is cells


def test_too_many_cells_are_not_added(monkeypatch: Any) -> None:
    cells = frame([(1, JANUARY), (2, JANUARY)])
    monkeypatch.setattr(empty_periods, "MOST_CELLS", 23)
    assert filled(cells, (COUNTRY, MONTH), ZEROS, CALENDAR, [YEAR_2011]) is cells
    monkeypatch.setattr(empty_periods, "MOST_CELLS", 24)
    assert filled(cells, (COUNTRY, MONTH), ZEROS, CALENDAR, [YEAR_2011]).height == 24
