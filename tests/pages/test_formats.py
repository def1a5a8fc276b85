"""Numbers as text: one unit a table, plain minus, nothing where there is nothing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.ui.style import formats
from pages.ui.style.formats import Scale, delta_text, format_value, scale_of, trend


@pytest.mark.parametrize(
    ("value", "unit", "compact", "text"),
    [
        (1_234_567, "money", False, "€1,234,567"),
        (12.5, "money", False, "€12.50"),
        (20_453.0, "date", True, "31 Dec 2025"),
        (1_234_567, "money", True, "€1.2M"),
        (-1_234_567, "money", True, "-€1.2M"),
        (912_000, "money", Scale(1e6, "M", 1), "€0.9M"),
        (-0.001, "money", Scale(1e6, "M", 1), ">-€0.1M"),
        (29_362, "money", Scale(1e6, "M", 1), "<€0.1M"),
        (0, "money", Scale(1e6, "M", 1), "€0.0M"),
        (999_999, "money", True, "€1.0M"),
        (29_362, "money", True, "€29.4K"),
        (0.001, "money", False, "<€0.01"),
        (0.3, "money", False, "€0.30"),
        (0.3, "index", False, "0.3"),
        (1_234_567_890_123, "money", True, "€1.2T"),
        (9_999, "count", True, "9,999"),
        (10_000, "count", True, "10.0K"),
        (0.1234, "percent", False, "12.3%"),
        (-0.0001, "percent", False, "-0.01%"),
        (0.0000001, "percent", False, "<0.001%"),
        (0.0, "percent", True, "0.0%"),
        (0.004, "units", True, "0.004"),
        (3, "days", False, "3 days"),
        (3.25, "days", Scale(decimals=1), "3.2"),
        (1.239, "ratio", False, "1.24"),
        (131.6, "index", Scale(), "132"),
        (0.133, "percent", Scale(), "13%"),
        (0.004, "percent", Scale(), "<1%"),
        (date(2026, 11, 2), "date", False, "2 Nov 2026"),
        (None, "money", False, "–"),
        (float("nan"), "money", True, "–"),
        (float("inf"), "ratio", True, "–"),
    ],
)
def test_format_value(value: object, unit: str, compact: Scale | bool, text: str) -> None:
    assert format_value(value, unit, "EUR", compact) == text


def test_symbols() -> None:
    assert format_value(5, "money", "USD") == "$5"
    assert format_value(5.4, "money", "JPY") == "¥5"
    assert format_value(5, "money", "CHF") == "CHF\N{NO-BREAK SPACE}5"
    assert format_value(5, "money") == "5"


def test_one_unit_a_table() -> None:
    scale = scale_of([19_500_000, 12_500_000, 930_000, None, 2_800_000], "money", "USD")
    assert [format_value(each, "money", "USD", scale) for each in (19_500_000, 930_000)] == [
        "$19.5M",
        "$0.9M",
    ]


def test_a_table_of_small_cells_under_a_great_total_stays_readable() -> None:
    scale = scale_of([2_900_000, 40_000, 38_000, 12_000, 5_000], "money", "EUR")
    assert [format_value(each, "money", "EUR", scale) for each in (2_900_000, 38_000)] == ["€2,900K", "€38K"]


@pytest.mark.parametrize(
    ("values", "unit", "texts"),
    [
        ([19_500_000, 930_000, 29_362], "money", ["€19,500K", "€930K", "€29K"]),
        ([250_000_000, 29_362], "money", ["€250.0M", "<€0.1M"]),
        ([1_200, 0.03], "money", ["€1,200.00", "€0.03"]),
        ([-29_362, -5_000_000, 0], "money", ["-€29K", "-€5,000K", "€0K"]),
        ([12_000, 3], "count", ["12,000", "3"]),
        ([5_000_000, 4_000_000, 3], "count", ["5.0M", "4.0M", "<0.1M"]),
        ([0.45, 0.0004], "percent", ["45.00%", "0.04%"]),
        ([0.45, 0.3, 0.0000004], "percent", ["45.0%", "30.0%", "<0.1%"]),
        ([1e16, 5e15], "money", ["€10,000T", "€5,000T"]),
        ([120, 0.3], "index", ["120.0", "0.3"]),
    ],
)
def test_a_table_never_prints_zero_for_what_is_not(values: list[float], unit: str, texts: list[str]) -> None:
    scale = scale_of(values, unit, "EUR")
    assert [format_value(each, unit, "EUR", scale) for each in values] == texts


UNITS = ("money", "count", "units", "percent", "days", "seconds", "points", "ratio", "index", "rank")


@given(
    values=st.lists(st.floats(-1e15, 1e15).filter(bool), min_size=1, max_size=6),
    unit=st.sampled_from(UNITS),
    currency=st.sampled_from(["EUR", "JPY", ""]),
)
def test_no_number_but_zero_reads_as_zero_and_the_letter_is_one(
    values: list[float], unit: str, currency: str
) -> None:
    scale = scale_of(values, unit, currency)
    for compact in (scale, True, False):
        texts = [format_value(each, unit, currency, compact) for each in values]
        assert all(any(digit in text for digit in "123456789") for text in texts), texts
        assert ["-" in text for text in texts] == [each < 0 for each in values]
    assert {text.rstrip("%")[-1] for text in (format_value(v, unit, currency, scale) for v in values)} <= {
        scale.letter or digit for digit in "0123456789"
    }


@pytest.mark.parametrize(
    ("now", "before", "unit", "text", "way"),
    [
        (110, 100, "money", "+10.0%", 1),
        (90, 100, "money", "-10.0%", -1),
        (100.01, 100, "money", "0.0%", 0),
        (0.12, 0.10, "percent", "+2.0 pt", 1),
        (5, 0, "money", "", 0),
        (5, -5, "money", "", 0),
        (None, 5, "money", "", 0),
        (2100, 100, "count", "+2,000.0%", 1),
    ],
)
def test_delta(now: object, before: object, unit: str, text: str, way: int) -> None:
    assert delta_text(now, before, unit) == text
    assert trend(now, before, unit) == way


def test_no_typographic_minus() -> None:
    texts = [format_value(-5, "money", "EUR"), format_value(-0.5, "percent"), delta_text(1, 2)]
    assert "\N{MINUS SIGN}" not in "".join(texts)


def test_span() -> None:
    assert formats.format_span(date(2026, 1, 1), date(2026, 11, 22)) == "1 Jan – 22 Nov 2026"
    assert formats.format_span(date(2025, 11, 23), date(2026, 11, 22)) == "23 Nov 2025 – 22 Nov 2026"
    assert formats.count_text(1, "customer") == "1 customer"
    assert formats.count_text(1200, "country", "countries") == "1,200 countries"
