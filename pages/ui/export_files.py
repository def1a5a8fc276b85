"""What is on screen as a file: CSV as spreadsheets of a language open it, XLSX for people; numbers stay numbers."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl
import xlsxwriter

from cubes.ask.answer import Answer
from data.export.spreadsheet_text import harmless
from data.model.calendar import GRAINS
from pages.ui import page_record
from pages.ui.offered_files import offering
from pages.ui.page_record import ToldTable
from pages.ui.style import locales
from pages.ui.style.locales import ENGLISH, Locale

NAMES = {",": "comma", ";": "semicolon", ".": "point"}
TOTAL = "Total"
SUBTOTAL_OVER = "subtotal over"
EXCEL_FORMATS = {
    "money": "#,##0.00",
    "percent": "0.0%",
    "units": "#,##0",
    "count": "#,##0",
    "date": "yyyy-mm-dd",
}


def csv(frame: pl.DataFrame, locale: Locale = ENGLISH) -> bytes:
    """UTF-8 with a mark that spreadsheets know it by; text that a spreadsheet would run is quoted."""
    written = harmless(frame).write_csv(separator=locale.delimiter, decimal_comma=locale.decimal == ",")
    return b"\xef\xbb\xbf" + written.encode()


def csv_form(locale: Locale) -> str:
    """How `csv` writes it, told before it is taken."""
    return f"A {NAMES[locale.delimiter]} between columns, decimals after a {NAMES[locale.decimal]}."


def xlsx(
    frame: pl.DataFrame, title: str, units: dict[str, str] | None = None, made_at: datetime | None = None
) -> bytes:
    """One sheet with a frozen header; `units` gives columns their number format. Text is never a formula or a link.

    The file says that it was made now, or at a moment of its own: then it is the same whenever it is made.
    """
    buffer = io.BytesIO()
    as_text = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, as_text) as book:
        if made_at is not None:
            book.set_properties({"created": made_at})
        frame.write_excel(
            book,
            worksheet="".join(each for each in title if each not in "[]:*?/\\")[:31] or "Answer",
            freeze_panes=(1, 0),
            autofit=True,
            column_formats={
                name: EXCEL_FORMATS[unit]
                for name, unit in (units or {}).items()
                if unit in EXCEL_FORMATS and name in frame.columns
            },
        )
    return buffer.getvalue()


def cells_of(answer: Answer, totals: bool) -> pl.DataFrame:
    """The plain cells of an answer; with its subtotals, told apart by `grouping`, where they are asked for.

    Periods stand by their ids, which sort, and which every program reads. What is withheld is empty, and
    `<measure>:withheld` says so behind.
    """
    ids = {level: pl.col(f"{level}.id").alias(level) for level in answer.query.by}
    cells = answer.marked.with_columns(each for level, each in ids.items() if level in GRAINS)
    hidden = [f"{level}.id" for level in ids]
    return cells.drop(hidden) if totals else cells.filter(pl.col("grouping") == 0).drop(*hidden, "grouping")


def for_people(frame: pl.DataFrame, levels: Sequence[str]) -> pl.DataFrame:
    """An answer with subtotals as a sheet is read: "Total" in rolled-up cells, and what is rolled up in words.

    `levels` are all levels of the question, in its order; the first has the highest bit of `grouping`.
    """
    if "grouping" not in frame.columns:
        return frame
    rolled = {
        level: pl.col("grouping") & (1 << (len(levels) - 1 - at)) != 0 for at, level in enumerate(levels)
    }
    names = [
        pl.when(rolled[level]).then(pl.lit(TOTAL)).otherwise(pl.col(level).cast(pl.String)).alias(level)
        for level in levels
        if level in frame.columns
    ]
    over = pl.concat_str([pl.when(own).then(pl.lit(level)) for level, own in rolled.items()], separator=", ",
                         ignore_nulls=True)  # fmt: skip
    return frame.with_columns(*names, over.alias("grouping")).rename({"grouping": SUBTOTAL_OVER})


def downloads(
    name: str,
    make: Callable[[], pl.DataFrame],
    key: str,
    units: dict[str, str] | None = None,
    levels: Sequence[str] = (),
    made_at: datetime | None = None,
) -> None:
    """Two buttons that make their file when pressed; `levels` of an answer have its totals named in Excel. `made_at` is
    the moment of what is the same whenever it is taken."""
    locale = locales.current()
    page_record.note(ToldTable(name, make, units or {}, is_file=True))
    sheets = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    with offering(f"downloads-{key}") as offer:
        offer.table(
            "CSV",
            make,
            lambda frame: csv(frame, locale),
            f"{name}.csv",
            "text/csv",
            f"{key}-csv",
            csv_form(locale),
        )
        offer.table(
            "Excel",
            make,
            lambda frame: xlsx(for_people(frame, levels) if levels else frame, name, units, made_at),
            f"{name}.xlsx",
            sheets,
            f"{key}-xlsx",
        )
