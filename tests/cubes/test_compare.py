"""Comparisons by weekday, with any other period, and of fiscal years, on days that can be checked in a calendar."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cubes.__main__ import main
from cubes.ask.answer import ask
from cubes.query import Comparison, Period, Query, parse_cut, parse_query
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from tests.cubes.conftest import Make
from tests.tiny import Line, tiny_warehouse


@pytest.fixture
def daily(firm: Make) -> Warehouse:
    """One line a day from 2011-01-01 to 2013-03-09; the revenue of a day is 1, on Saturdays 100."""
    days = (date(2011, 1, 1) + timedelta(days=at) for at in range(799))
    return firm(
        *(Line(day=day, order=str(day), revenue="100" if day.isoweekday() == 6 else "1") for day in days)
    )


def bases(warehouse: Warehouse, query: Query) -> dict[str, float | None]:
    frame = ask(warehouse, query).frame
    return dict(zip(frame[f"{query.by[0]}.id"], frame["revenue:base"], strict=True))


def whole(warehouse: Warehouse, where: str, against: str) -> tuple[float | None, str]:
    query = parse_query({"where": [where], "compare": [against]})
    answer = ask(warehouse, query)
    return answer.frame["revenue:base"][0], answer.notes[0]


def test_weekdays_hold_saturdays_against_saturdays(daily: Warehouse) -> None:
    assert whole(daily, "day=2012-03-03", "weekdays") == (
        100,
        "Compared: 2012-03-03 – 2012-03-03 against 2011-03-05 – 2011-03-05.",
    )
    assert whole(daily, "day=2012-03-03", "year")[0] == 1


@pytest.mark.parametrize("level", ["day", "week", "month", "quarter", "iso_year"])
def test_every_period_has_the_saturdays_that_it_is_held_against(daily: Warehouse, level: str) -> None:
    query = Query(
        ("revenue",), (level,), cuts=(parse_cut("day=2012-01-01..2012-12-30"),), compare=Comparison.WEEKDAYS
    )
    frame = ask(daily, query).frame
    assert frame["revenue"].to_list() == frame["revenue:base"].to_list()
    assert frame["revenue:growth"].to_list() == [0] * frame.height


def test_a_month_that_is_not_over_is_held_against_as_many_days(daily: Warehouse) -> None:
    cut = (parse_cut("month=2013-03"),)
    for against, expected in ((Comparison.WEEKDAYS, 207), (Comparison.YEAR, 108), (Comparison.PREVIOUS, 207)):
        query = Query(("revenue",), ("month",), cuts=cut, compare=against)
        assert bases(daily, query) == {"2013-03": expected}
    assert whole(daily, "month=2013-03", "2012-03") == (
        108,
        "Compared: 2013-03-01 – 2013-03-09 against 2012-03-01 – 2012-03-09.",
    )


def test_weekdays_that_begin_before_the_data_are_not_compared(daily: Warehouse) -> None:
    found = bases(daily, Query(("revenue",), ("month",), compare=Comparison.WEEKDAYS))
    assert [found["2011-12"], found["2012-01"]] == [None, 31 + 4 * 99]


def test_any_two_periods(daily: Warehouse) -> None:
    base, note = whole(daily, "quarter=2012-Q1", "2011-Q1")
    assert (base, note) == (
        90 + 13 * 99,
        "Compared: 2012-01-01 – 2012-03-31 against 2011-01-01 – 2011-03-31 (91 days against 90).",
    )
    assert whole(daily, "quarter=2012-Q1", "2011-01..2011-03")[0] == base
    assert whole(daily, "quarter=2012-Q1", "2011-01-01..2011-03-31")[0] == base


def test_the_other_period_is_held_against_in_turn(daily: Warehouse) -> None:
    cut = (parse_cut("month=2012-02..2012-04"),)
    found = bases(daily, Query(("revenue",), ("month",), cuts=cut, compare=Period("2011-05..2011-06")))
    assert found == {"2012-02": 31 + 4 * 99, "2012-03": 30 + 4 * 99, "2012-04": None}


def test_amid_a_month_days_are_held_against_days(daily: Warehouse) -> None:
    cut = (parse_cut("month=2012-02..2012-03"),)
    found = bases(daily, Query(("revenue",), ("month",), cuts=cut, compare=Period("2011-05-07..2011-07-05")))
    assert found == {"2012-02": 29 + 5 * 99, "2012-03": 31 + 4 * 99}


def test_the_other_period_may_be_the_later_one(daily: Warehouse) -> None:
    assert whole(daily, "year=2011", "2013")[1] == (
        "Compared: 2011-01-01 – 2011-12-31 against 2013-01-01 – 2013-03-09 (365 days against 68)."
    )
    found = bases(
        daily, Query(("revenue",), ("month",), cuts=(parse_cut("year=2011"),), compare=Period("2013"))
    )
    assert [each for each, value in found.items() if value is not None] == ["2011-01", "2011-02"]


def test_a_period_before_the_data_is_nothing_to_compare_with(daily: Warehouse) -> None:
    base, note = whole(daily, "year=2012", "2010-06..2011-05")
    assert (base, note) == (None, "Compared: nothing to compare with: the data do not reach that far.")


def test_fiscal_periods_compare_and_are_named(tmp_path: Path) -> None:
    days = (date(2011, 1, 1) + timedelta(days=at) for at in range(799))
    warehouse = tiny_warehouse(
        tmp_path / "w.duckdb", [Line(day=day, order=str(day), revenue="1") for day in days], fiscal_start=4
    )
    found = bases(warehouse, Query(("revenue",), ("fiscal_year",), compare=Comparison.YEAR))
    assert found == {"FY2011": None, "FY2012": None, "FY2013": 344}  # 29 February 2012 among them
    found = bases(warehouse, Query(("revenue",), ("fiscal_quarter",), compare=Comparison.PREVIOUS))
    assert (found["FY2012-Q1"], found["FY2012-Q4"]) == (90, 92)
    assert whole(warehouse, "fiscal_year=FY2012", "FY2011")[0] is None
    assert whole(warehouse, "fiscal_quarter=FY2013-Q1", "FY2012-Q1")[0] == 91
    warehouse.close()


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("lately", "Try previous, year, weekdays, or a period"),
        ("2010..", "or a period: 2010-Q1"),
        ("2010-02-30", "is no day"),
        ("2011-03..2011-01", "ends before it begins"),
        ("FY2011", "begins in January"),
    ],
)
def test_no_such_comparison(daily: Warehouse, written: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        ask(daily, parse_query({"compare": [written], "where": ["year=2012"]}))


def test_a_free_period_travels_in_the_address() -> None:
    for written in ("2010-Q1", "2010-01-01..2010-03-31", "weekdays"):
        query = parse_query({"compare": [written]})
        assert query.to_parameters()["compare"] == [written]
        assert parse_query(query.to_parameters()) == query


def test_the_command_takes_a_period(daily: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["ask", "sales", "--where", "quarter=2012-Q1", "--warehouse", str(daily.path)]
    assert main([*asked, "--compare", "2011-Q1"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[1].startswith(f"{91 + 13 * 99}.0,{90 + 13 * 99}.0,")
    assert main([*asked, "--compare", "never"]) == 2
    assert "Nothing can be compared with 'never'" in capsys.readouterr().err
