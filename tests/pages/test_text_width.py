"""Widths of texts against those that a browser measured in the page's own font at 12 pixels."""

from __future__ import annotations

import pytest

from pages.ui.figures.text_width import ADVANCES, pixels

MEASURED = {
    "United Kingdom": 90,
    "Upholstered furniture": 121,
    "Others (126)": 68,
    "Tessitura Betti": 81,
    "Milan showroom": 94,
    "Lambswool tweed 1…m, olive": 165,
    "North Rhine-Westphalia": 134,
}


@pytest.mark.parametrize("text", MEASURED)
def test_a_width_is_that_of_the_browser(text: str) -> None:
    assert pixels(text) == pytest.approx(MEASURED[text], rel=0.03)


def test_the_table_goes_from_the_space_to_the_tilde() -> None:
    assert len(ADVANCES) == ord("~") - ord(" ") + 1


@pytest.mark.parametrize(("text", "least"), [("Łódź", 26), ("Москва", 44), ("東京都", 36), ("Ωμέγα", 37)])
def test_letters_that_the_table_lacks_count_as_wide_ones(text: str, least: float) -> None:
    assert least <= pixels(text) <= 1.35 * least


def test_marks_above_letters_take_no_room() -> None:
    assert pixels("Málaga") == pytest.approx(pixels("Malaga"), abs=0.01)


def test_twice_the_size_is_twice_as_wide() -> None:
    assert pixels("Revenue", 24) == pytest.approx(2 * pixels("Revenue"))
