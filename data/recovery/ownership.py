"""Whose a warehouse is: somebody's own, who would miss it, or the demonstration firm, which can be made again."""

from __future__ import annotations

from pathlib import Path

from data.errors import ClientelaError
from data.store import duckdb_engine as engine
from data.store import schema_release
from data.store.load_ledger import is_simulated
from data.store.warehouse import Warehouse

EARLIER_DEMO = "SELECT bool_and(source = 'demo' AND mapping_hash = '') FROM batch"


def is_own(path: Path) -> bool:
    """Whether somebody would miss what lies at `path`: it is not the demonstration firm, which can be made again."""
    if not path.exists():
        return False
    try:
        store = Warehouse(path)
    except schema_release.EarlierRelease:
        return not is_earlier_demonstration(path)
    except ClientelaError:
        return True
    try:
        return not is_simulated(store)
    finally:
        store.close()


def is_earlier_demonstration(path: Path) -> bool:
    """Whether an earlier release made it, and all it holds is the demonstration firm."""
    reader = engine.Reader(path.resolve())
    try:
        schema_release.check(reader.rows, path)
    except schema_release.EarlierRelease:
        return bool(reader.rows(EARLIER_DEMO)[0][0])
    finally:
        reader.close()
    return False
