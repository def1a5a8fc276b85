"""The page Runs: what is kept on a page of findings, listed, put side by side, found again, changed and removed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.ask import answer_cache
from data.errors import BadRequest
from data.operational import kept_runs, operational_store
from data.operational.kept_runs import FinishedRun, KeptFigure, KeptRun
from data.operational.operational_store import OperationalStore
from pages.discover.run_comparison import (
    check_comparable,
    column_names,
    drawn_figures,
    figures_beside,
    parameters_beside,
)
from pages.discover.runs_view import RunsView, parse_runs
from pages.ui import session
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, tiny_warehouse

NOW = datetime(2026, 11, 30, 9, 15)
PAGE, PORTFOLIO = "discover/runs_page.py", "discover/portfolio_page.py"


def run_of(name: str, address: str, found: str, number: float | None, kind: str = "Sequences") -> KeptRun:
    figures = (KeptFigure("Sequences", found, number), KeptFigure("Customers", "60", 60.0))
    made = FinishedRun(kind, address, "demo", "v7", "c0de", figures, 0, Decimal("1.5"))
    return KeptRun("0" * 32, name, "", "ann", NOW, made)


ONE = run_of("A", "sequences?support=0.2", "12", 12.0)
TWO = run_of("A", "sequences?support=0.1&level=category", "20", 20.0)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperationalStore:
    path = tmp_path.resolve() / "w.duckdb"
    lines = [
        Line(
            date(2011, 1, 5) + timedelta(at * 9),
            f"o{at}",
            f"C{at % 7}",
            product=("Tea", "Pot", "Cup")[at % 3],
        )
        for at in range(30)
    ]
    tiny_warehouse(path, lines).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)
    answer_cache.shared.cache_clear()
    return operational_store.of(session.renewed())


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


def test_what_differs_stands_first_and_figures_have_their_difference() -> None:
    names = column_names([ONE, TWO])
    assert names == ["A, 30 Nov 2026, 09:15", "A, 30 Nov 2026, 09:15 (2)"]
    parameters = parameters_beside([ONE, TWO])
    assert parameters.filter(pl.col("differs") == "differs").rows() == [
        ("Support", "0.2", "0.1", "differs"),
        ("Level", "as usual", "category", "differs"),
    ]
    assert parameters["differs"].to_list()[:3] == ["differs", "differs", ""]
    assert parameters["what"][-1] == "Found in"
    assert figures_beside([ONE, TWO]).rows() == [
        ("Sequences", "12", "20 (+8)"),
        ("Customers", "60", "60 (same)"),
    ]
    ((label, unit, frame),) = drawn_figures([ONE, TWO])
    assert (label, unit, frame["value"].to_list()) == ("Sequences", "units", [12.0, 20.0])


def test_a_run_may_be_called_as_a_column_is() -> None:
    runs = [run_of(name, "sequences", "12", 12.0) for name in ("what", "differs", "figure")]
    assert column_names(runs) == ["what (2)", "differs (2)", "figure (2)"]
    assert parameters_beside(runs).width == 5
    assert figures_beside(runs).width == 4


def test_what_is_no_number_stands_without_difference_and_picture() -> None:
    none = run_of("B", "sequences", "–", None)
    assert figures_beside([ONE, none])["B"].to_list() == ["–", "60 (same)"]
    assert drawn_figures([ONE, none]) == []


def test_runs_of_two_kinds_are_not_compared() -> None:
    with pytest.raises(BadRequest, match="Sequences and Offers tell different figures"):
        check_comparable([ONE, run_of("C", "offers", "1", 1.0, "Offers")])


@pytest.mark.parametrize("view", [RunsView(), RunsView("Offers", ("0" * 32, "a" * 32))])
def test_the_address_holds_the_view(view: RunsView) -> None:
    assert parse_runs(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ({"run": ["x"]}, "no kept run"),
        ({"rn": ["x"]}, "run"),
        ({"run": [f"{at:032x}" for at in range(7)]}, "side"),
    ],
)
def test_an_address_that_means_nothing_is_refused(address: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_runs(address)


def test_without_any_the_page_says_how_to_keep_one(store: OperationalStore) -> None:
    app = opened(PAGE)
    assert not app.exception
    assert "press “Keep this run”" in told(app)


def test_a_finding_is_kept_with_its_address_figures_and_data(store: OperationalStore) -> None:
    app = opened(PORTFOLIO, x="0.7")
    press(app, "Keep this run")
    app.text_input(key="run-name").set_value("Stricter")
    app.text_area(key="run-note").set_value("To see")
    press(app, "Keep")
    assert not app.exception
    assert "Kept. It stands on the page Runs." in told(app)
    (kept,) = kept_runs.kept_runs(store)
    assert (kept.name, kept.note, kept.keeper, kept.run.kind) == ("Stricter", "To see", "ann", "Portfolio")
    assert kept.run.address == "portfolio?x=0.7"
    assert kept.run.version == session.warehouse().version
    assert kept.run.figures[0] == KeptFigure("Products", "3", 3.0)
    assert not any(f"C{at}" in repr(kept) for at in range(7)), "no customer is kept"


def test_runs_are_listed_compared_changed_removed_and_come_back(store: OperationalStore) -> None:
    ids = [
        kept_runs.keep(store, each.run, name, "", "ann", NOW)
        for each, name in ((ONE, "First"), (TWO, "Second"))
    ]
    app = opened(PAGE, run=ids)
    assert not app.exception
    assert 'data-kept="2"' in told(app)
    assert "Sequences: 2 runs side by side" in told(app)
    assert "The data were loaded anew since" in told(app)
    assert any("20 (+8)" in str(each.value) for each in app.dataframe)
    app.text_area(key=f"run-note-{ids[0]}").set_value("Good enough")
    app.button(key=f"run-save-{ids[0]}").click().run()
    assert "Good enough" in [each.note for each in kept_runs.kept_runs(store)]
    app.button(key=f"run-remove-{ids[0]}").click().run()
    assert [each.name for each in kept_runs.kept_runs(store)] == ["Second"]
    assert app.query_params["run"] in (ids[1], [ids[1]])
    press(app, "Undo")
    assert len(kept_runs.kept_runs(store)) == 2
    assert not app.exception


def test_runs_of_one_name_are_chosen_apart_and_of_two_kinds_leave_the_list(store: OperationalStore) -> None:
    other = run_of("C", "offers", "1", 1.0, "Offers")
    ids = [kept_runs.keep(store, each.run, each.name, "", "ann", NOW) for each in (ONE, TWO, other)]
    app = opened(PAGE, run=[ids[0], ids[2]])
    assert not app.exception
    assert "tell different figures" in told(app)
    assert len({*app.multiselect(key="runs-chosen").options}) == 3
    app = opened(PAGE, kind="Offrs")
    assert not app.exception
    assert "Did you mean &#x27;Offers&#x27;" in told(app)


def test_a_link_to_what_is_gone_is_told(store: OperationalStore) -> None:
    app = opened(PAGE, run="0" * 32)
    assert not app.exception
    assert "not there any more" in told(app)
