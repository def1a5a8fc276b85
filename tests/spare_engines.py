"""Instances of the engine that whoever closed them leaves to the next one: to make one takes ten times as long as to
attach a file to it, and tests open thousands.

Each serves one reader or scratch database at a time, alone. Writers make their own: they ask hundreds of statements,
and each takes a little longer in a file that is attached.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import duckdb

from data.connection import Connection
from data.store import duckdb_engine
from data.store.parsed_statements import ParsingConnection

KEPT = 8  # one that a thread still asks waits behind the others
_SPARE: dict[str, list[duckdb.DuckDBPyConnection]] = {}


def use_again() -> None:
    """Have the engine make instances so."""
    duckdb_engine.instance = instance
    duckdb_engine.scratch = scratch


def instance(spill: Path) -> ParsingConnection:
    """As `duckdb_engine.instance`: one that holds nothing."""
    granted = duckdb_engine._granted()
    spare = _SPARE.setdefault(repr(granted), [])
    if len(spare) >= KEPT:
        own = spare.pop(0)
        with suppress(duckdb.Error):  # what has spilled once spills there for good
            own.execute(f"SET temp_directory = {duckdb_engine._quoted(spill)}")
            return Lent(own, spare)
    return Lent(duckdb.connect(":memory:", config={**granted, "temp_directory": str(spill)}), spare)


def scratch() -> Connection:
    """As `duckdb_engine.scratch`."""
    return cast(Connection, instance(Path(".tmp")))


class Lent(ParsingConnection):
    """A connection to an instance, which is `spare` again when it is closed, if nothing is left in it."""

    def __init__(self, own: duckdb.DuckDBPyConnection, spare: list[duckdb.DuckDBPyConnection]) -> None:
        super().__init__(own.cursor())
        self._own: duckdb.DuckDBPyConnection | None = own
        self._spare, self._set = spare, set[str]()

    def execute(self, query: str, parameters: object = None) -> ParsingConnection:
        if query.startswith("SET "):
            self._set.add(query.split()[1].partition("=")[0])
        return super().execute(query, parameters)

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()
        own, self._own = self._own, None
        if own is not None and _is_emptied(own, self._set):
            self._spare.append(own)


DATABASES = "SELECT database_name FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory'"
LEFT = """SELECT 1 FROM duckdb_tables() WHERE database_name = 'memory'
UNION ALL SELECT 1 FROM duckdb_views() WHERE database_name = 'memory' AND NOT internal"""


def _is_emptied(own: duckdb.DuckDBPyConnection, were_set: set[str]) -> bool:
    """Let go of the files, and set back what was set; whether nothing else is left."""
    try:
        for name in were_set:
            own.execute(f"RESET {name}")
        for (name,) in own.execute(DATABASES).fetchall():
            own.execute(f'DETACH "{name}"')
        left: list[Any] = own.execute(LEFT).fetchall()
    except duckdb.Error:
        return False
    return not left
