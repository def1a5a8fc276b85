"""Rejected rows as they stood in the file, laid out as a grid that can be mended; to CSV and back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from data.errors import BadInput
from data.export.spreadsheet_text import FORMULA_STARTS
from data.model.typed_count import whole

ROW, WHY = "Row in file", "Why it was rejected"
LINE = "line"
DELIMITERS = (",", ";", "\t", "|")
Edits = Mapping[int, Mapping[str, str]]


def columns_of(header: str | None, raws: Sequence[str]) -> list[str]:
    """The columns of the file: as the ledger has its header, else as the rows name them."""
    if header:
        return list(dict.fromkeys(str(name) for name, *_ in json.loads(header)))
    named = (json.loads(raw) for raw in raws if raw.startswith("{"))
    return list(dict.fromkeys(name for each in named for name in each))


def opened(rejected: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Row and reason, then every column of the file as text; a line that never became a row is spread over them."""
    rows = [
        {ROW: row, WHY: reason, **_values(raw, columns)}
        for row, reason, raw in rejected.select("row", "reason", "raw").iter_rows()
    ]
    schema = {ROW: pl.Int64, WHY: pl.String, **dict.fromkeys(columns, pl.String)}
    return pl.DataFrame(rows, schema=schema)


def _values(raw: str, columns: Sequence[str]) -> dict[str, str | None]:
    try:
        told = json.loads(raw)
    except json.JSONDecodeError:
        told = None
    if isinstance(told, dict) and list(told) == [LINE] and LINE not in columns:
        raw = str(told[LINE])
    elif isinstance(told, dict):
        return {name: None if told.get(name) is None else str(told[name]) for name in columns}
    return dict(zip(columns, spread(raw, len(columns)), strict=True))


def spread(line: str, width: int) -> list[str | None]:
    """An unreadable line cut at its delimiter into `width` fields; what is too much stays in the last.

    >>> spread('a;b;"c;d;e', 3)
    ['a', 'b', '"c;d;e']
    >>> spread("a,b", 3), spread('"a;b;c"', 3)
    (['a', 'b', None], ['a', 'b', 'c'])
    """
    bare = line.rstrip("\r\n")
    if bare.count('"') == 2 and bare.startswith('"') and bare.endswith('"'):
        bare = bare[1:-1]
    delimiter = max(DELIMITERS, key=bare.count)
    fields: list[str | None] = list(bare.split(delimiter, width - 1)) if width else []
    return fields + [None] * (width - len(fields))


def edits(before: pl.DataFrame, after: pl.DataFrame) -> dict[int, dict[str, str]]:
    """What was changed, by row and column; the rows stand in the same order."""
    found: dict[int, dict[str, str]] = {}
    for old, new in zip(before.iter_rows(named=True), after.iter_rows(named=True), strict=True):
        changed = {
            name: new[name] or ""
            for name in old
            if name not in (ROW, WHY) and (new[name] or "") != (old[name] or "")
        }
        if changed:
            found[old[ROW]] = changed
    return found


def mended(frame: pl.DataFrame, changes: Edits) -> pl.DataFrame:
    """The grid with these changes."""
    rows = [row | dict(changes.get(row[ROW], {})) for row in frame.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=frame.schema)


def to_csv(frame: pl.DataFrame) -> pl.DataFrame:
    """What goes out as a file: the grid, nothing for what is empty."""
    return frame.fill_null("")


def from_csv(content: bytes, frame: pl.DataFrame) -> dict[int, dict[str, str]]:
    """The changes that a mended CSV makes to the grid. Errors: BadInput where its rows or columns are others."""
    rows = list(csv.reader(io.StringIO(_text(content)), delimiter=_delimiter(content)))
    if not rows or ROW not in rows[0]:
        raise BadInput(
            f"The file has no column {ROW}.",
            "Download the rows, change their values, and bring that file back.",
        )
    header, at = rows[0], rows[0].index(ROW)
    wanted = [name for name in frame.columns if name != WHY]
    if missing := [name for name in wanted if name not in header]:
        raise BadInput(
            f"The file has no column {missing[0]!r}.", "Bring it back with the columns that it had."
        )
    known = {row[ROW]: row for row in frame.iter_rows(named=True)}
    found: dict[int, dict[str, str]] = {}
    for line in (each for each in rows[1:] if any(each)):
        number = _number(line[at] if at < len(line) else "", known)
        told = {
            name: _plain(line[header.index(name)])
            for name in wanted
            if name != ROW and header.index(name) < len(line)
        }
        changed = {name: value for name, value in told.items() if value != (known[number][name] or "")}
        if changed:
            found[number] = changed
    return found


def _number(text: str, known: Mapping[int, Any]) -> int:
    number = whole(text.strip().removesuffix(".0"))
    if number is not None and number in known:
        return number
    raise BadInput(
        f"Row {text!r} is not among the rejected rows.", "Choose the delivery that the file is of."
    )


def _plain(text: str) -> str:
    """What stood there before a spreadsheet was kept from running it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("The file cannot be read as text.", "Save it as CSV in UTF-8.")


def _delimiter(content: bytes) -> str:
    first = content.splitlines()[0].decode("utf-8", "replace") if content else ""
    return max((",", ";", "\t"), key=first.count)
