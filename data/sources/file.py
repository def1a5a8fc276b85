"""A file that a person brings: found, recognised by what it holds, and staged as rows of plain text.

Staging makes a temporary table whose columns are c0, c1, ...: no header, file name or content ever becomes a
part of a statement. Lines that are no rows are listed beside it. Rows keep the order of the file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from data.connection import Connection
from data.errors import BadInput
from data.store import private_files

SUPPORTED = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")
CHUNK = 1 << 20
MOST_COLUMNS = 2_000
Kind = Literal["text", "number", "date"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a mapping may say about reading a file; None is found out from the file."""

    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    skip: int = 0


AS_FOUND = Options()
NOTHING: Mapping[str, str] = MappingProxyType({})
Header = tuple[str | None, ...]
BLANK_ROWS = "{0}: {1:,} row{2} without a value in any column {3} passed over."


@dataclass(slots=True)
class Reading:
    """One file being read: `path` is safe to hand to a database, `name` is what its owner calls it.

    `limit` ends the reading after so many rows; `folder` is for copies and goes away afterwards; `wanted` says
    which columns are to be "number" or "date". `notes` gathers what its owner should know, `types` how the columns
    were staged where not all are text, `tidy` whether no value has blanks or quotes around it, and `delimiter` what
    parts the fields of a text; `signs` the currency that the number format of each of these columns shows.
    """

    path: Path
    name: str
    options: Options
    limit: int | None
    folder: Path
    wanted: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    tidy: bool = False
    delimiter: str = ""
    signs: dict[int, str] = field(default_factory=dict)

    @property
    def limit_clause(self) -> str:
        return "" if self.limit is None else f" LIMIT {int(self.limit)}"


@dataclass(frozen=True, slots=True)
class Staged:
    """The rows of a file as the temporary table `table`, and its lines that are no rows as `bad`.

    `table` holds c0, c1, ...; the n-th row of the file has the n-th smallest rowid. `bad` holds row, reason
    and raw. `kinds` says which columns the file itself stores as numbers or dates; `repeated` are the names
    that its header says more than once; `types` are DuckDB's types of the columns, where not all are text;
    `instants` the positions of those whose moments are in UTC without saying so, `tidy` of those of which no
    value is empty or has blanks around it; `digest` is the SHA-256 of what was read, where it is no file that
    could be read again; `notes` are what the owner of the file should know; `delimiter` parts the fields of a text.
    `made` names the last columns where they are not the file's own but made of it: its rows are then cells of the
    file, and the column behind them says of which row. `signs` are the currencies that the number formats of the
    columns show, where one shows any. `blank` counts the rows that were passed over since
    no cell of them is filled; the table of the name `blanks` says where they stood.
    """

    table: str
    bad: str
    name: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: int
    bad_rows: int
    repeated: frozenset[str] = frozenset()
    types: tuple[str, ...] = ()
    digest: str = ""
    notes: tuple[str, ...] = ()
    tidy: frozenset[int] = frozenset()
    instants: frozenset[int] = frozenset()
    delimiter: str = ""
    made: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    blank: int = 0

    @property
    def blanks(self) -> str:
        """The table of the blank rows, by `row`; it is there where there are any."""
        return f"{self.bad.removesuffix('_bad')}_blank"

    @property
    def tables(self) -> tuple[str, ...]:
        """The temporary tables that hold it."""
        return (self.table, self.bad, self.blanks)

    @property
    def own(self) -> tuple[str, ...]:
        """The columns of the file."""
        return self.columns[: len(self.columns) - len(self.made)]


def staged_tables(table: str) -> tuple[str, ...]:
    """The temporary tables that staging into `table` makes."""
    return (table, f"{table}_bad", f"{table}_blank")


def locate(folder: Path, name: str) -> Path:
    """The file `name` in `folder`, or the one of the same stem in another supported form.

    Errors: BadInput naming what the folder holds instead.
    """
    wanted = folder / name
    if wanted.is_file():
        return wanted
    near = [wanted.with_name(wanted.stem + suffix) for suffix in SUPPORTED]
    found = [path for path in near if path.is_file()]
    if found:
        return found[0]
    if not wanted.parent.is_dir():
        raise BadInput(f"There is no folder {wanted.parent}.", "Name the file with --file.")
    names = sorted(path.name for path in wanted.parent.iterdir() if path.suffix.lower() in SUPPORTED)
    close = get_close_matches(wanted.name, names, n=1)
    remedy = f"Did you mean {close[0]!r}?" if close else "Name the file with --file."
    raise BadInput(f"There is no file {wanted.name} in {wanted.parent}.", remedy)


def digest(path: Path) -> str:
    """SHA-256 of what the file holds."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def form(path: Path) -> Literal["delimited", "parquet", "workbook"]:
    """What `path` is, by its first bytes. Errors: BadInput for what is no table."""
    if path.exists() and not path.is_file():
        raise BadInput(f"{path.name} is no file.", "Name a CSV, XLSX or Parquet file.")
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise BadInput(
            f"{path.name} cannot be read: {error.strerror}.", "Name a CSV, XLSX or Parquet file."
        ) from error
    if not head:
        raise BadInput(f"{path.name} is empty.", "Export it again, with its header line.")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "workbook"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInput(f"{path.name} is an old Excel file.", "Save it as XLSX or CSV.")
    if head.startswith(
        (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"7z\xbc")
    ):
        raise BadInput(f"{path.name} is not a table.", "Bring a CSV, XLSX or Parquet file, unpacked.")
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begins.startswith((b"<!doctype", b"<html", b"<head", b"<table", b"<?xml", b"<meta")):
        raise BadInput(
            f"{path.name} is a web page or XML, whatever it is called.",
            "Open it in a spreadsheet program and save it as XLSX or CSV.",
        )
    if begins.startswith((b"{", b"[{")):
        raise BadInput(f"{path.name} is JSON.", "Export it as CSV, XLSX or Parquet.")
    return "delimited"


def stage(
    connection: Connection,
    path: Path,
    table: str,
    options: Options,
    limit: int | None = None,
    wanted: Mapping[str, str] = NOTHING,
) -> Staged:
    """Read `path` (its first `limit` rows, if given) into the temporary tables `table` and `table`_bad.

    `wanted` says which columns are to be "number" or "date": where all their values are plainly that, they are
    staged so, in less time; else as text. Errors: BadInput for what is no table, is damaged, or is too large to
    open safely.
    """
    from data.sources import columnar, delimited, workbook

    readers = {"delimited": delimited.read, "workbook": workbook.read, "parquet": columnar.read}
    kind, before = form(path), _stamp(path)
    prepare_bad(connection, table)
    with private_files.only_owner(), private_files.folder_for_a_while() as folder:
        # A name such as sales[1].csv is a pattern to DuckDB: it gets a link of a harmless name instead.
        link = Path(folder) / "input"
        private_files.stand_in(link, path)
        reading = Reading(link, path.name, options, limit, Path(folder), wanted)
        header, kinds = readers[kind](connection, reading, table)
    if _stamp(path) != before:
        raise BadInput(f"{path.name} changed while it was read.", "Load it again once it is whole.")
    tidy = [reading.tidy or (bool(reading.types) and kind != "VARCHAR") for kind in reading.types or header]
    blank = pass_over_blank(connection, table, tidy)
    if blank:
        reading.notes.append(
            BLANK_ROWS.format(path.name, blank, *(("s", "were") if blank > 1 else ("", "was")))
        )
    signs = tuple(reading.signs.get(at, "") for at in range(len(header))) if reading.signs else ()
    return told(connection, table, path.name, header, kinds, types=tuple(reading.types), notes=tuple(reading.notes),
                tidy=frozenset(range(len(header)) if reading.tidy else ()), delimiter=reading.delimiter,
                signs=signs, blank=blank)  # fmt: skip


def pass_over_blank(connection: Connection, table: str, tidy: Sequence[bool]) -> int:
    """Take the rows without a value in any column out of `table` and list where they stood, among all lines below the
    header, in `table`_blank; how many they are. In a file of one column an empty line is a row.

    `tidy` says of each column that no blanks stand around its values.
    """
    if len(tidy) < 2:
        return 0
    blanks = (f"c{at} IS NULL" if each else f"coalesce(trim(c{at}), '') = ''" for at, each in enumerate(tidy))
    empty = " AND ".join(blanks)
    count = int(connection.execute(f"SELECT count(*) FROM {table} WHERE {empty}").fetchall()[0][0])
    if count:
        numbered = f"SELECT *, row_number() OVER (ORDER BY rowid) AS place FROM {table}"
        row, behind = row_among(f"{table}_bad")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table}_blank AS SELECT {row} AS row FROM ({numbered}){behind} WHERE {empty}"
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {table} WHERE NOT ({empty})"
        )
    return count


def row_among(*lists: str) -> tuple[str, str]:
    """SQL for the number of the row at `place` among all lines, and the join that it needs: those in the tables `lists`
    stand between, so that the n-th row moves behind the ones before it."""
    others = " UNION ALL ".join(f"SELECT row FROM {each}" for each in lists)
    numbered = f"SELECT row, row_number() OVER (ORDER BY row) AS n FROM ({others})"
    shifts = f"SELECT row - n + 1 AS first_behind, max(n) AS more FROM ({numbered}) GROUP BY first_behind"
    return "place + coalesce(more, 0)", f" ASOF LEFT JOIN ({shifts}) ON place >= first_behind"


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file does; None once it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def prepare_bad(connection: Connection, table: str) -> None:
    """An empty list for the lines that are no rows."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_bad (row BIGINT NOT NULL, reason VARCHAR NOT NULL, raw VARCHAR NOT NULL)"
    )


def told(
    connection: Connection,
    table: str,
    name: str,
    header: Sequence[str | None],
    kinds: Sequence[Kind],
    **more: Any,
) -> Staged:
    """What the temporary tables `table` and `table`_bad now hold."""
    rows, bad = connection.execute(
        f"SELECT (SELECT count(*) FROM {table}), (SELECT count(*) FROM {table}_bad)"
    ).fetchall()[0]
    said = Counter(name.strip() for name in header if name)
    repeated = frozenset(name for name, times in said.items() if name and times > 1)
    names = distinct_names(header)
    return Staged(table, f"{table}_bad", name, names, tuple(kinds), rows, bad, repeated, **more)


def columns(path: Path, options: Options = AS_FOUND) -> list[str]:
    """The names of the columns of `path`. Errors: BadInput."""
    from data.store import duckdb_engine as engine

    with engine.scratch() as connection:
        return list(stage(connection, path, "head", options, limit=1).columns)


def check_width(name: str, columns: int) -> None:
    """Errors: BadInput for a file of more columns than can be read."""
    if columns > MOST_COLUMNS:
        raise BadInput(
            f"{name} has {columns:,} columns, more than the {MOST_COLUMNS:,} that can be read.",
            "Export those that you need.",
        )


def distinct_names(names: Iterable[str | None]) -> tuple[str, ...]:
    """Header names made usable: blanks are numbered, repeats get a number behind.

    >>> distinct_names(["a", "", "a"])
    ('a', 'column 2', 'a 2')
    """
    found: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        plain = (name or "").strip() or f"column {position}"
        count = 1
        unique = plain
        while unique in found:
            count += 1
            unique = f"{plain} {count}"
        found[unique] = None
    return tuple(found)
