"""XLSX: one sheet read cell by cell as text, dates as ISO, behind a check of how large it would unpack."""

from __future__ import annotations

import logging
import zipfile
import zlib
from dataclasses import replace
from typing import Any

import fastexcel
import polars as pl

from data.errors import BadInput, did_you_mean
from data.sources import columnar
from data.sources.file import Header, Kind, Reading
from data.sources.workbook_scan import DAMAGED, Scan

# It writes a line to the terminal for each empty column.
logging.getLogger("fastexcel").setLevel(logging.ERROR)
KINDS: dict[str, Kind] = {"int": "number", "float": "number", "date": "date", "datetime": "date"}


def read(connection: Any, reading: Reading, table: str) -> tuple[Header, tuple[Kind, ...]]:
    """Stage a sheet: the one that the options name, else the first that is not empty."""
    scan = Scan(reading.path, reading.name)
    try:
        frame, columns, kinds = _sheet(fastexcel.read_excel(str(reading.path)), reading, scan)
    except (fastexcel.FastExcelError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInput(DAMAGED.format(reading.name), "Save it again.") from error
    finally:
        scan.close()
    copy = reading.folder / "sheet.parquet"
    frame.write_parquet(copy)
    columnar.read(connection, replace(reading, path=copy, limit=None), table)
    return columns, kinds


def _sheet(book: Any, reading: Reading, scan: Scan) -> tuple[pl.DataFrame, Header, tuple[Kind, ...]]:
    options, limit = reading.options, reading.limit
    if options.sheet is not None and options.sheet not in book.sheet_names:
        raise BadInput(
            f"There is no sheet {options.sheet!r} in {reading.name}.",
            did_you_mean(options.sheet, book.sheet_names),
        )
    for name in [options.sheet] if options.sheet is not None else book.sheet_names:
        notes = scan.check_sheet(name)
        # One row too many for the header; every cell as text, so that a stray word in a number column stays.
        rows = None if limit is None else limit + 1
        whole = book.load_sheet(
            name, header_row=None, skip_rows=options.skip or None, n_rows=rows, dtypes="string",
            skip_whitespace_tail_rows=True,
        ).to_polars()  # fmt: skip
        if whole.height:
            reading.notes.extend(notes)
            header = tuple(None if each is None else str(each) for each in whole.row(0))
            frame = whole.slice(1)
            frame.columns = [f"c{i}" for i in range(frame.width)]
            return frame, header, _kinds(book, name, options.skip, frame.width)
    raise BadInput(f"{reading.name} is empty.", 'Name another sheet with sheet = "...", or another file.')


def _kinds(book: Any, name: str, skip: int, width: int) -> tuple[Kind, ...]:
    typed = book.load_sheet(name, header_row=skip, schema_sample_rows=None)
    by_position = {column.index: KINDS.get(column.dtype, "text") for column in typed.available_columns()}
    return tuple(by_position.get(i, "text") for i in range(width))
