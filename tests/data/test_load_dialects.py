"""The same four rows in every dialect that firms export, read to the same warehouse."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
import xlsxwriter

from data.errors import BadInput
from data.load import Mapping, Report, load
from data.load.preview import preview
from tests.data.load_files import HEADER, ROWS, ask, mapping, revenue, shop, write

EXPECTED = [
    (dt.date(2024, 1, 5), "A1", "c1", "Italy", "pen", Decimal("2.000"), Decimal("3.0000"), False, True),
    (dt.date(2024, 1, 5), "A1", "c1", "Italy", "cup", Decimal("1.000"), Decimal("7.2500"), False, False),
    (dt.date(2024, 1, 6), "A2", "c2", "France", "pen", Decimal("10.000"), Decimal("14.0000"), False, True),
    (
        dt.date(2024, 2, 29),
        "A3",
        "(unknown)",
        "France",
        "cup",
        Decimal("-1.000"),
        Decimal("-7.2500"),
        True,
        False,
    ),
]


def check(tmp_path: Path, report: Report, expected: list[Any] = EXPECTED) -> None:
    assert (report.rows_read, report.rows_rejected) == (4, 0), report.rejected
    found = ask(
        tmp_path,
        """SELECT DATE '1970-01-01' + day_key, number, c.id, country, p.id, units, revenue, is_return, is_order
        FROM sale JOIN sales_order USING (order_key) JOIN customer AS c USING (customer_key)
        JOIN product AS p USING (product_key) ORDER BY row_in_source""",
    )
    assert [
        (row[0].date() if isinstance(row[0], dt.datetime) else row[0], *row[1:]) for row in found
    ] == expected
    assert report.revenue == revenue(ROWS)


def check_typed(mapped: Mapping, path: Path) -> None:
    """The same without a warehouse: the values that would be loaded."""
    seen = preview(mapped, path)
    assert seen.problems == ()
    columns = ["date", "order", "customer", "country", "product", "quantity", "revenue"]
    told = [(*row[:2], row[2] or "(unknown)", *row[3:]) for row in seen.typed.select(columns).iter_rows()]
    assert told == [row[:7] for row in EXPECTED]


def local(rows: list[list[str]], day: str = "%d.%m.%Y") -> list[list[str]]:
    """Rows as a German or Italian program writes them."""
    said = [dt.date.fromisoformat(row[0]).strftime(day) for row in rows]
    return [[each, *row[1:6], row[6].replace(".", ",")] for each, row in zip(said, rows, strict=True)]


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "utf-8-sig"), (";", "utf-16-le"), (";", "utf-8"), ("\t", "utf-16-be"), ("\t", "cp1252"), ("|", "utf-8"),
     ("|", "utf-16"), (",", "cp1252")],
)  # fmt: skip
def test_delimiters_and_encodings(tmp_path: Path, delimiter: str, encoding: str) -> None:
    check_typed(mapping(), write(tmp_path / "s.csv", ROWS, delimiter=delimiter, encoding=encoding))


@pytest.mark.parametrize(("delimiter", "encoding"), [("\t", "utf-16"), (";", "cp1252")])
def test_each_delimiter_and_encoding_is_loaded(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = write(tmp_path / "s.csv", ROWS, delimiter=delimiter, encoding=encoding)
    check(tmp_path, load(mapping(), tmp_path / "w.duckdb", path))


@pytest.mark.parametrize(
    "day", ["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"]
)
def test_decimal_commas_and_days_first(tmp_path: Path, day: str) -> None:
    check_typed(mapping(), write(tmp_path / "s.csv", local(ROWS, day), delimiter=";", encoding="cp1252"))


@pytest.mark.parametrize("day", ["%m/%d/%Y", "%-m/%-d/%Y %-H:%M", "%m/%d/%Y %I:%M %p", "%m-%d-%y", "%Y/%m/%d",
                                 "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.000", "%Y%m%d",
                                 "%d-%b-%Y", "%b %d, %Y"])  # fmt: skip
def test_other_dates(tmp_path: Path, day: str) -> None:
    rows = [[dt.date.fromisoformat(row[0]).strftime(day), *row[1:]] for row in ROWS]
    check_typed(mapping(), write(tmp_path / "s.csv", rows))


def test_quotes_newlines_and_blank_lines(tmp_path: Path) -> None:
    rows = [[*row[:4], f'{row[4]} "big",\nblue', *row[5:]] for row in ROWS]
    text = write(tmp_path / "s.csv", rows, quoting=1).read_text()
    (tmp_path / "s.csv").write_text("\n" + text + "\n\n")
    check(tmp_path, load(mapping(), tmp_path / "w.duckdb", tmp_path / "s.csv"),
          [(*row[:4], f'{row[4]} "big",\nblue', *row[5:]) for row in EXPECTED])  # fmt: skip


def test_names_that_are_patterns_or_sql(tmp_path: Path) -> None:
    path = write(
        tmp_path / "it's [1]*; DROP TABLE sale.csv", ROWS, [*HEADER[:6], "Price'); DROP TABLE sale; --"]
    )
    text = mapping().to_toml().replace('"Price"', '"Price\'); DROP TABLE sale; --"')
    check(tmp_path, load(mapping().from_text(text), tmp_path / "w.duckdb", path))


def test_old_macintosh_and_apostrophe_quotes(tmp_path: Path) -> None:
    text = write(tmp_path / "s.csv", ROWS, quotechar="'", quoting=1, lineterminator="\r").read_bytes()
    assert b"\n" not in text
    check(tmp_path, load(mapping(), tmp_path / "w.duckdb", tmp_path / "s.csv"))


def test_lines_above_the_header(tmp_path: Path) -> None:
    text = "Sales of the firm;;\nprinted today\n" + write(tmp_path / "s.csv", ROWS).read_text()
    (tmp_path / "s.csv").write_text(text)
    check(tmp_path, load(mapping("skip = 2"), tmp_path / "w.duckdb", tmp_path / "s.csv"))


def workbook(path: Path, rows: list[list[str]], sheet: str = "Lines") -> Path:
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("Notes")
    page, day = book.add_worksheet(sheet), book.add_format({"num_format": "dd/mm/yyyy"})
    page.write_row(0, 0, HEADER)
    for at, row in enumerate(rows, start=1):
        page.write_datetime(at, 0, dt.datetime.fromisoformat(row[0]), day)
        page.write_row(at, 1, row[1:5])
        for column, value in enumerate(row[5:], start=5):
            try:
                page.write_number(at, column, float(value))
            except ValueError:
                page.write(at, column, value)
    book.close()
    return path


def test_workbook(tmp_path: Path) -> None:
    check(tmp_path, load(mapping(), tmp_path / "w.duckdb", workbook(tmp_path / "s.xlsx", ROWS)))


def test_workbook_sheet_and_stray_words(tmp_path: Path) -> None:
    rows = [*ROWS, [*ROWS[0][:5], "twelve", "1.234"], [*ROWS[0][:5], "1", "1.234"]]
    report = load(mapping('sheet = "Lines"'), tmp_path / "w.duckdb", workbook(tmp_path / "s.xlsx", rows))
    assert report.rejected["reason"].to_list() == ["quantity: 'twelve' is not a number"]
    assert report.revenue == revenue(ROWS) + Decimal("1.234")
    with pytest.raises(BadInput, match=r"no sheet 'Line'.*Did you mean 'Lines'"):
        load(mapping('sheet = "Line"'), tmp_path / "w.duckdb", tmp_path / "s.xlsx")


def test_parquet_keeps_types_and_exact_money(tmp_path: Path) -> None:
    frame = pl.DataFrame(ROWS, HEADER, orient="row").with_columns(
        pl.col("Day").str.to_datetime(time_zone="UTC"),
        pl.col("Qty").cast(pl.Int32),
        pl.col("Price").cast(pl.Float64),
    )
    frame.write_parquet(tmp_path / "s.parquet")
    check(tmp_path, load(mapping(), tmp_path / "w.duckdb", tmp_path / "s.parquet"))


def test_whole_numbers_stored_as_floats_are_the_same_members(tmp_path: Path) -> None:
    frame = pl.DataFrame(ROWS, HEADER, orient="row").with_columns(
        Customer=pl.Series([17850.0, 17850.0, 2.5, None])
    )
    frame.write_parquet(tmp_path / "s.parquet")
    load(mapping(), tmp_path / "w.duckdb", tmp_path / "s.parquet")
    assert ask(tmp_path, "SELECT DISTINCT id FROM customer ORDER BY 1") == [
        ("(unknown)",),
        ("17850",),
        ("2.5",),
    ]


@pytest.mark.parametrize(
    ("price", "settings", "total"),
    [
        (["1.234,50", "2,25"], "", "1236.75"),
        (["1,234.50", "2.25"], "", "1236.75"),
        (["1.234.567,5", "2"], "", "1234569.5"),
        (["1 234,50", "€ 2,25"], "", "1236.75"),
        (["1'234.50", "CHF 2.25"], "", "1236.75"),
        (["(12.50)", "2.25-"], "", "-14.75"),
        (["−5", "+7"], "", "2"),
        (["1,250", "3"], 'decimal = ","', "4.25"),
        (["1,250", "3"], 'decimal = "."', "1253"),
        (["1.250", "3"], 'decimal = ","', "1253"),
        (["1.250", "3"], "", "4.25"),
        (["0,125", "3"], "", "3.125"),
        (["1e3", ".5"], "", "1000.5"),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, price: list[str], settings: str, total: str) -> None:
    rows = [["2024-01-05", "A", "c", "Italy", "pen", "1", each] for each in price]
    seen = preview(mapping(settings), write(tmp_path / "s.csv", rows))
    assert (seen.typed["revenue"].sum(), seen.problems) == (Decimal(total), ())


def test_a_column_that_does_not_tell_follows_its_file(tmp_path: Path) -> None:
    rows = [
        ["2024-01-05", "A", "c", "Italy", "pen", "1.250", "0,5"],
        ["2024-01-05", "A", "c", "Italy", "pen", "2,000", "3"],
    ]
    assert shop(tmp_path, rows).revenue == Decimal("631")


@pytest.mark.parametrize(
    "value", ["12,3,4", "1.2.3", "1,23.4", "12a", "--5", "0x10", "inf", "nan", "1 000 b"]
)
def test_what_is_no_number(tmp_path: Path, value: str) -> None:
    seen = preview(mapping(), write(tmp_path / "s.csv", [*ROWS, [*ROWS[0][:6], value]]))
    assert seen.problems == (f"Row 5: unit_price: '{value}' is not a number.",)
    sound = seen.typed.filter(pl.col("reason").is_null())
    assert sound["revenue"].sum() == revenue(ROWS)


def test_a_row_with_what_is_no_number_is_rejected(tmp_path: Path) -> None:
    report = shop(tmp_path, [*ROWS, [*ROWS[0][:6], "12,3,4"]])
    assert report.rejected.select("row", "reason").rows() == [(5, "unit_price: '12,3,4' is not a number")]
    assert report.revenue == revenue(ROWS)


RETAIL = """
source = "retail"
[order_lines.columns]
order = "InvoiceNo"
date = "InvoiceDate"
customer = "CustomerID"
product = "StockCode"
quantity = "Quantity"
unit_price = "UnitPrice"
"""


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_ids_that_pandas_made_floats_stay_the_same_members(tmp_path: Path, form: str) -> None:
    frame = pd.DataFrame(
        {
            "InvoiceNo": ["536365", "C536366", "536367", "536368"],
            "InvoiceDate": pd.to_datetime(["2010-12-01"] * 4),
            "CustomerID": [17850.0, 17850.0, None, 12583.0],
            "StockCode": ["85123A", "71053", "1.0", "10"],
            "Quantity": [6, -1, 2, 3],
            "UnitPrice": [2.55, 3.39, 1.0, 7.0],
        }
    )
    path = tmp_path / f"s.{form}"
    match form:
        case "csv":
            frame.to_csv(path, index=False)
        case "parquet":
            frame.to_parquet(path)
        case _:
            pl.from_pandas(frame).write_excel(path)
    report = load(Mapping.from_text(RETAIL), tmp_path / "w.duckdb", path)
    told = "CustomerID of s.csv holds whole numbers written as 17850.0: read as 17850."
    assert report.notes == ((told,) if form == "csv" else ())
    assert ask(tmp_path, "SELECT id FROM customer WHERE customer_code > 0 ORDER BY id") == [
        ("12583",),
        ("17850",),
    ]
    assert ask(tmp_path, "SELECT id FROM product WHERE product_code > 0 ORDER BY id") == [
        ("1.0",),
        ("10",),
        ("71053",),
        ("85123A",),
    ]
