"""Exports: numbers stay numbers, and a name that a spreadsheet would run is text."""

from __future__ import annotations

import io

import openpyxl
import polars as pl

from pages.ui.controls import as_plain
from pages.ui.export_files import csv, for_people, xlsx

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
    assert as_plain("![x](http://a)") == "\\!\\[x\\]\\(http\\:\u2060//a\\)", "no link either"


def test_people_read_total_where_programs_read_bits() -> None:
    frame = pl.DataFrame(
        {
            "country": ["Italy", "Italy", None, None, None],
            "grouping": [0, 1, 2, 3, 0],
            "year": ["2010", None, "2010", None, "2010"],
            "revenue": [1.0, 2.0, 3.0, 4.0, 5.0],
        }
    )
    shown = for_people(frame, ["country", "year"])
    assert shown.columns == ["country", "subtotal over", "year", "revenue"]
    assert shown["subtotal over"].to_list() == ["", "year", "country", "country, year", ""]
    assert shown["country"].to_list() == ["Italy", "Italy", "Total", "Total", None]
    assert shown["year"].to_list() == ["2010", "Total", "2010", "Total", "2010"]
    assert for_people(FRAME, ["customer"]).equals(FRAME)


def test_text_that_is_a_number_stays_and_links_are_text() -> None:
    odd = pl.DataFrame({"name": ["-5", "+1.5", "-1+1", "@a", "\rb", "external:c:/x.exe", "{=1+1}"]})
    assert csv(odd).decode("utf-8-sig").split("\n")[1:4] == ["-5", "+1.5", "'-1+1"]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(odd, "Odd"))).active
    assert sheet is not None
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert not [cell.value for cell in sheet["A"] if cell.hyperlink]
