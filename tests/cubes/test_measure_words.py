"""How measures are counted, in words: each kind says so, and every measure of the catalogue has words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cubes.ask.answer import ask
from cubes.catalogue import CUBES
from cubes.catalogue.listed_measures import listed_measures
from cubes.catalogue.measure_words import empty_of, formula, news_of, unit_of
from cubes.catalogue.ratios import RATIO
from cubes.model import SUBJECTS, UNITS, Kind, Measure
from tests.tiny import Line, tiny_warehouse


@pytest.mark.parametrize(
    ("cube", "name", "words"),
    [
        ("sales", "revenue", "Sum of revenue"),
        ("sales", "margin", "Sum of revenue − cost"),
        ("sales", "order_lines", "Count of records"),
        ("sales", "last_purchase", "Latest day"),
        ("sales", "categories", "Distinct count of categories"),
        ("sales", "purchase_days", "Distinct count of days"),
        ("sales", "return_rate", "Units returned ÷ Units sold"),
        ("sales", "median_line_value", "Median of revenue"),
        (
            "sales",
            "customers_alive",
            "Distinct count of customers in the 365 days up to the period's end",
        ),
        ("stock", "on_hand", "Last of the period: sum of on hand"),
        ("stock", "average_on_hand", "Average over the days of the period: sum of on hand"),
        ("stock", "to_reorder", "Last of the period: sum of values worked out for each record"),
    ],
)
def test_a_formula_says_how_a_measure_is_counted(cube: str, name: str, words: str) -> None:
    measure = next(each for each in CUBES[cube].measures if each.name == name)
    assert formula(measure, cube) == words


def test_a_ratio_between_cubes_is_told_by_the_labels_of_its_parts() -> None:
    assert formula(RATIO["response_rate"]) == "Customers who responded ÷ Customers contacted"


def test_no_formula_shows_how_columns_are_called() -> None:
    told = [formula(each, name) for name, cube in CUBES.items() for each in cube.measures]
    assert not [each for each in told if "_" in each or "." in each or "(" in each]


def test_measures_are_grouped_by_their_unit() -> None:
    assert SUBJECTS["money"] == CUBES["sales"].measures[0].subject == "Money"
    assert SUBJECTS["days"] == SUBJECTS["seconds"] == "Time"


def test_every_unit_has_a_subject_and_words() -> None:
    assert set(SUBJECTS) == set(UNITS)
    for unit in UNITS:
        measure = Measure("m", "M", Kind.ADDITIVE, unit, "Said.", column="sale.m")
        assert unit_of(measure, "EUR") == ("EUR" if unit == "money" else unit_of(measure))


def test_null_policy_and_news_are_told() -> None:
    measure = Measure("m", "M", Kind.ADDITIVE, "money", "Said.", column="sale.m", rising=-1)
    assert empty_of(measure) == "An empty cell says 0."
    unknown = Measure("m", "M", Kind.ADDITIVE, "money", "Said.", column="sale.m", empty="null", rising=0)
    assert empty_of(unknown) == "An empty cell says that it is not known."
    assert (news_of(measure), news_of(unknown)) == ("More is bad news.", "More is neither good nor bad.")


def test_every_listed_measure_is_asked_as_it_is_written_and_by_a_telling_level(tmp_path: Path) -> None:
    firm = tiny_warehouse(tmp_path / "w.duckdb", [Line(), Line(order="o2", customer="Bob", country="Italy")])
    listed = {each.written: each for each in listed_measures(firm.profile)}
    assert "units_sold" not in listed  # hidden
    assert listed["stock.on_hand"].is_loaded(firm.profile) is False
    question = listed["revenue"].question(firm.profile)
    assert (question.measures, question.rows) == (("revenue",), ("country",))
    for each in listed.values():
        if each.is_loaded(firm.profile):
            assert ask(firm, each.question(firm.profile)).frame.height
