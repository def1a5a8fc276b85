"""Currencies that stand in the number formats of a workbook, and in no cell: never added, and proposed."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from data.load import Mapping, preview
from data.load.proposal.propose_mapping import propose_all
from data.sources.workbook_signs import sign_of

MAPPING = """source = "s"
{top}
[order_lines]
file = "s.xlsx"
{only}
[order_lines.columns]
date = "Day"
order = "Order"
revenue = "Amount"
{more}
"""
EURO, DOLLAR, POUND = "#,##0.00\\ [$€-407]", "[$$-409]#,##0.00", '_-"£"* #,##0.00_-'


def book(folder: Path, *formats: str) -> Path:
    """A workbook of twelve lines of 12.345, whose amounts have these formats in turn."""
    path = folder / "s.xlsx"
    made = xlsxwriter.Workbook(path)
    sheet = made.add_worksheet()
    sheet.write_row(0, 0, ["Day", "Order", "Amount"])
    styles = [made.add_format({"num_format": each}) for each in formats]
    for at in range(12):
        sheet.write_row(at + 1, 0, [f"2024-01-{at + 1:02}", f"A{at}"])
        sheet.write_number(at + 1, 2, 12.345, styles[at % len(styles)])
    made.close()
    return path


@pytest.mark.parametrize(
    ("formats", "top", "more", "words"),
    [
        ((EURO, DOLLAR), "", "", "EUR (6 rows), USD (6 rows)"),
        ((POUND, EURO, "0.00"), "", "", "EUR (4 rows), GBP (4 rows)"),
        ((EURO,), 'currency = "USD"', "", "EUR (12 rows) beside the currency of report, USD"),
        (("[$kr-41D] 0", "[$kr-406] 0"), "", "", "DKK (6 rows), SEK (6 rows)"),
        ((EURO, "#,##0.00 €"), "", "", ""),
        ((EURO, "0.00"), 'currency = "EUR"', "", ""),
        (("0.00", "[Red]0"), 'currency = "EUR"', "", ""),
        ((EURO,), 'currency = "EUR"', 'currency = "Amount"', ""),
    ],
)
def test_currencies_by_number_format(
    tmp_path: Path, formats: tuple[str, ...], top: str, more: str, words: str
) -> None:
    book(tmp_path, *formats)
    seen = preview(Mapping.from_text(MAPPING.format(top=top, only="", more=more), tmp_path))
    assert bool(seen.problems) == bool(words)
    assert words in " ".join(seen.problems)


def test_only_one_currency_of_a_column(tmp_path: Path) -> None:
    book(tmp_path, EURO, DOLLAR)
    only = "only = \"contains(column('Amount'), 'EUR') or contains(column('Amount'), '€')\""
    seen = preview(Mapping.from_text(MAPPING.format(top="", only=only, more=""), tmp_path))
    assert [float(each) for each in seen.typed["revenue"]] == [12.345] * 6


def test_the_currency_of_a_workbook_is_proposed(tmp_path: Path) -> None:
    found = propose_all([book(tmp_path, DOLLAR)])
    assert found.mapping.currency == "USD"
    found = propose_all([book(tmp_path, DOLLAR, EURO)])
    assert found.mapping.currency is None
    assert [each.name for each in found.notices["order_lines"] if each.stops] == ["currency: Amount"]


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ('_-* #,##0.00\\ "zł"_-', "zł"),
        ("[$$-1009]#,##0", "CAD"),
        ("#,##0.00 [$Kč-405]", "Kč"),
        ("[$-F400]h:mm:ss", ""),
        ('0 "pcs"', ""),
        ("[$€-x-euro2] 0", "€"),
    ],
)
def test_signs_of_formats(code: str, sign: str) -> None:
    assert sign_of(code) == sign
