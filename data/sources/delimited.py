"""Delimited text (CSV and its cousins): encoding and dialect are found out, each line read or refused by itself.

DuckDB's own sniffer takes a malformed file for one column without a word. So the dialect is decided here,
from the first lines, and DuckDB reads with everything spelled out; what does not fit is rejected by line.
"""

from __future__ import annotations

import codecs
import csv
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from data.connection import Connection
from data.errors import BadInput
from data.sources.file import CHUNK, Header, Kind, Reading, check_width, distinct_names
from data.sources.header import FIRST_ROWS, NO_HEADER, header_at, is_missing, passed_over
from data.sources.plain_text import LONGEST_LINE, as_utf8, count_feeds
from data.sources.quotes import FieldMarks, Unclosed, blank_lines, unclosed, without
from data.store import duckdb_engine as engine

csv.field_size_limit(2 * LONGEST_LINE)
DELIMITERS = (",", ";", "\t", "|")
FOUND = r"try_cast(regexp_extract(error_message, 'Found: (\d+)', 1) AS INTEGER)"
FIELDS = "' field' || CASE WHEN {0} = 1 THEN '' ELSE 's' END || ' where the header has {1}'"
BLANKS, WIDE_BLANKS = r"\s+", r"\s{2,}"
WORDS = r"[^\W\d_]\S*\s\S"
FEWEST_IN_BLANKS, MOSTLY = 3, 0.9
NO_TABLE, EXPORT_AGAIN = "{} cannot be read as a table.", "Export it again as CSV, one row a line."
UNCLOSED = "a quote is opened and not closed"
PLAIN = {"number": (r"-?\d{1,11}(\.\d{1,6})?", "DECIMAL(18,6)"), "date": (r"\d{4}-\d{2}-\d{2}", "DATE")}
DECIMAL_POINT = r"-?(0?\.\d+|\d{4,}\.\d+|\d+\.(\d{1,2}|\d{4,}))"
WINDOW = 1 << 14
DELIMITER_TOLD = re.compile(rb"\W*sep=", re.IGNORECASE)  # by a program for Excel, which reads it so


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the lines of a file split into fields, and what its header says.

    `above` is the number of lines above the header; `missing` says that there is none; `blanks` is the pattern of
    the blanks that part the fields, where no delimiter does.
    """

    delimiter: str
    quote: str
    header: Header
    above: int = 0
    missing: bool = False
    blanks: str = ""

    @property
    def marks(self) -> FieldMarks:
        return FieldMarks(self.delimiter.encode(), self.quote.encode(), len(self.header))


def read(connection: Connection, reading: Reading, table: str) -> tuple[Header, tuple[Kind, ...]]:
    """Stage a text file. Errors: BadInput for what is no text, no table, or has endless lines."""
    plain = as_utf8(reading)
    dialect = _dialect(plain, reading)
    check_width(reading.name, len(dialect.header))
    reading.delimiter = dialect.delimiter
    plain = _as_table(plain, dialect, reading)
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
            if start > FIRST_ROWS * 80:
                file.seek(start)
                whole = file.read(WINDOW).decode(errors="replace").splitlines(keepends=True)[1:-1]
                lines += [line for line in whole if line.strip()]
    return lines


def _are_whole(connection: Connection, plain: Path, table: str, types: list[str]) -> bool:
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


def _read_typed(connection: Connection, plain: Path, table: str, dialect: Dialect, types: list[str]) -> bool:
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


def _drop_rejects(connection: Connection) -> None:
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


def _dialect(plain: Path, reading: Reading) -> Dialect:
    lines, delimiter = _head(plain), reading.options.delimiter
    if not lines:
        raise BadInput(f"{reading.name} is empty.", "Export it again, with its header line.")
    if len(delimiter or ",") != 1:
        raise BadInput(
            f"The delimiter {delimiter!r} is not one character.", 'Say, for example, delimiter = ";".'
        )
    quote = "'" if _quoted_by("'", lines[0], delimiter) else '"'
    blanks = _blanks(lines, delimiter, quote)
    if blanks:
        return _below_title([re.split(blanks, line.strip()) for line in lines], [*range(len(lines))],
                            Dialect("\t", quote, (), blanks=blanks), reading)  # fmt: skip
    found = delimiter or max(DELIMITERS, key=lambda each: _fit(lines, each, quote))
    try:
        rows, starts = _rows(lines, found, quote)
    except csv.Error as error:
        raise BadInput(NO_TABLE.format(reading.name), EXPORT_AGAIN) from error
    return _below_title(rows, starts, Dialect(found, quote, ()), reading)


def _below_title(rows: list[list[str]], starts: list[int], dialect: Dialect, reading: Reading) -> Dialect:
    """The dialect with its header, which is one of the first rows; `starts` are the lines in which they begin."""
    if is_missing(rows):
        return replace(dialect, header=(None,) * len(rows[0]), missing=True)
    at = 0 if reading.options.skip else header_at(rows)
    return replace(dialect, header=tuple(rows[at]), above=starts[at])


def _rows(lines: list[str], delimiter: str, quote: str) -> tuple[list[list[str]], list[int]]:
    """The rows of these lines, and the line in which each begins. Errors: csv.Error."""
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    rows, starts, before = [], [], 0
    for row in reader:
        rows.append(row)
        starts.append(before)
        before = reader.line_num
    return rows, starts


def _blanks(lines: list[str], delimiter: str | None, quote: str) -> str:
    """The pattern of the blanks that part the fields; empty where a delimiter does."""
    if delimiter == " ":
        return BLANKS
    filled = [line.strip() for line in lines if line.strip()]
    aligned = sum(bool(re.search(WIDE_BLANKS, line)) for line in filled)
    best = max(_fit(lines, each, quote) for each in DELIMITERS)
    if delimiter or aligned < MOSTLY * len(filled) or (best[0] and best[1] >= MOSTLY):
        return ""
    wide, narrow = (_alike(filled, pattern) for pattern in (WIDE_BLANKS, BLANKS))
    if wide > 1 and any(re.search(WORDS, cell) for line in filled for cell in re.split(WIDE_BLANKS, line)):
        return WIDE_BLANKS
    return BLANKS if narrow >= FEWEST_IN_BLANKS else WIDE_BLANKS if wide > 1 else ""


def _alike(lines: list[str], pattern: str) -> int:
    """Into how many fields the pattern parts nearly every line, the first as well; 0 where they differ."""
    widths = [len(re.split(pattern, line)) for line in lines]
    return widths[0] if widths.count(widths[0]) >= MOSTLY * len(widths) else 0


def _as_table(plain: Path, dialect: Dialect, reading: Reading) -> Path:
    """The file from its header on, with a header, and parted by a delimiter; itself where it is so already."""
    if not (dialect.above or dialect.missing or dialect.blanks):
        return plain
    table = reading.folder / "table.csv"
    with plain.open("rb") as source, table.open("wb") as out:
        above = [source.readline() for _ in range(dialect.above)]
        if dialect.missing:
            names = dialect.delimiter.join(distinct_names(dialect.header))
            out.write(names.encode() + b"\n")
        if dialect.blanks:
            blanks = re.compile(dialect.blanks.encode())
            out.writelines(blanks.sub(b"\t", line.strip()) + b"\n" for line in source)
        else:
            shutil.copyfileobj(source, out, CHUNK)
    if dialect.missing:
        reading.notes.append(NO_HEADER.format(reading.name))
    elif above and not (len(above) == 1 and DELIMITER_TOLD.match(above[0])):
        reading.notes.append(passed_over(reading.name, len(above)))
    return table


def _head(plain: Path) -> list[str]:
    lines: list[str] = []
    with plain.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        while len(lines) < FIRST_ROWS and (line := file.readline(LONGEST_LINE)):
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


def _fit(lines: list[str], delimiter: str, quote: str) -> tuple[bool, float, bool, int]:
    """How well `delimiter` explains the lines: more than one field, as many as the header has, from the first on."""
    try:
        rows, _ = _rows(lines, delimiter, quote)
    except csv.Error:
        return (False, 0.0, False, 0)
    at = header_at(rows)
    widths = [len(row) for row in rows[at:] if row]
    same = sum(width == widths[0] for width in widths) / len(widths)
    return (widths[0] > 1, round(same, 1), not at, widths[0])


def _read(
    connection: Connection, plain: Path, table: str, dialect: Dialect, reading: Reading, repair: bool = True
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
    except engine.OutOfMemory as error:
        raise BadInput(
            f"{reading.name} needs more memory than may be used.", "Export fewer columns or rows at a time."
        ) from error
    except engine.EngineError as error:
        raise BadInput(NO_TABLE.format(reading.name), EXPORT_AGAIN) from error
    _list_bad_lines(connection, table, plain, dialect.marks)
    if reading.limit is not None:
        connection.execute(f"DELETE FROM {table}_bad WHERE row > {reading.limit}")
    if reading.limit is None and repair and _swallows(connection, plain, table):
        _read_without_unclosed(connection, plain, table, dialect, reading)


def _swallows(connection: Connection, plain: Path, table: str) -> bool:
    """Whether the file has more lines than the rows that were read of it."""
    sql = f"SELECT (SELECT count(*) FROM {table}) + (SELECT count(*) FROM {table}_bad)"
    return _count_lines(plain) > 1 + int(connection.execute(sql).fetchall()[0][0])


def _count_lines(plain: Path) -> int:
    lines, last = 0, b"\n"
    with plain.open("rb") as file:
        while chunk := file.read(CHUNK):
            lines += count_feeds(chunk)
            last = chunk[-1:]
    return lines + (last != b"\n")


def _read_without_unclosed(
    connection: Connection, plain: Path, table: str, dialect: Dialect, reading: Reading
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


def _count_in(connection: Connection, table: str, found: list[Unclosed]) -> None:
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


def _list_bad_lines(connection: Connection, table: str, plain: Path, marks: FieldMarks) -> None:
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


def _skip_blank_lines(connection: Connection, table: str, plain: Path, marks: FieldMarks) -> None:
    """DuckDB numbers blank lines, though they are no rows: take them out of the numbers of the bad lines."""
    if blank := blank_lines(plain, marks):
        connection.execute(
            f"UPDATE {table}_bad SET row = row - len(list_filter($blank, lambda line: line < {table}_bad.row))",
            {"blank": blank},
        )
