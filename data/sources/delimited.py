"""Delimited text (CSV and its cousins): encoding and dialect are found out, each line read or refused by itself.

DuckDB's own sniffer takes a malformed file for one column without a word. So the dialect is decided here,
from the first lines, and DuckDB reads with everything spelled out; what does not fit is rejected by line.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import charset_normalizer

from data.engines import duckdb as engine
from data.errors import BadInput
from data.sources.file import CHUNK, Header, Kind, Reading, distinct_names
from data.sources.quotes import Marks, Unclosed, blank_lines, unclosed, without

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 1 << 20
SAMPLE_LINES = 200
FOUND = r"try_cast(regexp_extract(error_message, 'Found: (\d+)', 1) AS INTEGER)"
FIELDS = "' field' || CASE WHEN {0} = 1 THEN '' ELSE 's' END || ' where the header has {1}'"
UNCLOSED = "a quote is opened and not closed"
SAMPLE = 64 * CHUNK
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PLAIN = {"number": (r"-?\d{1,11}(\.\d{1,6})?", "DECIMAL(18,6)"), "date": (r"\d{4}-\d{2}-\d{2}", "DATE")}
DECIMAL_POINT = r"-?(0?\.\d+|\d{4,}\.\d+|\d+\.(\d{1,2}|\d{4,}))"
WINDOW = 1 << 14
LEAST_ASCII = 0.03  # delimiters, digits and ends of lines, whatever the script
GUESSED = ["utf_8", "cp1252", "cp1251", "utf_16"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the lines of a file split into fields, and what its header says."""

    delimiter: str
    quote: str
    header: Header

    @property
    def marks(self) -> Marks:
        return Marks(self.delimiter.encode(), self.quote.encode(), len(self.header))


def read(connection: Any, reading: Reading, table: str) -> tuple[Header, tuple[Kind, ...]]:
    """Stage a text file. Errors: BadInput for what is no text, no table, or has endless lines."""
    plain = _as_utf8(reading)
    dialect = _dialect(plain, reading)
    text: Kind = "text"
    types, told = _plain_types(_head(plain) + _windows(plain), dialect, reading)
    if (
        types
        and _read_typed(connection, plain, table, dialect, types)
        and (told or _are_whole(connection, plain, table, types))
    ):
        reading.types.extend(types)
        reading.tidy = _is_tidy(plain, dialect)
        return dialect.header, (text,) * len(dialect.header)
    _read(connection, plain, table, dialect, reading)
    return dialect.header, (text,) * len(dialect.header)


def _plain_types(lines: list[str], dialect: Dialect, reading: Reading) -> tuple[list[str], bool]:
    """How to stage the columns, if the first rows show all that are wanted as numbers or dates plainly as that.

    Numbers are plain or none is: one with a decimal comma tells how the others are meant. A point must be told to
    be decimal by some value of three other places than 1.234 has; the second result says whether one was.
    """
    names = distinct_names(dialect.header)
    found = {at: reading.wanted[name] for at, name in enumerate(names) if name in reading.wanted}
    if not found or reading.limit is not None:
        return [], False
    rows = list(csv.reader(lines[1:-1], delimiter=dialect.delimiter, quotechar=dialect.quote))
    if any(len(row) != len(names) for row in rows):
        return [], False
    plain = {
        at: all(re.fullmatch(PLAIN[kind][0], row[at]) for row in rows if row[at])
        for at, kind in found.items()
    }
    numbers = [at for at, kind in found.items() if kind == "number"]
    points = [row[at] for row in rows for at in numbers if "." in row[at]]
    told = any(re.fullmatch(DECIMAL_POINT, value) for value in points)
    if not all(plain[at] for at in numbers) or not any(plain.values()) or (points and not told):
        return [], False
    return [PLAIN[found[at]][1] if plain.get(at) else "VARCHAR" for at in range(len(names))], told


def _windows(plain: Path) -> list[str]:
    """Whole lines from the middle and the end of a file, where it is longer than its head."""
    size = plain.stat().st_size
    lines: list[str] = []
    with plain.open("rb") as file:
        for start in (size // 2, size - WINDOW):
            if start > SAMPLE_LINES * 80:
                file.seek(start)
                whole = file.read(WINDOW).decode(errors="replace").splitlines(keepends=True)[1:-1]
                lines += [line for line in whole if line.strip()]
    return lines


def _are_whole(connection: Any, plain: Path, table: str, types: list[str]) -> bool:
    """Whether no number has places behind a point, be they zeros: 1.000 may be a thousand."""
    tests = [f"bool_or(c{at} <> trunc(c{at}))" for at, kind in enumerate(types) if kind.startswith("DECIMAL")]
    if not tests:
        return True
    sql = f"SELECT coalesce({' OR '.join(tests)}, false) FROM {table}"
    return not connection.execute(sql).fetchall()[0][0] and not _holds(plain, b".000")


def _holds(plain: Path, sought: bytes) -> bool:
    last = b""
    with plain.open("rb") as file:
        while chunk := file.read(CHUNK):
            if sought in chunk or sought in last + chunk[: len(sought)]:
                return True
            last = chunk[1 - len(sought) :]
    return False


def _read_typed(connection: Any, plain: Path, table: str, dialect: Dialect, types: list[str]) -> bool:
    """Whether every line is a row whose values have these types; the table is then there."""
    columns = ", ".join(f"'c{i}': '{kind}'" for i, kind in enumerate(types))
    _drop_rejects(connection)
    try:
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM read_csv($path, columns = {{{columns}}},
            auto_detect = false, header = true, delim = $delimiter, quote = $quote, escape = $quote,
            strict_mode = true, null_padding = false, store_rejects = true, rejects_limit = 1, dateformat = '%Y-%m-%d',
            max_line_size = {2 * LONGEST_LINE}, encoding = 'utf-8', compression = 'none')""",
            {"path": str(plain), "delimiter": dialect.delimiter, "quote": dialect.quote},
        )
    except engine.EngineError:
        return False
    faults = connection.execute("SELECT count(*) FROM reject_errors").fetchall()[0][0]
    return not faults and not _swallows(connection, plain, table)


def _drop_rejects(connection: Any) -> None:
    for stale in ("reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {stale}")


def _is_tidy(plain: Path, dialect: Dialect) -> bool:
    """Whether no value has anything around it: no quotes, and no blank beside a delimiter or the end of a line."""
    mark = dialect.delimiter.encode()
    pairs = [b" " + mark, mark + b" ", b" \n", b"\n ", b" \r", b"\xc2\xa0", codecs.BOM_UTF8]
    untidy = [dialect.quote.encode(), *([b"\t"] if mark != b"\t" else [])]
    last = b""
    with plain.open("rb") as file:
        while chunk := file.read(CHUNK):
            if any(each in chunk for each in untidy):
                return False
            telling = last + chunk
            if any(each[:1] in chunk or each[:1] in last for each in (b" ", b"\xc2", b"\xef")) and any(
                each in telling for each in pairs
            ):
                return False
            last = chunk[-2:]
    return True


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
    """UTF-16 without its mark: the byte order that makes text of it. Errors: BadInput for what is none."""
    texts = {order: _decoded(head[: len(head) // 2 * 2], order) for order in ("utf-16-le", "utf-16-be")}
    plain = {order: sum(each.isascii() for each in text) for order, text in texts.items() if text}
    if not plain or max(plain.values()) < LEAST_ASCII * len(head) / 2:
        raise BadInput(f"{name} is not a table.", "Bring a CSV, XLSX or Parquet file.")
    return max(plain, key=lambda order: plain[order])


def _decoded(head: bytes, order: str) -> str:
    """The text in that byte order; nothing if it holds what no text does."""
    try:
        text = codecs.getincrementaldecoder(order)().decode(head)
    except UnicodeDecodeError:
        return ""
    return "" if any(each < " " and each not in "\t\r\n" for each in text) else text


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
    telling, lines, in_utf8 = bytearray(), 0, 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                telling += line[:LONGEST_LINE]
                lines += 1
                in_utf8 += _reads(line)
            if len(telling) > CHUNK // 8:
                break
    if in_utf8 > lines / 2:  # a few broken lines, which are rejected, make no other encoding
        return "utf-8"
    best = charset_normalizer.from_bytes(bytes(telling), cp_isolation=GUESSED).best()
    return best.encoding if best is not None else "cp1252"


def _reads(line: bytes) -> bool:
    try:
        return bool(line.decode())
    except UnicodeDecodeError:
        return False


def _as_utf8(reading: Reading) -> Path:
    """A file in UTF-8 without mark and without the lines to skip; the file itself where it is one already."""
    mixed = _check_lines(reading)
    found = reading.options.encoding or encoding(reading)
    utf8 = found.replace("_", "-").lower() in ("utf-8", "utf8", "ascii")
    if utf8 and not reading.options.skip and not mixed and not _is_odd(reading.path):
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


def _check_lines(reading: Reading) -> bool:
    """Whether lines end in several ways, which DuckDB cannot read: some with a bare carriage return.

    Errors: BadInput if a line is longer than any row of a table could be.
    """
    length, bare, last = 0, 0, b""
    with reading.path.open("rb") as file:
        while chunk := file.read(CHUNK):
            length = _rest(chunk, length)
            if length > 2 * LONGEST_LINE:
                raise BadInput(
                    f"{reading.name} holds a line of more than {LONGEST_LINE >> 20} MB.",
                    "That is no row of a table: export it again, one row a line.",
                )
            if last == b"\r" or b"\r" in chunk:
                bare += (last + chunk).count(b"\r") - (last + chunk).count(b"\r\n")
                bare -= chunk.endswith(b"\r")  # what follows it, the next chunk tells
            last = b"\r" if chunk.endswith(b"\r") else b""
    return bare > 0


def _rest(chunk: bytes, length: int) -> int:
    """The length of the line that the chunk leaves open, begun with `length` bytes before it."""
    for end in (b"\n", b"\r"):
        if end in chunk:
            return len(chunk) - chunk.rfind(end)
    return length + len(chunk)


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


def _read(
    connection: Any, plain: Path, table: str, dialect: Dialect, reading: Reading, repair: bool = True
) -> None:
    _drop_rejects(connection)
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
    _list_bad_lines(connection, table, plain, dialect.marks)
    if reading.limit is None and repair and _swallows(connection, plain, table):
        _read_without_unclosed(connection, plain, table, dialect, reading)


def _swallows(connection: Any, plain: Path, table: str) -> bool:
    """Whether the file has more lines than the rows that were read of it."""
    sql = f"SELECT (SELECT count(*) FROM {table}) + (SELECT count(*) FROM {table}_bad)"
    return _count_lines(plain) > 1 + int(connection.execute(sql).fetchall()[0][0])


def _count_lines(plain: Path) -> int:
    lines, last = 0, b"\n"
    with plain.open("rb") as file:
        while chunk := file.read(CHUNK):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return lines + (last != b"\n")


def _read_without_unclosed(
    connection: Any, plain: Path, table: str, dialect: Dialect, reading: Reading
) -> None:
    """Where a quote is not closed, read again without its line, so that the rows behind it are rows."""
    found = unclosed(plain, dialect.marks)
    if not found:
        return
    whole = reading.folder / "closed.csv"
    without(plain, found, whole)
    connection.execute(f"DELETE FROM {table}_bad")
    _read(connection, whole, table, dialect, reading, repair=False)
    _count_in(connection, table, found)


def _count_in(connection: Any, table: str, found: list[Unclosed]) -> None:
    """List the lines left out, and count them in the numbers of the other bad lines."""
    rows = [each.row for each in found]
    shifts = "SELECT row - n + 1 AS first_behind, max(n) AS more FROM (SELECT unnest($rows) AS row, unnest($n) AS n)"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {table}_bad AS
        SELECT row + coalesce(more, 0) AS row, reason, raw FROM {table}_bad
        ASOF LEFT JOIN ({shifts} GROUP BY first_behind) ON row >= first_behind""",
        {"rows": rows, "n": [*range(1, len(rows) + 1)]},
    )
    connection.execute(
        f"""INSERT INTO {table}_bad SELECT row, $reason, to_json({{'line': left(line, 20000)}})::VARCHAR
        FROM (SELECT unnest($rows) AS row, unnest($lines) AS line)""",
        {"rows": rows, "lines": [each.text for each in found], "reason": UNCLOSED},
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200]


def _list_bad_lines(connection: Any, table: str, plain: Path, marks: Marks) -> None:
    """Fill `table`_bad from DuckDB's list, one entry a line, with a reason in words."""
    connection.execute(
        f"""INSERT INTO {table}_bad
        SELECT line - 1, CASE
                WHEN bool_or(error_type = 'UNQUOTED VALUE') THEN 'a quote is not closed, or stands inside a value'
                WHEN bool_or(error_type = 'INVALID ENCODING') THEN 'it holds bytes that are no text'
                WHEN bool_or(error_type = 'LINE SIZE OVER MAXIMUM') THEN 'the line is too long'
                WHEN bool_or(error_type = 'TOO MANY COLUMNS')
                    THEN max({FOUND}) || {FIELDS.format(f"max({FOUND})", marks.width)}
                WHEN bool_or(error_type = 'MISSING COLUMNS')
                    THEN min({FOUND}) || {FIELDS.format(f"min({FOUND})", marks.width)}
                ELSE 'it does not read as a row' END,
            to_json({{'line': left(any_value(csv_line), 20000)}})::VARCHAR
        FROM reject_errors GROUP BY line"""
    )
    if connection.execute(f"SELECT count(*) FROM {table}_bad").fetchall()[0][0]:
        _skip_blank_lines(connection, table, plain, marks)


def _skip_blank_lines(connection: Any, table: str, plain: Path, marks: Marks) -> None:
    """DuckDB numbers blank lines, though they are no rows: take them out of the numbers of the bad lines."""
    if blank := blank_lines(plain, marks):
        connection.execute(
            f"UPDATE {table}_bad SET row = row - len(list_filter($blank, lambda line: line < {table}_bad.row))",
            {"blank": blank},
        )
