"""A warehouse that an earlier release made: found at the start, brought up to date whole or not at all, and kept.

The dashboard and every command do so before they open it. What was there stays beside it as a snapshot that one can go
back to with the release that made it, until its owner takes it away.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from data.errors import WarehouseError
from data.store import duckdb_engine as engine
from data.store import publication, schema_release
from data.store.migrations import up_to_date
from data.store.warehouse import current_version, writing

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class BroughtUpToDate:
    """What was done to a warehouse, and where it lies as it was."""

    path: Path
    kept: Path

    def __str__(self) -> str:
        size = f"{self.kept.stat().st_size / 1e6:,.0f} MB"
        return (
            f"{self.path.name} was made by an earlier release and is brought up to date; nothing of it is lost."
            f" As it was it is kept as {self.kept} ({size}): delete that once you need no way back."
        )


class _OvertakenError(Exception):
    """Another process wrote meanwhile."""


def is_older(path: Path) -> bool:
    """Whether an earlier release made the warehouse at `path`; what is none, or cannot be read, is told by others."""
    try:
        current_version(path)
        reader = engine.Reader(path.resolve())
    except WarehouseError:
        return False
    try:
        is_later = schema_release.number(reader.rows) > schema_release.SCHEMA
        return not is_later and not up_to_date.is_up_to_date(reader.rows)
    finally:
        reader.close()


def bring_up_to_date(path: Path, progress: Progress = lambda *_: None) -> BroughtUpToDate | None:
    """Make the warehouse at `path` one of this release; None where it is one. Errors: WarehouseError.

    Of two processes that start at once, one does it and the other waits.
    """
    done = None
    while is_older(path):
        with suppress(_OvertakenError):
            done = _brought(path, current_version(path), progress)
    return done


def _brought(path: Path, seen: str, progress: Progress) -> BroughtUpToDate:
    progress(0.0, "Copying the warehouse")
    with writing(path, "brought up to date", needs=None) as connection:
        if current_version(path) != seen:
            raise _OvertakenError
        progress(0.4, "Deriving codes and roll-ups")
        ((number,),) = connection.execute("SELECT coalesce(max(number), 0) FROM publication").fetchall()
    progress(1.0, "Done")
    return BroughtUpToDate(path, publication.kept(path)[number])
