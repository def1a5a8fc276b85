"""Errors of spreadsheets, zeros that a format shows, and numbers that no type holds: seen, never taken for nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from data.errors import BadInput
from data.sources.workbook_cells import Zeros
from tests.data.readings import lines, read, read_text

PART = lines(date="Day", order="Order", customer="Customer", city="City", revenue="Amount", cost="Cost")
HEADER = ["Day", "Order", "Customer", "City", "Amount", "Cost"]
DAY = dt.datetime(2024, 1, 5)
ERROR = "is no value but an error of the program that wrote it"


def book(path: Path, rows: list[list[Any]], formats: dict[int, str] | None = None, at: int = 0) -> Path:
    """A workbook whose table begins in row and column `at`; a text with # is an error of a formula."""
    made = xlsxwriter.Workbook(str(path))
    page = made.add_worksheet()
    styles = {column: made.add_format({"num_format": code}) for column, code in (formats or {}).items()}
    page.write_row(at, at, HEADER)
    for down, row in enumerate(rows, at + 1):
        for column, value in enumerate(row):
            if isinstance(value, str) and value.startswith("#"):
                page.write_formula(down, at + column, "=A1", None, value)
            elif isinstance(value, dt.datetime):
                page.write_datetime(down, at + column, value, made.add_format({"num_format": "dd/mm/yyyy"}))
            elif value is not None:
                page.write(down, at + column, value, styles.get(column))
    made.close()
    return path


GOOD = [DAY, "A1", "c1", "Rome", 1.5, 1]


@pytest.mark.parametrize("at", [0, 3])
def test_errors_in_cells_are_seen(tmp_path: Path, at: int) -> None:
    broken = [
        [*GOOD[:n], error, *GOOD[n + 1 :]]
        for n, error in enumerate(["#N/A", "#REF!", "#N/A", "#N/A", "#DIV/0!", "#N/A"])
    ]
    found = read(book(tmp_path / "s.xlsx", [GOOD, *broken, GOOD], at=at), PART)
    assert found["reason"] == [
        None, f"date: '#N/A' {ERROR}", f"order: '#REF!' {ERROR}", f"customer: '#N/A' {ERROR}", None,
        f"revenue: '#DIV/0!' {ERROR}", f"cost: '#N/A' {ERROR}", None,
    ]  # fmt: skip
    assert found["city"][4] is None
    place = "D" if at else "A"
    assert f"Day of s.xlsx has 1 error, first #N/A in {place}{at + 3}." in found.notes
    assert "City of s.xlsx: 1 cells with errors such as #N/A are read as empty." in found.notes


@pytest.mark.parametrize("word", ["#N/A", "#NV", "#¡DIV/0!", "#Н/Д", "########"])
def test_errors_in_text_files_are_the_same(tmp_path: Path, word: str) -> None:
    text = f"Day,Order,Customer,City,Amount,Cost\n2024-01-05,A1,{word},{word},1.5,1\n2024-01-05,#1,c1,Rome,1.5,1\n"
    found = read_text(tmp_path, text, PART)
    assert found["reason"] == [f"customer: '{word}' {ERROR}", None]
    assert (found["city"], found["order"]) == ([None, "Rome"], ["A1", "#1"])
    accepted = lines(f'null = ["{word}"]', date="Day", customer="Customer", revenue="Amount")
    assert read_text(tmp_path, text, accepted)["customer"] == [None, "c1"]


def test_an_error_below_an_expression_is_not_computed_with(tmp_path: Path) -> None:
    more = "[order_lines.expressions]\ncustomer = \"concat('C', column('Customer'))\""
    text = "Day,Customer,Amount\n2024-01-05,#N/A,1.5\n2024-01-05,1,1.5\n"
    found = read_text(tmp_path, text, lines(more=more, date="Day", revenue="Amount"))
    assert found["reason"] == [f"Customer: '#N/A' {ERROR}", None]
    assert found["customer"][1] == "C1"


def test_zeros_that_a_format_shows_are_read(tmp_path: Path) -> None:
    rows = [
        [DAY, 7, 101, 1234567890, 12, None],
        [DAY, 12345, "00103", 501234567, 3.5, 1],
        [DAY, 8, 2.5, 3, -4, 1],
    ]
    path = book(tmp_path / "s.xlsx", rows, {1: "0000", 2: "00000", 3: '"P-"00000\\-0000', 4: "000"})
    found = read(path, PART)
    assert found["order"] == ["0007", "12345", "0008"]
    assert found["customer"] == ["00101", "00103", "2.5"]
    assert found["city"] == ["P-123456-7890", "P-50123-4567", "P-00000-0003"]
    assert [float(each) for each in found["revenue"]] == [12, 3.5, -4]


@pytest.mark.parametrize(
    "code", ["0", "0.00", "#,##0.00", "00.0%", "yyyy", "00/00/0000", "#000", "General", "0.00E+00"]
)
def test_formats_of_amounts_and_days_show_no_zeros(code: str) -> None:
    assert Zeros.parse(code) is None


def test_nan_is_nothing_and_infinity_is_an_error(tmp_path: Path) -> None:
    nan, inf = float("nan"), float("inf")
    frame = pl.DataFrame(
        {"Day": DAY, "Order": [1.0, nan, nan, inf], "Customer": [nan, 7.0, -inf, 8.0], "Amount": 1.5}
    )
    frame.write_parquet(tmp_path / "s.parquet")
    part = lines(date="Day", order="Order", customer="Customer", revenue="Amount")
    found = read(tmp_path / "s.parquet", part)
    assert (found["order"][:2], found["customer"][:2]) == (["1", None], [None, "7"])
    assert found["reason"] == [None, None, f"customer: '-inf' {ERROR}", f"order: 'inf' {ERROR}"]


def test_long_numbers_in_doubles_keep_their_digits(tmp_path: Path) -> None:
    cards = [1234567890123456.0, 7.0, 9007199254740991.0]
    pl.DataFrame({"Day": DAY, "Customer": cards, "Amount": 1.5}).write_parquet(tmp_path / "s.parquet")
    part = lines(date="Day", customer="Customer", revenue="Amount")
    found = read(tmp_path / "s.parquet", part)
    assert (found["customer"], found.notes) == (["1234567890123456", "7", "9007199254740991"], ())
    pl.DataFrame({"Day": DAY, "Customer": [2.0**53], "Amount": 1.5}).write_parquet(tmp_path / "s.parquet")
    assert read(tmp_path / "s.parquet", part).notes == (
        "Customer of s.parquet holds 9007199254740992, longer than its type DOUBLE can tell from its neighbours:"
        " export it as text.",
    )


def test_what_a_spreadsheet_shortened_is_not_made_longer(tmp_path: Path) -> None:
    text = "Day,Customer,Amount\n2024-01-05,4.00638E+12,1.5\n2024-01-05,007,1.5\n"
    assert read_text(tmp_path, text, lines(date="Day", customer="Customer", revenue="Amount"))["customer"] == [
        "4.00638E+12", "007",
    ]  # fmt: skip


def test_a_title_above_the_table_of_a_sheet(tmp_path: Path) -> None:
    made = xlsxwriter.Workbook(str(tmp_path / "s.xlsx"))
    page = made.add_worksheet()
    page.write(0, 0, "Sales of 2024")
    page.write_row(1, 0, ["From", "1 Jan"])
    for at, row in enumerate([["Day", "Customer", "Amount"], *[["2024-01-05", "c1", "1.5"]] * 4], 3):
        page.write_row(at, 0, row)
    made.close()
    found = read(tmp_path / "s.xlsx", lines(date="Day", customer="Customer", revenue="Amount"))
    assert (found["customer"], found["row"]) == (["c1"] * 4, [1, 2, 3, 4])
    assert found.notes == ("s.xlsx: the first 3 lines were passed over; they stand above the header.",)
    with pytest.raises(BadInput, match="There is no column"):
        read(tmp_path / "s.xlsx", lines("skip = 1", date="Day", customer="Customer", revenue="Amount"))
