"""Pages take the days of the fact that is asked, and those of ordinary traffic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from cubes import catalogue
from cubes.analysis.slice_days import last_months, span_of, within_traffic
from cubes.ask.answer import ask
from cubes.query import Comparison, Cut, Period, Query, parse_query
from data.quality.integrity import examine
from data.store.warehouse import Warehouse
from mining.segments.rfm_quintiles import rfm
from pages.discover import found_segments
from pages.explore.outlier_days import in_words, there
from pages.overview.kpi_tiles import repeat_course
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.period_choices import default_comparison, fact_of, period_before, presets
from pages.ui.time_course import course
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

BEGIN = date(2024, 1, 1)
FAR = (date(1900, 1, 1), date(2062, 3, 4))


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Sixty days of sales, two lines mistyped; counts of stock that begin a year earlier and end half a year later."""
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    days = [*FAR, *(BEGIN + timedelta(days=at) for at in range(60))]
    lines = [Line(day=day, order=f"o{at}", customer=f"c{at % 7}") for at, day in enumerate(days)]
    tiny_warehouse(path, lines).close()
    counts = [
        {"day": date(2023, 1, 10) + timedelta(days=10 * at), "product": "Cup", "on_hand": at}
        for at in range(60)
    ]
    warehouse = with_facts(path, stock=counts)
    yield warehouse
    warehouse.close()


def test_periods_are_those_of_the_fact_asked(firm: Warehouse) -> None:
    profile = firm.profile
    assert [name for name in presets(profile) if name.isdigit()] == ["2024"]
    assert [name for name in presets(profile, "stock") if name.isdigit()] == ["2024", "2023"]
    assert last_months(profile, fact="stock")[0].until == "2024-08-22"
    assert span_of((), profile) == (BEGIN, date(2024, 2, 29))
    assert span_of((), profile, "stock") == (date(2023, 1, 10), date(2024, 8, 22))
    june = (Cut("month", ("2024-06",)),)
    assert period_before(june, profile) is None
    assert period_before(june, profile, "stock") == Period("2024-05-02..2024-05-31")
    assert default_comparison(profile, june, "stock") is Comparison.YEAR


def test_the_fact_is_that_of_the_first_measure(firm: Warehouse) -> None:
    asked = {"revenue": "sale", "stock.on_hand": "stock", "interactions.interactions,revenue": "interaction"}
    for measures, fact in asked.items():
        assert fact_of(parse_query({"measures": [measures]}), firm.profile) == fact
    assert fact_of(Query(("on_hand",), cube="stock"), firm.profile) == "stock"


def test_a_period_is_partial_where_the_data_of_its_own_cube_end(firm: Warehouse) -> None:
    query = Query(("on_hand",), ("month",), totals=True, cube="stock")
    answer = ask(firm, query)
    partial = course(answer, "month", "", firm.profile).filter("partial")
    assert partial["period"].to_list() == [date(2024, 8, 1)]
    cube = catalogue.load("stock", firm.profile)
    grid = AnswerGrid(answer, cube)
    assert grid.is_partial("month", "2024-08", firm.profile)
    assert not grid.is_partial("month", "2024-02", firm.profile)


def test_a_line_over_time_stays_with_ordinary_traffic(firm: Warehouse) -> None:
    answer = ask(firm, Query(("order_lines",), ("month",)))
    assert answer.frame["order_lines"].sum() == 62
    assert course(answer, "month", "", firm.profile)["period"].to_list() == [BEGIN, date(2024, 2, 1)]
    far = ask(firm, Query(("order_lines",), ("month",), cuts=(Cut("year", ("2062",)),)))
    assert course(far, "month", "", firm.profile)["value"].to_list() == [1]


def test_the_repeat_rate_runs_over_months_of_ordinary_traffic(firm: Warehouse) -> None:
    customers = ask(firm, Query(("orders",), ("month", "customer"))).frame
    assert len(repeat_course(customers, firm.profile)) == 2


def test_now_is_the_last_day_of_ordinary_traffic(firm: Warehouse) -> None:
    query = Query(("customers_alive", "order_lines"), ("year",), totals=True)
    rows = ask(firm, query).frame.select("year.id", "customers_alive", "order_lines").rows()
    assert {row[0]: row[1:] for row in rows} == {
        "1900": (1, 1),
        "2024": (7, 60),
        "2062": (1, 1),
        None: (7, 62),
    }
    assert ask(firm, Query(("customers_alive",))).total("customers_alive") == 7


def test_segments_leave_out_what_is_dated_years_away(
    firm: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "warehouse", lambda: firm)
    monkeypatch.setattr(session, "ask_whole", lambda query: ask(firm, query))
    frame = found_segments.customers(()).frame
    day = found_segments.as_of((), firm.profile)
    assert day == date(2024, 2, 29)
    assert rfm(frame, day).members["recency_days"].max() < 60
    assert within_traffic((Cut("day", ("2062-03-04",)),), firm.profile) == (Cut("day", ("2062-03-04",)),)


def test_outliers_are_told_with_the_way_to_them(firm: Warehouse) -> None:
    cube = catalogue.load("sales", firm.profile)
    extent = firm.profile.extents["sale"]
    assert in_words(cube, extent).startswith(
        "2 order lines are dated years away from the rest (1 Jan 1900, 4 Mar 2062): counted in totals,"
    )
    answer = ask(firm, there(cube, extent).query)
    assert answer.frame.select("day.id", "order_lines").rows() == [("1900-01-01", 1), ("2062-03-04", 1)]


def test_the_check_tells_outliers_and_holds_them_for_no_fault(firm: Warehouse) -> None:
    (found,) = (each for each in examine(firm) if each.doubt)
    assert found.is_sound
    assert str(found).startswith("LOOK  rows of sale ")
    assert "1900-01-01 (1), 2062-03-04 (1)" in str(found)
