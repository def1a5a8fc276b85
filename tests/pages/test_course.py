"""Lines over time and the tiles' courses: nothing sold is 0 or a gap, and an unfinished month is left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cubes.analysis.slice_days import last_months
from cubes.ask.answer import ask
from cubes.query import Comparison, Cut, Period, Query
from data.load.time_settings import TimeSettings, save
from data.model.calendar import Calendar
from data.store.warehouse import Warehouse
from pages.explore.behind_cell import MOST_LINES, lines_caption
from pages.overview.kpi_tiles import repeat_course, telling, whole_months
from pages.ui.period_choices import COMPARISONS, comparison_name, default_comparison, period_before, presets
from pages.ui.time_course import course
from tests.tiny import Line, tiny_warehouse

DAYS = (date(2010, 12, 1), date(2011, 1, 10), date(2011, 1, 20), date(2011, 4, 30), date(2011, 5, 9))


@pytest.fixture
def firm(tmp_path: Path) -> Warehouse:
    lines = [Line(day=day, order=f"o{day}") for day in DAYS]
    spain = Line(day=date(2011, 1, 10), order="s", customer="Bo", country="Spain", city="Cadiz")
    return tiny_warehouse(tmp_path / "w.duckdb", [*lines, spain])


def values(firm: Warehouse, query: Query, series: str = "") -> list[tuple[int, float | None]]:
    points = course(ask(firm, query), "month", series, firm.profile)
    return [(day.month, value) for day, value in points.select("period", "value").iter_rows()]


def test_months_without_sales_are_zero_for_sums_and_counts(firm: Warehouse) -> None:
    expected = [(12, 1), (1, 3), (2, 0), (3, 0), (4, 1), (5, 1)]
    assert values(firm, Query(("orders",), ("month",))) == expected
    assert values(firm, Query(("revenue",), ("month",))) == [(month, 10 * count) for month, count in expected]


def test_months_without_sales_are_gaps_for_ratios_and_days(firm: Warehouse) -> None:
    found = values(firm, Query(("average_order_value",), ("month",)))
    assert found == [(12, 10), (1, 10), (2, None), (3, None), (4, 10), (5, 10)]


def test_months_that_were_not_asked_for_are_gaps(firm: Warehouse) -> None:
    cut = Cut("month", ("2011-03", "2011-01"), exclude=True)
    found = values(firm, Query(("orders",), ("month",), cuts=(cut,)))
    assert found == [(12, 1), (1, None), (2, 0), (3, None), (4, 1), (5, 1)]
    found = values(firm, Query(("orders",), ("month",), cuts=(Cut("month", ("2010-12", "2011-04")),)))
    assert [value for _, value in found] == [1, None, None, None, 1]


def test_every_series_stands_in_every_month(firm: Warehouse) -> None:
    points = course(ask(firm, Query(("orders",), ("month",), ("country",))), "month", "country", firm.profile)
    spain = points.filter(id="Spain")
    assert spain["value"].to_list() == [0, 1, 0, 0, 0, 0]
    assert set(spain["label"]) == {"Spain"}


def test_what_was_sold_in_neither_period_is_zero_beside_zero(firm: Warehouse) -> None:
    query = Query(("orders",), ("month",), compare=Comparison.PREVIOUS)
    points = course(ask(firm, query), "month", "", firm.profile)
    assert points["value"].to_list() == [1, 3, 0, 0, 1, 1]
    assert points["previous"].to_list()[:5] == [None, 1, 3, 0, 0]


def test_beyond_the_period_compared_with_nothing_is_zero(firm: Warehouse) -> None:
    cut = (Cut("month", since="2011-01", until="2011-04"),)
    query = Query(("orders",), ("month",), cuts=cut, compare=Period("2010-12..2011-01"))
    points = course(ask(firm, query), "month", "", firm.profile)
    assert points["value"].to_list() == [3, 0, 0, 1]
    assert points["previous"].to_list() == [1, 3, None, None]


def test_the_unfinished_month_is_in_no_sparkline(firm: Warehouse) -> None:
    points = course(ask(firm, Query(("orders",), ("month",))), "month", "", firm.profile)
    assert points["partial"].to_list() == [False] * 5 + [True]
    assert whole_months(points) == (1, 3, 0, 0, 1)
    customers = ask(firm, Query(("orders",), ("month", "customer"))).frame
    assert repeat_course(customers, firm.profile) == (0, 0.5, None, None, 0)
    assert repeat_course(customers.clear(), firm.profile) == ()


def test_a_tile_opens_what_tells_members_apart(firm: Warehouse) -> None:
    assert telling(firm.profile, ("customer_kind", "country", "channel")) == ["country"]


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (Cut("day", since="2011-01-01", until="2011-05-09"), None),
        (Cut("day", since="2011-03-01", until="2011-05-09"), Comparison.PREVIOUS),
        (Cut("month", ("2011-04",)), Comparison.PREVIOUS),
        (None, None),
    ],
)
def test_a_young_firm_is_compared_with_what_it_has(
    firm: Warehouse, cut: Cut | None, expected: Comparison | None
) -> None:
    assert default_comparison(firm.profile, (cut,) if cut else ()) is expected


def test_an_older_firm_is_compared_with_the_year_before(tmp_path: Path) -> None:
    days = (date(2009, 1, 1), date(2011, 5, 9))
    firm = tiny_warehouse(tmp_path / "w.duckdb", [Line(day=day, order=f"o{day}") for day in days])
    assert default_comparison(firm.profile, last_months(firm.profile)) is Comparison.YEAR


def test_a_default_comparison_is_one_that_the_cube_can_make(firm: Warehouse) -> None:
    cuts = (Cut("day", since="2011-03-01", until="2011-05-09"),)
    for comparison in Comparison:
        answer = ask(firm, Query(("revenue",), cuts=cuts, compare=comparison))
        made = answer.frame["revenue:base"][0] is not None
        assert made is (comparison is default_comparison(firm.profile, cuts))


def test_other_days_begin_as_those_right_before(firm: Warehouse) -> None:
    may = (Cut("day", since="2011-05-01", until="2011-05-09"),)
    assert period_before(may, firm.profile) == Period("2011-04-22..2011-04-30")
    winter = (Cut("day", since="2010-12-01", until="2011-05-09"),)
    assert period_before(winter, firm.profile) == Period("2010-12-01..2010-12-01")
    assert period_before((Cut("year", ("2050",)),), firm.profile) is None


def test_comparisons_are_named(firm: Warehouse) -> None:
    assert comparison_name(Period("2010-12-01..2010-12-31")) == "vs 1 Dec 2010 – 31 Dec 2010"
    assert comparison_name(Period("2010-Q4")) == "vs Q4 2010"
    assert {comparison_name(each) for each in (None, *Comparison)} == set(COMPARISONS)


def test_fiscal_years_are_offered_where_they_are_not_those_of_the_calendar(
    firm: Warehouse, tmp_path: Path
) -> None:
    assert not [name for name in presets(firm.profile) if name.startswith("FY")]
    july = tiny_warehouse(tmp_path / "july.duckdb", [Line(day=day, order=f"o{day}") for day in DAYS])
    july.close()
    save(july.path, TimeSettings(Calendar(fiscal_start=4)))
    offered = presets(Warehouse(july.path).profile)
    assert [name for name in offered if name.startswith("FY")] == ["FY2012", "FY2011"]
    assert offered["FY2011"] == (Cut("day", since="2010-04-01", until="2011-03-31"),)


def test_the_caption_says_what_the_files_lack() -> None:
    assert lines_caption(1, 1) == "The only line"
    assert lines_caption(7, 7) == "All 7 lines"
    assert lines_caption(1000, 2500) == "The latest 1,000 of 2,500 lines"
    assert lines_caption(1000, MOST_LINES + 1).endswith(
        "of 1,000,001 lines; the files hold the latest 1,000,000"
    )
