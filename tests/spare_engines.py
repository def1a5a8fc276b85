"""Instances of the engine for readers, which the next reader gets when one is closed: to make one takes ten times as
long as to attach a file to it, and tests open thousands.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb

from data.store import duckdb_engine
from data.store.parsed_statements import ParsingConnection

KEPT = 8
_SPARE: dict[str, list[duckdb.DuckDBPyConnection]] = {}


def instance(spill: Path) -> ParsingConnection:
    """As `duckdb_engine.instance`: one that holds nothing, and that may have served others who let go of it."""
    granted = duckdb_engine._granted()
    spare = _SPARE.setdefault(repr(granted), [])
    if len(spare) >= KEPT:
        own = spare.pop(0)
        with suppress(duckdb.Error):  # what has spilled once spills there for good
            own.execute(f"SET temp_directory = {duckdb_engine._quoted(spill)}")
            return Lent(own, spare)
    return Lent(duckdb.connect(":memory:", config={**granted, "temp_directory": str(spill)}), spare)


class Lent(ParsingConnection):
    """A connection to an instance, which goes back to `spare` when it is closed, if nothing of its reader is left.

    One that a question still reads is not given to the same reader at once: it waits behind the others.
    """

    def __init__(self, own: duckdb.DuckDBPyConnection, spare: list[duckdb.DuckDBPyConnection]) -> None:
        super().__init__(own.cursor())
        self._own: duckdb.DuckDBPyConnection | None = own
        self._spare = spare

    def close(self) -> None:
        self._connection.close()
        own, self._own = self._own, None
        if own is not None and _is_emptied(own):
            self._spare.append(own)


def _is_emptied(own: duckdb.DuckDBPyConnection) -> bool:
    """Let go of the files; whether nothing else is left."""
    try:
        own.execute("DETACH DATABASE IF EXISTS beside; DETACH snapshot")
    except duckdb.Error:
        return False
    return not own.execute("SELECT 1 FROM duckdb_tables() WHERE database_name = 'memory'").fetchall()
