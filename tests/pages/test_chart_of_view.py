"""Charts of a view: what each kind takes, the marks that it draws, and each drawn over a firm."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cubes import catalogue
from cubes.ask.answer import ask
from cubes.query import Comparison, Cut, Query
from data.store.warehouse import Warehouse
from pages.explore import chart_of_view, total_of_view
from pages.explore.answers_of_view import questions
from pages.explore.chart_marks import cells, points, several
from pages.explore.chart_of_view import drawn, lacks, sizes
from pages.explore.customer_values import customer_values
from pages.explore.explore_view import Chart, View
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.figures import Quantity, measure_bars
from pages.ui.style.theme import LIGHT
from tests.tiny import Line, tiny_warehouse

COUNTRIES = ("Italy", "France", "Spain")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [
        Line(date(year, 1 + 5 * half, 1), f"{year}{half}{at}", f"Customer {at}", country, city=country,
             channel=("Web", "Shop")[half], revenue=f"{(at + 1) * (year - 2009)}0.00")
        for year in (2010, 2011) for half in (0, 1) for at, country in enumerate(COUNTRIES)
    ]  # fmt: skip
    made = tiny_warehouse(tmp_path_factory.mktemp("charts").resolve() / "w.duckdb", lines)
    made.close()
    return made.path


@pytest.fixture
def firm(path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    return session.warehouse()


def grid_of(firm: Warehouse, view: View) -> AnswerGrid:
    answer = ask(firm, next(questions(view.query)), gapless=True)
    return AnswerGrid(answer, catalogue.load(view.query.cube, firm.profile))


YEAR = (Cut("year", ("2011",)),)
WHOLE = Query(("revenue", "customers"), ("country",), ("channel",), YEAR, compare=Comparison.YEAR)


@pytest.mark.parametrize(
    ("chart", "query", "words"),
    [
        (Chart.HEATMAP, Query(rows=("country",)), "takes columns"),
        (Chart.SHARES, Query(rows=("country",)), "take columns"),
        (Chart.STACKED, Query(("average_order_value",), ("country",), ("channel",)), "does not add up"),
        (Chart.PARETO, Query(("customers",), ("country",)), "does not add up"),
        (Chart.PARETO, Query(("revenue:share_of_total",), ("country",)), "does not add up"),
        (Chart.SCATTER, Query(("revenue", "revenue:rank"), ("country",)), "two measures"),
        (Chart.WATERFALL, Query(rows=("country",)), "choose a comparison"),
        (Chart.DISTRIBUTION, Query(("revenue:share_of_total",), ("country",)), "plain measure"),
        (Chart.DISTRIBUTION, Query(("stock.on_hand", "revenue"), ("product",)), "no customers"),
        *((chart, WHOLE, "") for chart in Chart),
    ],
)
def test_a_kind_says_what_it_takes(firm: Warehouse, chart: Chart, query: Query, words: str) -> None:
    view, cube = View(query, chart), catalogue.load("sales", firm.profile)
    grid = grid_of(firm, view)
    shown = [drawn(text, "sales") for text in sizes(query, grid)]
    told = lacks(view, cube, grid, shown)
    assert words in told
    assert bool(told) is bool(words)


@pytest.mark.parametrize("chart", [each for each in Chart if each is not Chart.LEADERS])
def test_every_kind_draws_its_members_and_tells_them_in_words(
    firm: Warehouse, chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(session, "colours", lambda: LIGHT)
    monkeypatch.setattr(
        chart_of_view, "chart", lambda figure, key, alt, click=None: seen.update(figure=figure, alt=alt)
    )
    view = View(WHOLE, chart)
    chart_of_view.draw(view, catalogue.load("sales", firm.profile), grid_of(firm, view), lambda steps: None)
    assert seen["alt"]
    text = seen["figure"].to_json()
    told = COUNTRIES if chart is not Chart.DISTRIBUTION else ("revenue",)
    assert all(each.lower() in (text + seen["alt"]).lower() for each in told)


@pytest.mark.parametrize("chart", [Chart.LINE, Chart.MULTIPLES])
@pytest.mark.parametrize("measures", [("revenue:share_of_total",), ("customers:rank", "revenue")])
def test_a_course_is_of_the_measure_and_in_the_unit_that_are_told(
    firm: Warehouse, chart: Chart, measures: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(session, "colours", lambda: LIGHT)
    monkeypatch.setattr(chart_of_view, "chart", lambda figure, key, alt, clicked: told.append(alt))
    view, cube = View(Query(measures, ("country",)), chart), catalogue.load("sales", firm.profile)
    plain = view.with_query(replace(view.query, measures=("revenue",)))
    for each in (view, plain):
        chart_of_view.draw(each, cube, grid_of(firm, each), lambda steps: None)
    assert "%" not in told[0]
    assert told[0] == told[1]


@pytest.mark.parametrize("chart", [Chart.LINE, Chart.MULTIPLES])
def test_a_grain_that_the_cube_lacks_gives_way_to_the_usual(
    firm: Warehouse, chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn_charts: list[Any] = []
    monkeypatch.setattr(session, "colours", lambda: LIGHT)
    monkeypatch.setattr(chart_of_view, "chart", lambda figure, *rest: drawn_charts.append(figure))
    view, cube = View(WHOLE, chart, grain="fiscal_year"), catalogue.load("sales", firm.profile)
    assert all(level.name != "fiscal_year" for level in cube.levels)
    chart_of_view.draw(view, cube, grid_of(firm, view), lambda steps: None)
    assert drawn_charts


def test_marks_hold_the_values_of_the_cells(firm: Warehouse) -> None:
    grid = grid_of(firm, View(WHOLE))
    assert points(grid, "revenue").rows() == [
        ("Spain", "Spain", 120.0, 60.0),
        ("France", "France", 80.0, 40.0),
        ("Italy", "Italy", 40.0, 20.0),
    ]
    assert cells(grid, "revenue")["value"].to_list() == [60.0, 60.0, 40.0, 40.0, 20.0, 20.0]
    assert several(grid, {"a": "revenue", "b": "customers"}, 1).row(0) == ("Spain", "Spain", 120.0, 1.0)


def test_a_distribution_is_over_known_customers(firm: Warehouse) -> None:
    values = customer_values(WHOLE, "revenue", lambda query: ask(firm, query))
    assert sorted(values["value"]) == [40.0, 80.0, 120.0]


def test_bars_of_several_measures_have_scales_of_their_own_that_others_never_sets() -> None:
    frame = pl.DataFrame(
        {
            "id": ["a", "b", "(others)"],
            "label": ["A", "B", "Others"],
            "Revenue": [10.0, 5.0, 900.0],
            "Orders": [1.0, 2.0, 9.0],
        }
    )
    figure = measure_bars(frame, LIGHT, [Quantity("Revenue", "money", "EUR"), Quantity("Orders", "count")])
    revenue, orders = (trace for trace in figure.data if trace.type == "bar")
    assert list(revenue.x) == [10.0, 5.0, 10.0]
    assert list(orders.x) == [1.0, 2.0, 2.0]
    assert (revenue.xaxis, orders.xaxis) == ("x", "x2")
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]
    assert [each[0] for each in revenue.customdata] == ["a", "b", "(others)"]
    assert measure_bars(frame.head(0), LIGHT, [Quantity("Revenue")]).data
    below = measure_bars(
        frame, LIGHT, [Quantity("Revenue", "money", "EUR"), Quantity("Orders", "count")], narrow=True
    )
    first, second = below.layout.yaxis, below.layout.yaxis2
    assert second.domain[1] < first.domain[0] < first.domain[1] < 1, "each has room for its name above it"
    assert first.ticktext == second.ticktext
    assert below.layout.xaxis.domain == below.layout.xaxis2.domain == (0, 1)


@pytest.mark.parametrize(
    "measures", [("revenue:share_of_total",), ("revenue:rank",), ("revenue:rank", "orders")]
)
@pytest.mark.parametrize("columns", [(), ("channel",)])
def test_the_total_of_what_is_derived_is_that_of_the_measure_and_its_change(
    firm: Warehouse, measures: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    plain, derived = (replace(WHOLE, measures=each, columns=columns) for each in (("revenue",), measures))
    said = [total_of_view.total_html(View(query), grid_of(firm, View(query))) for query in (plain, derived)]
    assert said[0] == said[1]
    assert "%" in said[0]
