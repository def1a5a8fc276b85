"""A connection that parses each statement once a process: small writes ask hundreds, and the same ones each time."""

from __future__ import annotations

from typing import Any

import duckdb

KEPT = 2048
_PARSED: dict[str, list[duckdb.Statement]] = {}


class ParsingConnection:
    """A connection of the engine, which parses no statement that any of them was asked before.

    Where a statement names a frame or arrays of the function that asks it, that is found by `sql` alone.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, query: str, parameters: object = None) -> ParsingConnection:
        """Execute the statements of `query`; the parameters are those of the last."""
        *first, last = self._parsed(query)
        for each in first:
            self._connection.execute(each)
        self._connection.execute(last, parameters)
        return self

    def cursor(self) -> ParsingConnection:
        return ParsingConnection(self._connection.cursor())

    def __enter__(self) -> ParsingConnection:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _parsed(self, query: str) -> list[duckdb.Statement]:
        found = _PARSED.get(query)
        if found is None:
            found = self._connection.extract_statements(query)
            if len(_PARSED) >= KEPT:
                _PARSED.clear()
            _PARSED[query] = found
        return found
