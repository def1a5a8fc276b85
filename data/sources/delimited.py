"""Delimited text (CSV and its cousins): encoding and dialect are found out, each line read or refused by itself.

DuckDB's own sniffer takes a malformed file for one column without a word. So the dialect is decided here,
from the first lines, and DuckDB reads with everything spelled out; what does not fit is rejected by line.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import charset_normalizer

from data.engines import duckdb as engine
from data.errors import BadInput
from data.sources.file import CHUNK, Header, Kind, Reading

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 1 << 20
SAMPLE_LINES = 200
FOUND = r"try_cast(regexp_extract(error_message, 'Found: (\d+)', 1) AS INTEGER)"
FIELDS = "' field' || CASE WHEN {0} = 1 THEN '' ELSE 's' END || ' where the header has {1}'"
SAMPLE = 64 * CHUNK
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GUESSED = ["utf_8", "cp1252", "cp1251", "utf_16"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the lines of a file split into fields, and what its header says."""

    delimiter: str
    quote: str
    header: Header


def read(connection: Any, reading: Reading, table: str) -> tuple[Header, tuple[Kind, ...]]:
    """Stage a text file. Errors: BadInput for what is no text, no table, or has endless lines."""
    plain = _as_utf8(reading)
    dialect = _dialect(plain, reading)
    _read(connection, plain, table, dialect, reading)
    text: Kind = "text"
    return dialect.header, (text,) * len(dialect.header)


def encoding(reading: Reading) -> str:
    """The encoding of `path`: by its mark, else UTF-8 if all of it is, else the likeliest of a few."""
    path = reading.path
    with path.open("rb") as file:
        head = file.read(CHUNK)
    for mark, name in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    if b"\x00" in head:
        return _without_mark(head, reading.name)
    return "utf-8" if _is_utf8(path) else _guess(path)


def _without_mark(head: bytes, name: str) -> str:
    zeros = Counter(position % 2 for position, byte in enumerate(head[:4096]) if byte == 0)
    if zeros.total() < len(head[:4096]) // 4 or min(zeros[0], zeros[1]) > zeros.total() // 10:
        raise BadInput(f"{name} is not a table.", "Bring a CSV, XLSX or Parquet file.")
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _guess(path: Path) -> str:
    """The likeliest encoding, judged on the lines that hold more than ASCII."""
    telling = bytearray()
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                telling += line[:LONGEST_LINE]
            if len(telling) > CHUNK // 8:
                break
    best = charset_normalizer.from_bytes(bytes(telling), cp_isolation=GUESSED).best()
    return best.encoding if best is not None else "cp1252"


def _as_utf8(reading: Reading) -> Path:
    """A file in UTF-8 without mark and without the lines to skip; the file itself where it is one already."""
    _check_lines(reading)
    found = reading.options.encoding or encoding(reading)
    utf8 = found.replace("_", "-").lower() in ("utf-8", "utf8", "ascii")
    if utf8 and not reading.options.skip and not _is_odd(reading.path):
        return reading.path
    try:
        return _copy(reading, found)
    except (LookupError, UnicodeError) as error:
        raise BadInput(
            f"{reading.name} is not text in the encoding {found}.", 'Say encoding = "..." in the mapping.'
        ) from error


def _copy(reading: Reading, found: str) -> Path:
    copy = reading.folder / "copy.csv"
    left = SAMPLE if reading.limit is not None else None
    with reading.path.open(encoding=found) as source, copy.open("w", encoding="utf-8", newline="") as out:
        for _ in range(reading.options.skip):
            source.readline()
        while (line := source.readline()) and not line.strip():
            pass
        out.write(line)
        while (left is None or left > 0) and (chunk := source.read(CHUNK)):
            out.write(chunk)
            left = None if left is None else left - len(chunk)
    return copy


def _is_odd(path: Path) -> bool:
    """Whether lines end as on an old Macintosh, or blank lines stand above the header."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
    return (b"\r" in head and b"\n" not in head) or not head.splitlines()[0].strip()


def _check_lines(reading: Reading) -> None:
    """Errors: BadInput if a line is longer than any row of a table could be."""
    length = 0
    with reading.path.open("rb") as file:
        while chunk := file.read(CHUNK):
            first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
            if first < 0:
                first, last = chunk.find(b"\r"), chunk.rfind(b"\r")
            length = length + len(chunk) if first < 0 else len(chunk) - last
            if length > 2 * LONGEST_LINE:
                raise BadInput(
                    f"{reading.name} holds a line of more than {LONGEST_LINE >> 20} MB.",
                    "That is no row of a table: export it again, one row a line.",
                )


def _dialect(plain: Path, reading: Reading) -> Dialect:
    lines, delimiter = _head(plain), reading.options.delimiter
    if not lines:
        raise BadInput(f"{reading.name} is empty.", "Export it again, with its header line.")
    quote = "'" if _quoted_by("'", lines[0], delimiter) else '"'
    found = delimiter or max(DELIMITERS, key=lambda each: _fit(lines, each, quote))
    if len(found) != 1:
        raise BadInput(f"The delimiter {found!r} is not one character.", 'Say, for example, delimiter = ";".')
    header = next(csv.reader(lines, delimiter=found, quotechar=quote))
    return Dialect(found, quote, (*header,))


def _head(plain: Path) -> list[str]:
    lines: list[str] = []
    with plain.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        while len(lines) < SAMPLE_LINES and (line := file.readline(LONGEST_LINE)):
            if lines or line.strip():
                lines.append(line)
    return lines


def _quoted_by(quote: str, header: str, delimiter: str | None) -> bool:
    line = header.strip()
    marks = [delimiter] if delimiter else DELIMITERS
    return (
        len(line) > 1
        and line[0] == line[-1] == quote
        and any(f"{quote}{mark}{quote}" in line for mark in marks)
    )


def _fit(lines: list[str], delimiter: str, quote: str) -> tuple[bool, float, int]:
    """How well `delimiter` explains the lines: more than one field, as many as the header has."""
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter, quotechar=quote) if row]
    except csv.Error:
        return (False, 0.0, 0)
    same = sum(width == widths[0] for width in widths) / len(widths)
    return (widths[0] > 1, round(same, 1), widths[0])


def _read(connection: Any, plain: Path, table: str, dialect: Dialect, reading: Reading) -> None:
    for stale in ("reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {stale}")
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(dialect.header)))
    sql = f"""CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM read_csv($path, columns = {{{columns}}},
        auto_detect = false, header = true, delim = $delimiter, quote = $quote, escape = $quote,
        strict_mode = true, null_padding = false, store_rejects = true, rejects_limit = 0,
        max_line_size = {2 * LONGEST_LINE}, encoding = 'utf-8', compression = 'none')"""
    try:
        connection.execute(
            sql + reading.limit_clause,
            {"path": str(plain), "delimiter": dialect.delimiter, "quote": dialect.quote},
        )
    except engine.EngineError as error:
        raise BadInput(
            f"{reading.name} cannot be read as a table: {_first_line(error)}", "Export it again."
        ) from error
    _list_bad_lines(connection, table, len(dialect.header), plain)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200]


def _list_bad_lines(connection: Any, table: str, width: int, plain: Path) -> None:
    """Fill `table`_bad from DuckDB's list, one entry a line, with a reason in words."""
    connection.execute(
        f"""INSERT INTO {table}_bad
        SELECT line - 1, CASE
                WHEN bool_or(error_type = 'UNQUOTED VALUE') THEN 'a quote is not closed, or stands inside a value'
                WHEN bool_or(error_type = 'INVALID ENCODING') THEN 'it holds bytes that are no text'
                WHEN bool_or(error_type = 'LINE SIZE OVER MAXIMUM') THEN 'the line is too long'
                WHEN bool_or(error_type = 'TOO MANY COLUMNS')
                    THEN max({FOUND}) || {FIELDS.format(f"max({FOUND})", width)}
                WHEN bool_or(error_type = 'MISSING COLUMNS')
                    THEN min({FOUND}) || {FIELDS.format(f"min({FOUND})", width)}
                ELSE 'it does not read as a row' END,
            to_json({{'line': left(any_value(csv_line), 20000)}})::VARCHAR
        FROM reject_errors GROUP BY line"""
    )
    if connection.execute(f"SELECT count(*) FROM {table}_bad").fetchall()[0][0]:
        _skip_blank_lines(connection, table, plain)


def _skip_blank_lines(connection: Any, table: str, plain: Path) -> None:
    """DuckDB numbers blank lines, though they are no rows: take them out of the numbers of the bad lines."""
    blank, number = [], 0
    with plain.open("rb") as file:
        for number, line in enumerate(file):
            if not line.strip():
                blank.append(number)
    if blank:
        connection.execute(
            f"UPDATE {table}_bad SET row = row - len(list_filter($blank, lambda line: line < {table}_bad.row))",
            {"blank": blank},
        )
