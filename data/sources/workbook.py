"""XLSX: one sheet read cell by cell as text, dates as ISO, behind a check of how large it would unpack."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from data.connection import Connection
from data.errors import BadInput, did_you_mean
from data.sources import columnar
from data.sources.file import Header, Kind, Reading
from data.sources.header import FIRST_ROWS, NO_HEADER, header_at, is_missing, passed_over
from data.sources.workbook_cells import SheetTexts
from data.sources.workbook_head import head
from data.sources.workbook_scan import DAMAGED, UNREADABLE, Scan

# It writes a line to the terminal for each empty column.
logging.getLogger("fastexcel").setLevel(logging.ERROR)
KINDS: dict[str, Kind] = {"int": "number", "float": "number", "date": "date", "datetime": "date"}
Table = tuple[pl.DataFrame, Header, tuple[Kind, ...]]


def read(connection: Connection, reading: Reading, table: str) -> tuple[Header, tuple[Kind, ...]]:
    """Stage a sheet: the one that the options name, else the first that is not empty."""
    try:
        path = head(reading) if reading.limit is not None else reading.path
        scan = Scan(path, reading.name)
        try:
            frame, columns, kinds = _first_table(fastexcel.read_excel(str(path)), reading, scan)
        finally:
            scan.close()
    except (fastexcel.FastExcelError, *UNREADABLE) as error:
        raise BadInput(DAMAGED.format(reading.name), "Save it again.") from error
    copy = reading.folder / "sheet.parquet"
    frame.write_parquet(copy)
    columnar.read(connection, replace(reading, path=copy, limit=None), table)
    return columns, kinds


def sheets(path: Path) -> tuple[str, ...]:
    """The names of the sheets of a workbook."""
    return tuple(fastexcel.read_excel(str(path)).sheet_names)


def _first_table(book: Any, reading: Reading, scan: Scan) -> Table:
    wanted = reading.options.sheet
    if wanted is not None and wanted not in book.sheet_names:
        raise BadInput(
            f"There is no sheet {wanted!r} in {reading.name}.", did_you_mean(wanted, book.sheet_names)
        )
    for name in [wanted] if wanted is not None else book.sheet_names:
        if found := _sheet(book, name, reading, scan):
            return found
    raise BadInput(f"{reading.name} is empty.", 'Name another sheet with sheet = "...", or another file.')


def _sheet(book: Any, name: str, reading: Reading, scan: Scan) -> Table | None:
    """The table of a sheet; None where it is empty."""
    sheet, skip = scan.check_sheet(name), reading.options.skip
    # Every cell as text, so that a stray word in a number column stays.
    loaded = book.load_sheet(
        name, header_row=None, skip_rows=skip, dtypes="string", skip_whitespace_tail_rows=True
    )
    at = {column.absolute_index: column.index for column in loaded.available_columns()}
    whole = _shown(loaded.to_polars(), sheet.cells, at, skip)
    rows = whole.head(FIRST_ROWS).rows()
    first = next((at for at, row in enumerate(rows) if any(row)), None)
    if first is None:
        return None
    missing = is_missing(rows[first:])
    above = first if skip or missing else first + header_at(rows[first:])
    header, below = ((None,) * whole.width, above) if missing else (whole.row(above), above + 1)
    reading.notes.extend(sheet.notes)
    reading.signs.update({at[column]: sign for column, sign in sheet.cells.signs.items() if column in at})
    reading.notes.extend(_told_errors(header, sheet.cells, at, reading.name))
    if missing or above > first:
        reading.notes.append(NO_HEADER.format(reading.name) if missing else passed_over(reading.name, above))
    frame = whole.slice(below, reading.limit)
    frame.columns = [f"c{position}" for position in range(frame.width)]
    return (
        frame,
        header,
        _kinds(book, name, skip + below, {at.get(each) for each in sheet.cells.worded}, frame.width),
    )


def _shown(whole: pl.DataFrame, cells: SheetTexts, at: Mapping[int, int], skip: int) -> pl.DataFrame:
    """The sheet with what its cells show where that is more than their values."""
    changed = []
    for column, rows in cells.rows.items():
        pairs = zip(rows, cells.texts[column], strict=True)
        inside = {row - skip: text for row, text in pairs if 0 <= row - skip < whole.height}
        if column in at and inside:
            changed.append(whole.to_series(at[column]).scatter(list(inside), list(inside.values())))
    return whole.with_columns(changed)


def _told_errors(header: Sequence[Any], cells: SheetTexts, at: Mapping[int, int], name: str) -> list[str]:
    """A sentence for each column that holds errors."""
    told = []
    for column, (count, text, where) in sorted(cells.errors.items()):
        if column in at:
            title = header[at[column]] or f"column {at[column] + 1}"
            told.append(f"{title} of {name} has {count:,} error{'s' * (count > 1)}, first {text} in {where}.")
    return told


def _kinds(book: Any, name: str, below: int, worded: set[int | None], width: int) -> tuple[Kind, ...]:
    """How the sheet stores the columns of its rows from `below` on; `worded` are shown as more than numbers."""
    typed = book.load_sheet(name, header_row=None, skip_rows=below, schema_sample_rows=None)
    found = {column.index: KINDS.get(column.dtype, "text") for column in typed.available_columns()}
    return tuple("text" if at in worded else found.get(at, "text") for at in range(width))
