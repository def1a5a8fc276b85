"""Notes find their number again, however it is reached, and no other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cubes import catalogue
from cubes.ask.answer import ask
from cubes.model import Cube
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.operational.notes import Note, NotePlace, write
from data.operational.operational_store import ready
from data.store.warehouse import Warehouse
from pages.explore.explore_view import Steps, View
from pages.explore.noted_places import fill_lines, noted_cells, noted_days, place_of
from pages.explore.notes_panel import about, all_notes
from pages.ui.answer_grid import AnswerGrid
from pages.ui.figures import line
from pages.ui.pivot.pivot_table import NotedCell
from pages.ui.style.theme import palette
from pages.ui.time_course import course
from tests.tiny import Line, tiny_warehouse

LINES = [
    Line(order="a", day=date(2011, 1, 5), country="Italy", region="Lazio", customer="Ann"),
    Line(order="b", day=date(2011, 2, 5), country="Italy", region="Lazio", customer="Ann"),
    Line(order="c", day=date(2011, 3, 5), country="France", customer="Bob"),
]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return tiny_warehouse(tmp_path_factory.mktemp("firm").resolve() / "w.duckdb", LINES)


@pytest.fixture(scope="module")
def cube(firm: Warehouse) -> Cube:
    return catalogue.load("sales", firm.profile)


LAZIO = NotePlace("sales", "revenue", frozenset(("region=Italy/Lazio", "day=2011-01-01..2011-01-31")))
JANUARY, YEAR, ITALY = Cut("month", ("2011-01",)), Cut("year", ("2011",)), Cut("country", ("Italy",))


@pytest.mark.parametrize(
    ("query", "steps", "measure"),
    [
        (Query(cuts=(ITALY, JANUARY)), (("region", "Italy/Lazio"),), ""),
        (Query(cuts=(YEAR,)), (("country", "Italy"), ("region", "Italy/Lazio"), ("month", "2011-01")), ""),
        (Query(cuts=(Cut("day", since="2011-01-01", until="2011-01-31"), Cut("region", ("Italy/Lazio",)))), (), ""),
        (Query(("units", "revenue"), cuts=(JANUARY, Cut("region", ("Italy/Lazio",)))), (),
         "revenue:share_of_parent"),
        (Query(("interactions.interactions", "revenue"), cuts=(JANUARY,)), (("region", "Italy/Lazio"),), "revenue"),
    ],
)  # fmt: skip
def test_a_number_is_the_same_however_it_is_reached(
    firm: Warehouse, cube: Cube, query: Query, steps: Steps, measure: str
) -> None:
    assert place_of(query, cube, firm.profile.calendar, steps, measure) == LAZIO


@pytest.mark.parametrize(
    "query",
    [
        Query(("units",), cuts=(JANUARY, Cut("region", ("Italy/Lazio",)))),
        Query(cuts=(JANUARY, ITALY)),
        Query(cuts=(JANUARY, Cut("region", ("Italy/Lazio",), exclude=True))),
        Query(cuts=(Cut("month", ("2011-01", "2011-03")), Cut("region", ("Italy/Lazio",)))),
        Query(cuts=(JANUARY, Cut("region", ("Italy/Lazio",)), Cut("channel", ("Web",)))),
    ],
)
def test_other_numbers_are_others(firm: Warehouse, cube: Cube, query: Query) -> None:
    assert place_of(query, cube, firm.profile.calendar) != LAZIO


GONE = (
    ("gone=X",),
    ("erased",),
    ("day=2011-01-01..",),
    ("day=..2011-01-31",),
    ("day=2011-01-01|2011-01-03",),
)


def note(place: NotePlace, text: str = "Strike") -> Note:
    return Note(text, place, text, "ann", datetime(2011, 5, 1, tzinfo=UTC))


def test_cells_bear_the_notes_on_them(firm: Warehouse, cube: Cube) -> None:
    view = View(Query(rows=("country", "region"), columns=("month",), cuts=(YEAR,), totals=True))
    grid = AnswerGrid(ask(firm, view.query), cube)
    calendar = firm.profile.calendar
    year = place_of(Query(cuts=(YEAR,)), cube, calendar)
    italy = place_of(Query(cuts=(YEAR, ITALY)), cube, calendar)
    told = [note(LAZIO), note(LAZIO, "Again"), note(year), note(italy), note(NotePlace("sales", "units"))]
    told += [note(NotePlace("sales", "revenue", frozenset(cuts))) for cuts in GONE]
    found = sorted(noted_cells(told, view, grid, calendar, lambda each: each.text), key=str)
    assert found == sorted(
        [
            NotedCell("Italy\x1fItaly/Lazio", "2011-01", "revenue", "Strike\n\nAgain"),
            NotedCell(None, None, "revenue", "Strike"),
            NotedCell("Italy", None, "revenue", "Strike"),
        ],
        key=str,
    )


def test_notes_on_periods_stand_in_the_chart_of_what_they_are_about(firm: Warehouse, cube: Cube) -> None:
    calendar = firm.profile.calendar
    february = NotePlace("sales", "revenue", frozenset(("day=2011-02-01..2011-02-28",)))
    whole = place_of(Query(cuts=(YEAR,)), cube, calendar)
    told = [note(LAZIO, "<b>In</b> Lazio"), note(february, "All"), note(whole, "Year")]
    told += [note(NotePlace("sales", "revenue", frozenset(cuts))) for cuts in GONE]

    def days(query: Query) -> list[tuple[date, str]]:
        return noted_days(told, View(query.cut(YEAR)), cube, calendar, lambda each: each.text).rows()

    assert days(Query(rows=("month",))) == [(date(2011, 2, 1), "All")]
    assert days(Query(rows=("region",))) == [
        (date(2011, 1, 1), "Italy/Lazio: <b>In</b> Lazio"),
        (date(2011, 2, 1), "All"),
    ]
    assert days(Query(rows=("month",), cuts=(Cut("country", ("France",)),))) == []
    answer = ask(firm, Query(rows=("month",), cuts=(YEAR,)))
    frame = course(answer, "month", "", firm.profile)
    marks = noted_days(told, View(Query(rows=("region",)).cut(YEAR)), cube, calendar, lambda each: each.text)
    figure = line(frame, palette("light"), notes=marks)
    assert len(figure.layout.shapes) == 2
    assert [each[1] for each in figure.data[-1].customdata] == [
        "Italy/Lazio: &lt;b&gt;In&lt;/b&gt; Lazio",
        "All",
    ]
    assert not line(frame, palette("light")).layout.shapes


def test_a_long_note_is_short_in_a_chart() -> None:
    shown = fill_lines("word " * 200)
    assert shown.endswith("…")
    assert max(map(len, shown.splitlines())) <= 60


def test_a_note_is_about_one_customer_or_none(
    firm: Warehouse, cube: Cube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(firm.path))
    assert about(Query(cuts=(ITALY,)), cube) is None
    number = about(Query(cuts=(Cut("customer", ("Ann",)),)), cube)
    assert number is None or number.id == "Ann"
    for cut in (Cut("customer", ("Ann", "Bob")), Cut("customer", ("Ann",), exclude=True)):
        with pytest.raises(BadRequest, match="several customers"):
            about(Query(cuts=(cut,)), cube)


def test_numbers_stand_where_notes_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path.resolve() / "w.duckdb"
    tiny_warehouse(path, LINES).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    assert all_notes() == ()
    write(ready(path), LAZIO, "Strike", "ann")
    assert [each.text for each in all_notes()] == ["Strike"]
    ready(path).file.write_bytes(b"no store at all" * 500)
    assert all_notes() == ()
