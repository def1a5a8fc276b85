"""Whose a warehouse is: somebody's own, who would miss it, or the demonstration firm, which can be made again."""

from __future__ import annotations

from pathlib import Path

from data.errors import ClientelaError
from data.store import duckdb_engine as engine
from data.store import schema_release
from data.store.load_ledger import is_simulated


def is_own(path: Path) -> bool:
    """Whether somebody would miss what lies at `path`: it is not the demonstration firm, which can be made again."""
    if not path.exists():
        return False
    try:
        reader = engine.Reader(path.resolve())
    except ClientelaError:
        return True
    try:
        return not is_simulated(reader)
    except engine.EngineError:
        return True
    finally:
        reader.close()


def is_earlier_demonstration(path: Path) -> bool:
    """Whether an earlier release made it, and all it holds is the demonstration firm."""
    reader = engine.Reader(path.resolve())
    try:
        return schema_release.number(reader.rows) < schema_release.SCHEMA and is_simulated(reader)
    finally:
        reader.close()
