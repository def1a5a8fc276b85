"""The page Retention: its address, that each cell opens the customers it counts, what it draws and what it says."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.query import parse_cut
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse
from mining.retention.cohort_triangle import Kept
from pages.ui import session
from pages.ui.figures import heatmap
from pages.ui.style.theme import LIGHT
from pages.value import cohort_words as words
from pages.value.found_cohorts import (
    FoundCohorts,
    cohort_query,
    customers_of_cell,
    found_cohorts,
    found_histories,
    opened_period,
    second_purchases,
)
from pages.value.retention_view import STAYED_AWAY, RetentionView, parse_retention
from tests.tiny import Line, tiny_warehouse

FIRST, LAST = date(2010, 11, 1), date(2011, 4, 10)


def lines() -> list[Line]:
    chance = random.Random(8)
    made = [
        Line(
            day=FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 1)),
            order=f"o{at}",
            customer=chance.choice([UNKNOWN, *(f"C{each}" for each in range(30))]),
            city=chance.choice(["Lille", "Rome"]),
            channel=chance.choice(["Web", "Shop"]),
            revenue=str(chance.randrange(1, 60)),
            is_return=chance.random() < 0.2,
        )
        for at in range(120)
    ]
    return [*made, Line(day=FIRST, order="first"), Line(day=LAST, order="last")]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    store = tiny_warehouse(tmp_path_factory.mktemp("firm") / "w.duckdb", lines())
    yield store
    store.close()


@pytest.fixture
def seen(firm: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """The warehouse that the page reads."""
    monkeypatch.setattr(session, "warehouse", lambda: firm)
    return firm


@pytest.mark.parametrize(
    "view",
    [
        RetentionView(),
        RetentionView(
            (parse_cut("channel=Web"),),
            Kept.MARGIN,
            "quarter",
            "channel",
            "Shop",
            LAST,
            "2011-Q1",
            1,
            STAYED_AWAY,
        ),
    ],
)
def test_the_address_holds_the_view(view: RetentionView) -> None:
    assert parse_retention(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"measure": ["revnue"]}, "Did you mean 'revenue'"),
        ({"by": ["day"]}, "no cohorts by 'day'"),
        ({"until": ["2011-02-30"]}, "There is no day '2011-02-30'"),
        ({"age": ["-1"]}, "no age of a cohort"),
        ({"cohrt": ["2011-01"]}, "cohrt"),
    ],
)
def test_a_bad_address_is_refused_in_words(parameters: dict[str, list[str]], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        parse_retention(parameters)


@pytest.mark.parametrize(
    "view",
    [
        RetentionView(),
        RetentionView((parse_cut("channel=Web"),), split="city", member="France/North/Rome"),
        RetentionView(
            (parse_cut("city=France/North/Lille"), parse_cut("year=2011")), until=date(2011, 3, 31)
        ),
        RetentionView(
            (parse_cut("customer by revenue > 60"), parse_cut("channel!=Shop"), parse_cut("year=2011"))
        ),
    ],
    ids=["all", "split", "cut", "condition"],
)
def test_every_cell_opens_the_customers_that_it_counts(seen: Warehouse, view: RetentionView) -> None:
    found = found_cohorts(view)
    for cell in found.whole.cells.iter_rows(named=True):
        opened = replace(view, cohort=found.names[cell["cohort"]], age=cell["age"])
        periods = opened_period(opened, found)
        assert periods
        came = customers_of_cell(opened, found, *periods)
        away = customers_of_cell(opened.told(STAYED_AWAY), found, *periods)
        assert came.height == cell["total"], opened
        assert away.height == cell["size"] - cell["total"]
        assert not {*came["customer"]} & {*away["customer"]}
        if not view.split:
            question = replace(cohort_query(opened, found, *periods), measures=("buyers",), rows=())
            assert ask(seen, question).frame["buyers"][0] == cell["total"]


def test_a_cell_that_there_is_not_opens_nothing(seen: Warehouse) -> None:
    found = found_cohorts(RetentionView())
    for cohort, age in (("2009-01", 0), ("2011-03", 9), ("<b>", 0)):
        assert opened_period(RetentionView(cohort=cohort, age=age), found) is None


def test_members_of_a_split_put_together_are_everybody(seen: Warehouse) -> None:
    for kept in Kept:
        whole = found_cohorts(RetentionView(kept=kept)).whole.cells
        split = found_cohorts(RetentionView(kept=kept, split="channel")).whole.cells
        assert split["value"].to_list() == pytest.approx(whole["value"].to_list()), kept


def test_what_is_not_over_is_hatched_and_what_is_to_come_empty(seen: Warehouse) -> None:
    found = found_cohorts(RetentionView())
    frame = words.heat(found.whole, found.cells)
    rows = {(row["row_id"], row["column_id"]): row for row in frame.iter_rows(named=True)}
    months = ["2010-11", "2010-12", "2011-01", "2011-02", "2011-03", "2011-04"]
    cohorts = [name for name in months if (name, "0") in rows]
    for cohort in cohorts:
        ages = range(1, 6)
        there = [age for age in ages if (cohort, str(age)) in rows]
        assert there == [age for age in ages if months.index(cohort) + age < len(months)]
        assert [rows[cohort, str(age)]["mark"] == "partial" for age in there] == [
            months.index(cohort) + age == len(months) - 1 for age in there
        ]
    figure = heatmap(frame, LIGHT, unit="percent", hatch_absent=True, chosen=(cohorts[0], "1"))
    hatched = [len(trace.x) for trace in figure.data if trace.type == "bar"]
    assert sum(hatched) == len(cohorts) * 6 - frame.height + frame["mark"].eq("partial").sum()
    assert len(figure.layout.shapes) == 1
    assert figure.layout.barmode == "overlay"
    said = " ".join(words.cautions(found.cells, found.whole))
    assert "Apr 2011 is not over: the data have 10 days of it." in said
    assert "The data begin in Nov 2010" in said


def test_the_sheet_has_a_row_a_cohort_and_is_empty_where_nothing_has_begun(seen: Warehouse) -> None:
    found = found_cohorts(RetentionView(kept=Kept.REVENUE))
    sheet, rows = words.table(found.whole, found.cells), words.rows_of(found.whole, found.cells)
    assert sheet.columns == ["cohort", "customers", "0", "1", "2", "3", "4", "5"]
    assert sheet["5"].null_count() == sheet.height - 1
    assert rows.height == found.whole.cells.height
    assert rows["period_not_over"].sum() == sheet.height
    assert "of no known customer" in words.outside(found.cells, "EUR")


def found_of(path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, *some: Line) -> FoundCohorts:
    store = tiny_warehouse(path.mktemp("few") / "w.duckdb", some)
    monkeypatch.setattr(session, "warehouse", lambda: store)
    return found_cohorts(RetentionView())


JANUARY, FEBRUARY, MARCH = date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 31)


@pytest.mark.parametrize(
    ("some", "said"),
    [
        (
            [Line(day=JANUARY), Line(day=MARCH, customer="Bob", order="2")],
            "Nobody has come back yet: each of 2 customers",
        ),
        ([Line(day=JANUARY), Line(day=MARCH, order="2")], "There is one cohort only, of 1 customer"),
        (
            [
                Line(day=JANUARY),
                Line(day=FEBRUARY, order="2"),
                Line(day=FEBRUARY, customer="Bob", order="3"),
                Line(day=MARCH, customer="Cy", order="4"),
            ],
            r"Of 2 customers, 50.0% bought again one month later \(9.5% to 90.5%\).",
        ),
    ],
)
def test_the_main_fact(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, some: list[Line], said: str
) -> None:
    found = found_of(tmp_path_factory, monkeypatch, *some)
    assert re.match(said, words.main_fact(found.whole, "month", "EUR"))
    assert words.tiles(found.whole, found.cells, "EUR")


def test_the_second_purchase_says_when_half_have_not_come_back(seen: Warehouse) -> None:
    histories = found_histories(RetentionView())
    curve = second_purchases(histories)
    came = histories.frame["second_day"].drop_nulls().len()
    assert (curve.finished, curve.spells) == (came, histories.frame.height)
    assert "half come back within" in words.second_words(curve)
    slow = replace(curve, median=None)
    assert "half have not come back within 1" in words.second_words(slow)
    drawn = words.second_frame(curve)
    assert drawn["age"].is_sorted()
    assert drawn["value"][0] == 0.0
    assert drawn.filter(pl.col("low") > pl.col("value")).is_empty()
