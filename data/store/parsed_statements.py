"""A connection that parses each statement once a process: small writes ask hundreds, and the same ones each time."""

from __future__ import annotations

import re
from typing import Any

import duckdb

KEPT = 2048
_PARSED: dict[str, list[duckdb.Statement]] = {}
# What rows can be updated by, and where such a statement names their table.
UPDATES = re.compile(r"\bupdate\b|\bmerge\b|\bon\s+conflict\b|\bor\s+replace\s+into\b", re.IGNORECASE)
TARGET = r"\b(?:update|into)\s+(?:\"?\w+\"?\.)*\"?%s\b"


class ParsingConnection:
    """A connection of the engine, which parses no statement that any of them was asked before.

    Where a statement names a frame or arrays of the function that asks it, that is found by `sql` alone, which is for
    new rows only: what updates rows is asked by `execute`, and remembered.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, updating: dict[str, None] | None = None
    ) -> None:
        self._connection = connection
        self._updating: dict[str, None] = {} if updating is None else updating

    def may_have_updated(self, table: str) -> bool:
        """Whether any statement that was asked here could have updated rows of a table."""
        named = re.compile(TARGET % table, re.IGNORECASE)
        return any(named.search(each) for each in self._updating)

    def execute(self, query: str, parameters: object = None) -> ParsingConnection:
        """Execute the statements of `query`; the parameters are those of the last."""
        self._note(query)
        *first, last = self._parsed(query)
        for each in first:
            self._connection.execute(each)
        self._connection.execute(last, parameters)
        return self

    def executemany(self, query: str, parameters: object = None) -> ParsingConnection:
        self._note(query)
        self._connection.executemany(query, parameters)
        return self

    def cursor(self) -> ParsingConnection:
        return ParsingConnection(self._connection.cursor(), self._updating)

    def __enter__(self) -> ParsingConnection:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _note(self, query: str) -> None:
        if query not in self._updating and UPDATES.search(query):
            self._updating[query] = None

    def _parsed(self, query: str) -> list[duckdb.Statement]:
        found = _PARSED.get(query)
        if found is None:
            found = self._connection.extract_statements(query)
            if len(_PARSED) >= KEPT:
                _PARSED.clear()
            _PARSED[query] = found
        return found
