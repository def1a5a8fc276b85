"""PostgreSQL: the answer to one question, streamed out of a read-only transaction as blocks of CSV text.

COPY gives text three times as fast as a driver gives values, and says at the end how many rows there were. The
address is known to this file alone: no error, log line or traceback holds any of it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from data.errors import BadInput
from data.sources import postgres_words as words
from data.sources.file import Kind
from data.sources.postgres_table import find_table, numeric_types

BLOCK = 16 << 20
AHEAD = 2
CONNECT_SECONDS = 15
LOCK_SECONDS = 30
ANSWER_SECONDS = 3600
SETTINGS = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL extra_float_digits = 3",
    "SET LOCAL standard_conforming_strings = on",
    "SET LOCAL synchronize_seqscans = off",
    f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'",
    f"SET LOCAL statement_timeout = '{ANSWER_SECONDS}s'",
)
NUMBERS = frozenset(["int2", "int4", "int8", "oid", "numeric", "float4", "float8", "money"])
DATES = frozenset(["date", "timestamp", "timestamptz"])
TYPES = {"int2": "INTEGER", "int4": "INTEGER", "int8": "BIGINT", "date": "DATE",
         "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMP"}  # fmt: skip
# What COPY would say otherwise than a CSV file does.
AS_TEXT = {
    "bool": "{}::text",
    "bpchar": "{}::text",
    "money": "{}::numeric",
    "timestamptz": "{} AT TIME ZONE 'UTC'",
}
SINCE = "current_setting('clientela.since')"
NOT_BEFORE = {"timestamptz": SINCE + "::timestamptz", "timestamp": SINCE + "::timestamp",
              "date": SINCE + "::timestamp::date"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CopyQuestion:
    """What to read: a table or a query, the rows changed since a moment (in the column `modified`), so many rows."""

    variable: str
    subject: str
    table: str | None = None
    query: str | None = None
    modified: str | None = None
    since: datetime | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column of the answer; `type` is DuckDB's that holds its text without loss, VARCHAR where none does."""

    name: str
    kind: Kind
    type: str
    said: str
    stored: str

    @classmethod
    def of(cls, position: int, name: str, stored: str, exact: str) -> AnswerColumn:
        kind: Kind = "number" if stored in NUMBERS else "date" if stored in DATES else "text"
        said = AS_TEXT.get(stored, "{}").format(f"q.c{position}")
        return cls(name, kind, exact or TYPES.get(stored, "VARCHAR"), said, stored)


class CopyAnswer:
    """An answer on its way: `columns` are known at once, iterating gives its blocks, then `rows` is how many.

    Each block is CSV text of whole rows. Use it as a context manager. Errors: BadInput.
    """

    def __init__(self, address: str, question: CopyQuestion) -> None:
        self._address = address
        self._question = question
        self._blocks: queue.Queue[Any] = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        self._doing = "connecting"
        self._bytes = 0
        self.rows = 0
        self.columns: tuple[AnswerColumn, ...] = ()

    def __enter__(self) -> CopyAnswer:
        self._thread = threading.Thread(target=self._run, name="clientela-database", daemon=True)
        self._thread.start()
        try:
            self.columns = self._next()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=2 * CONNECT_SECONDS)

    def __iter__(self) -> Iterator[bytes]:
        while isinstance(block := self._next(), bytes):
            yield block
        self.rows = block

    def _next(self) -> Any:
        found = self._blocks.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def _run(self) -> None:
        try:
            asyncio.run(self._read())
        except _Stopped:
            pass
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        with suppress(_Stopped):
            self._give(words.explained(error, self._doing, self._question, self._bytes))

    def _give(self, found: Any) -> None:
        """Hand over, waiting while the reader is busy. Errors: _Stopped once nobody reads any more."""
        while not self._stopped.is_set():
            with suppress(queue.Full):
                self._blocks.put(found, timeout=0.2)
                return
        raise _Stopped

    async def _read(self) -> None:
        connection = await asyncpg.connect(self._address, timeout=CONNECT_SECONDS, statement_cache_size=0)
        try:
            self._doing = "asking"
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                rows = await self._answer(connection)
            await connection.close(timeout=CONNECT_SECONDS)
            self._give(rows)
        finally:
            connection.terminate()

    async def _answer(self, connection: Any) -> int:
        for setting in SETTINGS:
            await connection.execute(setting)
        source, columns = await _source(connection, self._question)
        since = _moment(self._question.since)
        await connection.execute("SELECT set_config('clientela.since', $1, true)", since)
        sql = _selection(source, columns, self._question)
        self._give(columns)
        self._doing = "reading"
        parts: list[bytes] = []
        told = await connection.copy_from_query(
            sql, output=self._collector(parts), format="csv", encoding="utf-8", timeout=ANSWER_SECONDS + 60
        )
        self._flush(parts)
        return int(told.removeprefix("COPY "))

    def _collector(self, parts: list[bytes]) -> Any:
        gathered = 0

        async def collect(piece: bytes) -> None:
            nonlocal gathered
            parts.append(piece)
            gathered += len(piece)
            if gathered >= BLOCK:
                gathered = 0
                self._flush(parts)

        return collect

    def _flush(self, parts: list[bytes]) -> None:
        block = b"".join(parts)
        parts.clear()
        self._bytes += len(block)
        if block:
            self._give(block)


class _Stopped(Exception):
    """Whoever asked wants no more of the answer."""


async def _source(connection: Any, question: CopyQuestion) -> tuple[str, tuple[AnswerColumn, ...]]:
    """What stands behind FROM, and its columns. Errors: BadInput where there is no such thing."""
    exact: dict[int, str] = {}
    if question.query is None:
        oid, source = await find_table(connection, question)
        exact = await numeric_types(connection, oid)
        attributes = (await connection.prepare(f"SELECT * FROM {source}")).get_attributes()
    else:
        attributes = await _attributes(connection, question)
        # The text stood the test of being one statement by itself: nothing in it closes the bracket.
        source = f"(\n{words.bare(question.query)}\n)"
        await connection.prepare(f"SELECT * FROM {source} AS q")
    found = enumerate((each.name, each.type.name) for each in attributes)
    return source, tuple(AnswerColumn.of(at, name, kind, exact.get(at, "")) for at, (name, kind) in found)


async def _attributes(connection: Any, question: CopyQuestion) -> Any:
    statement = await connection.prepare(words.bare(question.query or ""))
    if statement.get_parameters():
        raise BadInput(
            f"The query of [{question.subject}] holds a parameter such as $1.", "Write the value itself."
        )
    found = statement.get_attributes()
    if not found:
        raise BadInput(f"The query of [{question.subject}] asks for no rows.", "Write one SELECT.")
    return found


def _selection(source: str, columns: tuple[AnswerColumn, ...], question: CopyQuestion) -> str:
    aliases = ", ".join(f"c{at}" for at in range(len(columns)))
    sql = f"SELECT {', '.join(each.said for each in columns)} FROM {source} AS q({aliases})"
    changed = _changed(columns, question)
    limit = "" if question.limit is None else f" LIMIT {int(question.limit)}"
    return sql + changed + limit


def _changed(columns: tuple[AnswerColumn, ...], question: CopyQuestion) -> str:
    """The rows that may have changed: those without a moment may have, too."""
    if question.since is None:
        return ""
    for at, column in enumerate(columns):
        if column.name == question.modified and column.stored in NOT_BEFORE:
            return f" WHERE q.c{at} >= {NOT_BEFORE[column.stored]} OR q.c{at} IS NULL"
    return ""


def _moment(since: datetime | None) -> str:
    """In UTC, without a zone: as the session reads it."""
    if since is None:
        return ""
    return (since.astimezone(UTC).replace(tzinfo=None) if since.tzinfo else since).isoformat(" ")
