"""A database that a mapping names: a table or a query of it, staged as a file would be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from data.connection import Connection
from data.errors import BadInput
from data.sources.file import Staged, prepare_bad, told
from data.sources.postgres import CopyAnswer, CopyQuestion
from data.sources.postgres_words import LIKE

PLAIN: dict[str, Any] = {
    "INTEGER": pl.Int32,
    "BIGINT": pl.Int64,
    "DATE": pl.Date,
    "TIMESTAMP": pl.Datetime("us"),
}
UNTIDY = r"^$|^[\s\x{feff}]|[\s\x{feff}]$"


class DatabasePart(Protocol):
    """What a part of a mapping says of a table or query."""

    @property
    def subject(self) -> str: ...
    @property
    def database(self) -> str | None: ...
    @property
    def table(self) -> str | None: ...
    @property
    def query(self) -> str | None: ...
    @property
    def changes(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, Any]: ...


def stage(
    connection: Connection,
    part: DatabasePart,
    table: str,
    since: datetime | None = None,
    limit: int | None = None,
) -> Staged:
    """Read what `part` names into the temporary tables `table` and `table`_bad, every column as text.

    `since` leaves out the rows of a part with changes = "modified" that changed before. Errors: BadInput.
    """
    return _stage(connection, _question(part, since, limit), table, typed=False)


def stage_typed(
    connection: Connection,
    part: DatabasePart,
    table: str,
    since: datetime | None = None,
    limit: int | None = None,
) -> Staged:
    """The same in less time: whole numbers, decimals of declared size, dates and timestamps come typed.

    `types` of the result says how; each value cast to text is what `stage` gives. A column with a value that its type
    has no room for (NaN, infinity, a year before Christ) comes as text. Errors: BadInput.
    """
    return _stage(connection, _question(part, since, limit), table, typed=True)


def columns(part: DatabasePart) -> list[str]:
    """The names of the columns of what `part` names. Errors: BadInput."""
    question = _question(part, None, 0)
    with CopyAnswer(_address(question.variable), question) as answer:
        return [each.name for each in answer.columns]


def name_of(part: DatabasePart) -> str:
    """What its owner calls it: no file."""
    return part.table or f"query of [{part.subject}]"


def _question(part: DatabasePart, since: datetime | None, limit: int | None) -> CopyQuestion:
    if part.changes != "modified":
        since = None
    return CopyQuestion(
        variable=part.database or "",
        subject=part.subject,
        table=part.table,
        query=part.query,
        modified=part.columns.get("modified"),
        since=since,
        limit=limit,
    )


def _address(variable: str) -> str:
    address = os.environ.get(variable, "").strip()
    if not address:
        raise BadInput(
            f"The environment variable {variable} is not set.", f"{LIKE} It stays on this machine."
        )
    return address


def _stage(connection: Connection, question: CopyQuestion, table: str, typed: bool) -> Staged:
    digest = hashlib.sha256()
    with CopyAnswer(_address(question.variable), question) as answer:
        types = tuple(each.type if typed else "VARCHAR" for each in answer.columns)
        _prepare(connection, table, types)
        taken = _Taken(connection, table, types)
        for block in answer:
            digest.update(block)
            taken.add(block)
    name = question.table or f"query of [{question.subject}]"
    staged = told(
        connection, table, name, [each.name for each in answer.columns], [each.kind for each in answer.columns],
        types=tuple(taken.types), digest=digest.hexdigest(), tidy=frozenset(taken.tidy),
        instants=frozenset(at for at, each in enumerate(answer.columns) if each.stored == "timestamptz"),
    )  # fmt: skip
    if staged.rows + staged.bad_rows != answer.rows:
        raise BadInput(
            f"{name} gave {answer.rows:,} rows and {staged.rows + staged.bad_rows:,} arrived.", "Load again."
        )
    return staged


def _prepare(connection: Connection, table: str, types: Sequence[str]) -> None:
    listed = ", ".join(f"c{at} {kind}" for at, kind in enumerate(types))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({listed})")
    prepare_bad(connection, table)


class _Taken:
    """The rows of an answer as they go into their table, block by block.

    `types` are those of the columns so far: one that has no room for a value gives way to text. `tidy` are the
    positions of the texts of which none so far is empty or has blanks around it.
    """

    def __init__(self, connection: Connection, table: str, types: Sequence[str]) -> None:
        self._connection = connection
        self._table = table
        self.types = list(types)
        self.tidy = {at for at, kind in enumerate(types) if kind == "VARCHAR"}

    def add(self, block: bytes) -> None:
        """Errors: BadInput for bytes that are no text."""
        try:
            frame = _frame(block, self.types)
        except pl.exceptions.PolarsError:
            self._add_as_texts(block)
        else:
            self._insert(frame, f"INSERT INTO {self._table} SELECT * FROM block")

    def _add_as_texts(self, block: bytes) -> None:
        """A block with values that their types have no room for: those columns are texts from here on, and before."""
        try:
            frame = _frame(block, ["VARCHAR"] * len(self.types))
        except pl.exceptions.PolarsError:
            raise BadInput(
                "The database holds bytes that are no text.", "Mend them there, or leave that column out."
            ) from None
        # Filters on a registered frame are not to be trusted: into a table first.
        self._insert(frame, f"CREATE OR REPLACE TEMP TABLE {self._table}_block AS SELECT * FROM block")
        for at in self._without_room():
            self._connection.execute(f"ALTER TABLE {self._table} ALTER c{at} TYPE VARCHAR")
            self.types[at] = "VARCHAR"
            self.tidy.add(at)  # as numbers and days are when they are written
        casts = ", ".join(_cast(f"c{at}", kind) for at, kind in enumerate(self.types))
        self._connection.execute(
            f"INSERT INTO {self._table} SELECT {casts} FROM {self._table}_block ORDER BY rowid"
        )
        self._connection.execute(f"DROP TABLE {self._table}_block")

    def _without_room(self) -> list[int]:
        """The columns of the block in which a type cannot hold a value."""
        tests = (
            f"coalesce(bool_or(c{at} IS NOT NULL AND {_cast(f'c{at}', kind)} IS NULL), false)"
            for at, kind in enumerate(self.types)
        )
        told = self._connection.execute(f"SELECT {', '.join(tests)} FROM {self._table}_block").fetchall()[0]
        return [at for at, is_wrong in enumerate(told) if is_wrong]

    def _insert(self, frame: pl.DataFrame, sql: str) -> None:
        """Rows of one piece go in with half the work of many; registered, they would stay until the commit."""
        self._look_for_blanks(frame)
        block = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
        self._connection.sql(sql)
        del block  # the engine found it by its name

    def _look_for_blanks(self, frame: pl.DataFrame) -> None:
        tests = [pl.col(f"c{at}").str.contains(UNTIDY).any() for at in sorted(self.tidy)]
        untidy = frame.select(tests).row(0) if tests else ()
        self.tidy -= {at for at, found in zip(sorted(self.tidy), untidy, strict=True) if found}


def _cast(text: str, kind: str) -> str:
    cast = f"TRY_CAST({text} AS {kind})"
    return f"CASE WHEN NOT isinf({cast}) THEN {cast} END" if kind in ("DATE", "TIMESTAMP") else cast


def _frame(block: bytes, types: Sequence[str]) -> pl.DataFrame:
    schema = {f"c{at}": _plain(kind) for at, kind in enumerate(types)}
    return pl.read_csv(block, has_header=False, schema=schema)


def _plain(kind: str) -> Any:
    if kind.startswith("DECIMAL"):
        digits, places = kind.removeprefix("DECIMAL(").removesuffix(")").split(",")
        return pl.Decimal(int(digits), int(places))
    return PLAIN.get(kind, pl.String)
