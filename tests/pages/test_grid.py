"""The grid behind pivot and charts: order, totals, partial periods, and what a table prints."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cubes import catalogue
from cubes.ask.answer import ask
from cubes.query import Comparison, Query
from data.store.warehouse import Warehouse
from pages.ui.answer_grid import AnswerGrid, table
from pages.ui.figures import OTHERS
from tests.tiny import Line, tiny_warehouse


@pytest.fixture
def firm(tmp_path: Path) -> Warehouse:
    def line(day: date, order: str, country: str, region: str, revenue: str) -> Line:
        return Line(
            day=day, order=order, country=country, region=region, city=f"{region}ville", revenue=revenue
        )

    return tiny_warehouse(
        tmp_path / "w.duckdb",
        [
            line(date(2010, 1, 1), "a", "Italy", "North", "100.00"),
            line(date(2011, 3, 1), "b", "Italy", "South", "300.00"),
            line(date(2011, 3, 2), "c", "France", "North", "250.00"),
            line(date(2011, 3, 3), "d", "Spain", "North", "200.00"),
            line(date(2011, 3, 3), "e", "Malta", "North", "50.00"),
        ],
    )


def grid_of(firm: Warehouse, query: Query) -> AnswerGrid:
    cube = catalogue.load("sales", firm.profile)
    return AnswerGrid(ask(firm, query), cube, cube.measure(query.measures[0]))


def test_rows_go_by_value_nested_with_others_last_and_columns_in_time(firm: Warehouse) -> None:
    query = Query(("revenue",), ("country", "region"), ("year",), top=(("country", 2),), totals=True)
    grid = grid_of(firm, query)
    assert [head.ids for head in grid.rows] == [
        ("Italy",),
        ("Italy", "Italy/South"),
        ("Italy", "Italy/North"),
        ("France",),
        ("France", "France/North"),
        (OTHERS,),
        (OTHERS, "Spain/North"),
        (OTHERS, "Malta/North"),
    ]
    assert [head.ids for head in grid.columns] == [("2010",), ("2011",)]
    assert grid.value() == 900.0
    assert grid.value((OTHERS,)) == 250.0
    assert grid.value(("Italy",), ("2010",)) == 100.0
    assert grid.value(("France",), ("2010",)) is None


def test_the_table_prints_one_unit_and_marks_unfinished_periods(firm: Warehouse) -> None:
    query = Query(("revenue",), ("country",), ("year",), totals=True)
    drawn = table(grid_of(firm, query), firm.profile, "base", "money")
    assert [head.label for head in drawn.rows] == ["Italy", "France", "Spain", "Malta"]
    assert [head.partial for head in drawn.columns] == [False, True]
    assert drawn.cells[1][0] is None
    assert drawn.cells[0][1] is not None
    assert drawn.cells[0][1].text == "300"
    assert drawn.grand_total is not None
    assert drawn.grand_total.text == "900"
    assert [cell and cell.text for cell in drawn.column_totals] == ["100", "800"]


def test_changes_stand_beside_the_totals_of_rows(firm: Warehouse) -> None:
    query = Query(("revenue",), ("country",), ("year",), totals=True, compare=Comparison.YEAR)
    grid = grid_of(firm, query)
    drawn = table(grid, firm.profile, "base", "money")
    assert grid.base(("Italy",), ("2011",)) == 100.0
    assert all(cell is None or not cell.delta for cell in drawn.column_totals)
