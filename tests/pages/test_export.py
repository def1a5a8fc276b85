"""Exports: numbers stay numbers, and a name that a spreadsheet would run is text."""

from __future__ import annotations

import io

import openpyxl
import polars as pl

from pages.ui.controls import as_plain
from pages.ui.export import csv, xlsx

FRAME = pl.DataFrame({"customer": ["=cmd()", "Ann", None], "revenue": [1.5, -2.0, -0.5]})


def test_csv_defuses_formulas_and_keeps_numbers() -> None:
    assert csv(FRAME).decode("utf-8-sig").splitlines() == [
        "customer,revenue",
        "'=cmd(),1.5",
        "Ann,-2.0",
        ",-0.5",
    ]


def test_xlsx_holds_text_and_numbers_and_no_formula() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(FRAME, "A/B [x]", {"revenue": "money"}))).active
    assert sheet is not None
    assert sheet.title == "AB x"
    assert [cell.value for cell in sheet["A"]] == ["customer", "=cmd()", "Ann", None]
    assert [cell.data_type for cell in sheet["A"]][1] == "s"
    assert [cell.value for cell in sheet["B"]][1:] == [1.5, -2, -0.5]


def test_a_name_is_never_markdown() -> None:
    assert as_plain("![x](http://a)") == r"\!\[x\]\(http\://a\)"
