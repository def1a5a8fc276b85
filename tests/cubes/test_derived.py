"""Shares and growths against hand-made numbers, partial periods first of all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cubes.ask.answer import ask
from cubes.query import Comparison, Query, parse_cut
from data.store.warehouse import Warehouse
from tests.cubes.conftest import Make
from tests.tiny import Line


def test_share_of_parent_is_of_the_subtotal_one_level_up(shop: Warehouse) -> None:
    query = Query(("revenue", "revenue:share_of_parent"), ("country", "category"), totals=True)
    shares = {row[:3:2]: row[-1] for row in ask(shop, query).frame.iter_rows()}
    assert shares["France", "Kitchen"] == pytest.approx(182.5 / 192.5)
    assert shares["France", None] == pytest.approx(192.5 / 200)
    assert shares[None, None] == 1.0


def test_shares_without_totals_are_the_same(shop: Warehouse) -> None:
    whole = ask(shop, Query(("customers:share_of_parent",), ("country",), totals=True)).plain()
    alone = ask(shop, Query(("customers:share_of_parent",), ("country",))).frame
    assert alone.equals(whole)
    assert alone["customers:share_of_parent"].to_list() == [1.0, 0.5]


@pytest.fixture
def daily(firm: Make) -> Warehouse:
    """One line a day of 1.00 in 2010, 2.00 in 2011, up to 9 March 2011."""
    days = [date(2010, 1, 1) + timedelta(days=at) for at in range(365 + 31 + 28 + 9)]
    return firm(*(Line(day=day, order=str(day), revenue=str(day.year - 2009), cost=None) for day in days))


def growths(warehouse: Warehouse, query: Query) -> dict[str | None, float | None]:
    frame = ask(warehouse, query).frame
    return dict(zip(frame[query.by[0]], frame[query.measures[0]], strict=True))


def test_growth_on_the_year_before_holds_a_part_against_as_many_days(daily: Warehouse) -> None:
    months = growths(daily, Query(("revenue:growth_year",), ("month",), cuts=(parse_cut("year=2011"),)))
    assert months == {"2011-01": 1.0, "2011-02": 1.0, "2011-03": 1.0}
    years = growths(daily, Query(("revenue:growth_year",), ("year",)))
    assert years == {"2010": None, "2011": 1.0}


def test_growth_on_the_previous_period(daily: Warehouse) -> None:
    months = growths(daily, Query(("revenue:growth_previous",), ("month",)))
    assert months["2010-01"] is None
    assert months["2010-02"] == pytest.approx(28 / 31 - 1)
    assert months["2011-01"] == pytest.approx(2 * 31 / 31 - 1)
    assert months["2011-03"] == pytest.approx(0.0)


def test_a_cut_is_compared_as_a_whole(daily: Warehouse) -> None:
    query = Query(
        ("revenue",),
        ("country",),
        cuts=(parse_cut("month=2011-02"),),
        compare=Comparison.PREVIOUS,
        totals=True,
    )
    answer = ask(daily, query)
    assert answer.frame["revenue:base"].to_list() == [62.0, 62.0]
    assert answer.frame["revenue:growth"].to_list() == [pytest.approx(56 / 62 - 1)] * 2
    assert "2011-02-01 – 2011-02-28 against 2011-01-01 – 2011-01-31" in answer.notes[0]
    two = Query(("revenue",), cuts=(parse_cut("month=2011-01..2011-02"),), compare=Comparison.PREVIOUS)
    assert ask(daily, two).frame["revenue:base"].to_list() == [61.0]


def test_a_part_of_a_year_is_compared_with_the_same_part(daily: Warehouse) -> None:
    query = Query(("revenue",), cuts=(parse_cut("year=2011"),), compare=Comparison.YEAR)
    assert ask(daily, query).frame["revenue:base"].to_list() == [68.0]


def test_a_year_written_as_days_is_compared_with_a_whole_leap_year(firm: Make) -> None:
    days = [date(2024, 1, 1) + timedelta(days=at) for at in range(366 + 365)]
    warehouse = firm(*(Line(day=day, order=str(day), revenue="1.00") for day in days))
    query = Query(("revenue",), cuts=(parse_cut("day=2025-01-01..2025-12-31"),), compare=Comparison.YEAR)
    assert ask(warehouse, query).frame["revenue:base"].to_list() == [366.0]
    odd = Query(("revenue",), cuts=(parse_cut("day=2025-02-10..2025-03-10"),), compare=Comparison.YEAR)
    assert ask(warehouse, odd).frame["revenue:base"].to_list() == [30.0]
    before = Query(("revenue",), cuts=(parse_cut("day=2025-02-10..2025-03-10"),), compare=Comparison.PREVIOUS)
    assert ask(warehouse, before).frame["revenue:base"].to_list() == [29.0]


def test_a_span_of_which_a_part_has_no_counterpart_is_not_compared(daily: Warehouse) -> None:
    query = Query(("revenue",), cuts=(parse_cut("year=2010|2011"),), compare=Comparison.YEAR)
    assert ask(daily, query).frame["revenue:base"].to_list() == [None]


def test_an_open_range_is_compared_from_where_the_data_begin(daily: Warehouse) -> None:
    query = Query(("revenue",), cuts=(parse_cut("day=2011-01-01.."),), compare=Comparison.YEAR)
    assert ask(daily, query).frame["revenue:base"].to_list() == [68.0]


def test_nothing_before_the_data_is_no_growth(daily: Warehouse) -> None:
    answer = ask(daily, Query(("revenue",), cuts=(parse_cut("year=2010"),), compare=Comparison.YEAR))
    assert answer.frame["revenue:growth"].to_list() == [None]
    assert "do not reach that far" in answer.notes[0]


def test_subtotals_of_a_year_compare_years_and_not_shifted_months(daily: Warehouse) -> None:
    query = Query(("revenue",), ("year", "month"), compare=Comparison.PREVIOUS, totals=True)
    frame = ask(daily, query).frame
    year = frame.filter((frame["year"] == "2011") & frame["month"].is_null())
    assert year["revenue:base"].to_list() == [68.0]
    january = frame.filter(frame["month"] == "2011-01")
    assert january["revenue:base"].to_list() == [31.0]


def test_a_period_without_sales_is_a_base_of_zero(firm: Make) -> None:
    warehouse = firm(Line(day=date(2011, 1, 1), order="a"), Line(day=date(2011, 3, 31), order="b"))
    frame = ask(
        warehouse, Query(("revenue", "average_order_value"), ("month",), compare=Comparison.PREVIOUS)
    ).frame
    assert frame["revenue"].to_list() == [10.0, 0.0, 10.0]
    assert frame["revenue:base"].to_list() == [None, 10.0, 0.0]
    assert frame["average_order_value:base"].to_list() == [None, 10.0, None]


def test_what_was_sold_only_in_the_other_period_is_there_with_nothing(firm: Make) -> None:
    warehouse = firm(
        Line(day=date(2010, 1, 1), order="a", country="Italy"),
        Line(day=date(2010, 2, 1), order="b"),
        Line(day=date(2011, 12, 31), order="c"),
    )
    query = Query(
        ("revenue", "average_order_value"),
        ("country", "month"),
        cuts=(parse_cut("year=2011"),),
        compare=Comparison.YEAR,
    )
    frame = ask(warehouse, query).frame
    assert frame.select("country", "month", "revenue", "revenue:base", "average_order_value").rows() == [
        ("France", "2011-02", 0.0, 10.0, None),
        ("France", "2011-12", 10.0, 0.0, 10.0),
        ("Italy", "2011-01", 0.0, 10.0, None),
    ]
    nothing = Query(
        ("revenue",), ("country",), cuts=(parse_cut("day=2011-02-01..2011-02-28"),), compare=Comparison.YEAR
    )
    assert ask(warehouse, nothing).frame.select("country", "revenue:growth").rows() == [("France", -1.0)]


def test_others_are_compared_with_the_same_others(shop: Warehouse) -> None:
    query = Query(
        ("revenue",),
        ("product",),
        top=(("product", 1),),
        compare=Comparison.YEAR,
        cuts=(parse_cut("year=2011"),),
    )
    frame = ask(shop, query).frame
    assert frame["product"].to_list() == ["Cup", "Others (1)"]
    assert frame["revenue:base"].to_list() == [100.0, 0.0]
