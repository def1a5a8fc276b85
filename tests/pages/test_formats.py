"""Numbers as text: one unit a table, plain minus, nothing where there is nothing."""

from __future__ import annotations

from datetime import date

import pytest

from pages.ui import formats
from pages.ui.formats import Scale, delta_text, format_value, scale_of, trend


@pytest.mark.parametrize(
    ("value", "unit", "compact", "text"),
    [
        (1_234_567, "money", False, "€1,234,567"),
        (12.5, "money", False, "€12.50"),
        (1_234_567, "money", True, "€1.2M"),
        (-1_234_567, "money", True, "-€1.2M"),
        (912_000, "money", Scale(1e6, "M", 1), "€0.9M"),
        (-0.001, "money", Scale(1e6, "M", 1), "€0.0M"),
        (1_234_567_890_123, "money", True, "€1.2T"),
        (9_999, "count", True, "9,999"),
        (10_000, "count", True, "10.0K"),
        (0.1234, "percent", False, "12.3%"),
        (-0.0001, "percent", False, "0.0%"),
        (3, "days", False, "3 days"),
        (3.25, "days", Scale(decimals=1), "3.2"),
        (1.239, "ratio", False, "1.24"),
        (131.6, "index", Scale(), "132"),
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
