"""How measures are counted, in words: each kind says so, and every measure of the catalogue has words."""

from __future__ import annotations

import pytest

from cubes.catalogue import CUBES
from cubes.catalogue.measure_words import formula
from cubes.catalogue.ratios import RATIO
from cubes.model import SUBJECTS


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
