"""A warehouse that somebody else writes to: what is said meanwhile is durable, and waits for a publication."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.store import duckdb_engine as engine
from data.store import write_moments


@contextmanager
def somebody_writes(path: Path) -> Iterator[None]:
    """Meanwhile nobody can publish, and whoever wants to waits but a moment."""
    waiting = write_moments.WAIT_SECONDS.set(0.01)
    try:
        with engine.only_writer(path):
            yield
    finally:
        write_moments.WAIT_SECONDS.reset(waiting)
