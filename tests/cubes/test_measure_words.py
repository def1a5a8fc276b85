"""Measures in words: every declared one has them, and each kind says how it is counted."""

from __future__ import annotations

import pytest

from cubes.ask.answer import ask
from cubes.catalogue import load
from cubes.catalogue.measure_words import SUBJECTS, empty_of, formula_of, news_of, subject_of, unit_of
from cubes.catalogue.offered_measures import offered_measures
from cubes.model import UNITS, Kind, Measure
from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    lines = [Line(), Line(order="o2", customer="Bob", country="Italy")]
    return tiny_warehouse(tmp_path_factory.mktemp("firm") / "w.duckdb", lines)


@pytest.mark.parametrize(
    ("cube", "measure", "formula"),
    [
        ("sales", "revenue", "Sum of revenue"),
        ("sales", "margin", "Sum of revenue − cost"),
        ("sales", "order_lines", "Count of rows"),
        ("sales", "categories", "How many different categories"),
        ("sales", "average_order_value", "Revenue ÷ Orders"),
        ("sales", "last_purchase", "Latest day"),
        ("sales", "median_line_value", "Median of revenue"),
        (
            "sales",
            "customers_alive",
            "How many different customers, over the 365 days that end with the period",
        ),
        ("interactions", "cases", "Count of the rows that are meant"),
        (
            "stock",
            "on_hand",
            "On hand at the last count of the period, added up over all that is counted; without one, at the last of"
            " the 92 days before its end",
        ),
    ],
)
def test_each_kind_says_how_it_is_counted(firm: Warehouse, cube: str, measure: str, formula: str) -> None:
    own = load(cube, firm.profile)
    assert formula_of(own.measure(measure), own) == formula


def test_a_ratio_between_cubes_says_whose_its_parts_are(firm: Warehouse) -> None:
    between = {each.written: each for each in offered_measures(firm.profile) if each.parts}
    said = {name: formula_of(each.measure, each.cube) for name, each in between.items()}
    assert said["interactions_per_order"] == "Interactions ÷ Orders"
    assert said["revenue_per_contact"] == "Revenue ÷ Contacts (Campaign contacts)"


def test_every_unit_has_a_subject_and_words() -> None:
    assert set(SUBJECTS) == set(UNITS)
    for unit in UNITS:
        measure = Measure("m", "M", Kind.ADDITIVE, unit, "Said.", column="sale.m")
        assert subject_of(measure) in SUBJECTS.values()
        assert unit_of(measure, "EUR") == ("EUR" if unit == "money" else unit_of(measure))


def test_null_policy_and_news_are_told() -> None:
    measure = Measure("m", "M", Kind.ADDITIVE, "money", "Said.", column="sale.m", rising=-1)
    assert empty_of(measure) == "An empty cell says 0."
    unknown = Measure("m", "M", Kind.ADDITIVE, "money", "Said.", column="sale.m", empty="null", rising=0)
    assert empty_of(unknown) == "An empty cell says that it is not known."
    assert (news_of(measure), news_of(unknown)) == ("More is bad news.", "More is neither good nor bad.")


def test_every_offered_measure_is_asked_as_it_is_written_and_by_a_telling_level(firm: Warehouse) -> None:
    offered = {each.written: each for each in offered_measures(firm.profile)}
    assert "units_sold" not in offered  # hidden
    assert offered["stock.on_hand"].is_loaded(firm.profile) is False
    question = offered["revenue"].question(firm.profile)
    assert (question.measures, question.rows) == (("revenue",), ("country",))
    for each in offered.values():
        if each.is_loaded(firm.profile):
            assert ask(firm, each.question(firm.profile)).frame.height
