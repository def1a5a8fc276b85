"""Files as four systems write them, dirt and all, and an account of what lies in them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

NOBODY = "X9999999"
NO_DATE = "31/02/2025"


@dataclass(frozen=True, slots=True)
class ExportNotation:
    """How a system writes text: what stands between values, ends lines, and how dates and decimals look."""

    separator: str
    encoding: str = "utf-8"
    dates: str = "%Y-%m-%d"
    comma: bool = False
    end: str = "\n"

    def text(self, frame: pl.DataFrame, header: bool = False) -> str:
        return frame.write_csv(
            separator=self.separator, include_header=header, date_format=self.dates, decimal_comma=self.comma,
            datetime_format=f"{self.dates} %H:%M:%S", float_precision=2, line_terminator=self.end,
        )  # fmt: skip

    def over_quoted(self, frame: pl.DataFrame) -> str:
        """A line wholly in quotes, as a program writes it that exports an export."""
        line = self.text(frame).removesuffix(self.end).replace('"', '""')
        return f'"{line}"{self.end}'


ITALIAN = ExportNotation(";", "cp1252", "%d/%m/%Y", comma=True, end="\r\n")
PLAIN = ExportNotation(",", "utf-8-sig")
WIDE = ExportNotation(",", "utf-16")
AMERICAN = ExportNotation("|", dates="%-m/%-d/%Y", end="\r\n")
AMERICAN_TABS = ExportNotation("\t", dates="%-m/%-d/%Y", end="\r\n")


@dataclass(frozen=True, slots=True)
class Exported:
    """One file or sheet of a part, clean; `frame` has the system's own headers.

    `key` numbers its rows (None where nothing does), `date` is the column that a bad row garbles (lists: none,
    their bad row lacks its number), `stranger` the column in which one more row names nobody. `sums` are its
    amounts by canonical field.
    """

    source: str
    part: str
    file: str
    frame: pl.DataFrame
    form: ExportNotation | None = None
    sheet: str | None = None
    key: str | None = None
    date: str | None = None
    stranger: str | None = None
    sums: Mapping[str, str] = field(default_factory=dict)

    @property
    def with_stranger(self) -> pl.DataFrame:
        """The rows that a loader should keep: one more, of nobody, where the rows name somebody."""
        if self.stranger is None:
            return self.frame
        odd = self._again("S").with_columns(pl.lit(NOBODY).alias(self.stranger))
        return pl.concat([self.frame, odd])

    @property
    def repeated(self) -> pl.DataFrame:
        return self.frame.slice(len(self.frame) // 2, 1)

    @property
    def bad(self) -> pl.DataFrame:
        """A row that lacks its date or its number."""
        column = self.date or self.key or ""
        return self._again("B").with_columns(pl.lit(None, self.frame.schema[column]).alias(column))

    @property
    def garbled(self) -> pl.DataFrame:
        """A row with a day that never was, as text."""
        return self.bad.with_columns(pl.lit(NO_DATE).alias(self.date)) if self.date else self.bad

    @property
    def enclosed(self) -> pl.DataFrame:
        return self._again("Q")

    def _again(self, mark: str) -> pl.DataFrame:
        row = self.frame.slice(len(self.frame) // 3, 1)
        return row if self.key is None else row.with_columns((pl.col(self.key) + mark).alias(self.key))


def write(folder: Path, deliveries: Sequence[Exported]) -> None:
    """Write every file; the sheets of one workbook come together."""
    books: dict[str, list[Exported]] = {}
    for each in deliveries:
        if each.sheet is not None:
            books.setdefault(each.file, []).append(each)
        elif each.form is None:
            _write_parquet(folder / each.file, each)
        else:
            _write_text(folder / each.file, each, each.form)
    for name, sheets in books.items():
        _write_book(folder / name, sheets)


def account(deliveries: Iterable[Exported]) -> dict[str, pl.DataFrame]:
    """What a right loader makes of each file: its books and its sums."""
    books = [
        {
            "source": each.source, "part": each.part, "file": each.file,
            "rows_read": len(each.with_stranger) + 2 + (each.form is not None),
            "rows_rejected": 1 + (each.form is not None), "repeats": 1, "strangers": int(each.stranger is not None),
        }
        for each in deliveries
    ]  # fmt: skip
    sums = [
        {"source": each.source, "part": each.part, "file": each.file, "field": field,
         "total": _total(each.with_stranger[column]), "repeated": _total(each.repeated[column])}
        for each in deliveries
        for field, column in each.sums.items()
    ]  # fmt: skip
    return {"delivery": pl.DataFrame(books), "total": pl.DataFrame(sums)}


def _total(values: pl.Series) -> float:
    """To the cent: amounts are floats of two decimals."""
    cents = (values.cast(pl.Float64) * 100).round().cast(pl.Int64).sum()
    return int(cents) / 100


def _write_text(path: Path, delivery: Exported, form: ExportNotation) -> None:
    kept = delivery.with_stranger
    middle = len(kept) // 2 + 1
    pieces = (
        form.text(kept.slice(0, middle), header=True), form.text(delivery.repeated), form.text(delivery.garbled),
        form.over_quoted(delivery.enclosed), form.text(kept.slice(middle)),
    )  # fmt: skip
    with path.open("w", encoding=form.encoding, newline="") as file:
        file.writelines(pieces)


def _write_parquet(path: Path, delivery: Exported) -> None:
    kept = delivery.with_stranger
    pl.concat([kept, delivery.repeated, delivery.bad]).write_parquet(path)


def _write_book(path: Path, sheets: Sequence[Exported]) -> None:
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})
        formats = {pl.Date: book.add_format({"num_format": "yyyy-mm-dd"}),
                   pl.Datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})}  # fmt: skip
        for each in sheets:
            _write_sheet(book.add_worksheet(each.sheet), each, formats)
    path.write_bytes(buffer.getvalue())


def _write_sheet(
    sheet: xlsxwriter.worksheet.Worksheet, delivery: Exported, formats: Mapping[Any, object]
) -> None:
    kept = pl.concat([delivery.with_stranger, delivery.repeated])
    looks = [formats.get(kind.base_type()) for kind in kept.dtypes]
    sheet.write_row(0, 0, kept.columns)
    at = 0
    for at, row in enumerate(_serials(kept).iter_rows(), 1):
        _write_row(sheet, at, row, looks)
    _write_row(sheet, at + 1, _serials(delivery.garbled).row(0), looks)


def _write_row(
    sheet: xlsxwriter.worksheet.Worksheet, at: int, row: Sequence[object], looks: Sequence[object]
) -> None:
    for column, value in enumerate(row):
        if isinstance(value, str):
            sheet.write_string(at, column, value)
        elif value is not None:
            sheet.write_number(at, column, value, looks[column])


def _serials(frame: pl.DataFrame) -> pl.DataFrame:
    """Dates as the numbers that a spreadsheet keeps: days since 30 December 1899."""
    start = date(1899, 12, 30)
    day = (pl.selectors.date() - pl.lit(start)).dt.total_days()
    moment = (pl.selectors.datetime() - pl.lit(start).cast(pl.Datetime("us"))).dt.total_seconds() / 86400
    return frame.with_columns(day, moment)
