"""What people wrote, copied beside a backup of the warehouse, and brought back: what is here already stays as it is."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from data.operational import operational_store, statement_erasure
from data.operational.operational_store import OperationalStore
from data.operational.statement_erasure import ForgottenSubject
from data.store import private_files

MISSING = """SELECT id, kind, said_at, said_by, takes_back, payload, erased_at FROM statement
WHERE warehouse = ? ORDER BY seq"""
BROUGHT = """INSERT OR IGNORE INTO statement (warehouse, id, kind, said_at, said_by, takes_back, payload, erased_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


def copy(file: Path, to: Path) -> int:
    """Copy one state of the store to the file `to`, checked; how many statements. People may go on writing.

    Where nothing was ever written, nothing lies at `to` either. Errors: WarehouseError, OSError.
    """
    with operational_store.reading(file) as connection:
        if connection is None:
            to.unlink(missing_ok=True)
            return 0
    with _part(to) as part:
        with operational_store.alone(file) as connection, private_files.only_owner():
            with closing(sqlite3.connect(part, isolation_level=None)) as copied:
                connection.backup(copied)
            part.chmod(private_files.FILE)
        found = operational_store.check_whole(part)
        _to_disk(part)
        part.replace(to)
    return found


@contextmanager
def _part(to: Path) -> Iterator[Path]:
    part = to.with_name(f"{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        yield part
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _to_disk(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def bring_back(copied: Path, store: OperationalStore, subjects: tuple[ForgottenSubject, ...] = ()) -> int:
    """Say again what the copy holds about the warehouse and the store does not, without the `subjects`; how much.

    Errors: WarehouseError where the copy is damaged, and nothing is brought.
    """
    with operational_store.reading(copied) as connection:
        rows = connection.execute(MISSING, [store.warehouse]).fetchall() if connection else []
    if not rows:
        return 0
    with operational_store.writing(store.file) as connection:
        before = connection.total_changes
        connection.executemany(BROUGHT, [(store.warehouse, *_without(row, subjects)) for row in rows])
        return connection.total_changes - before


Row = tuple[str, str, str, str, str | None, str | None, str | None]


def _without(row: Row, subjects: tuple[ForgottenSubject, ...]) -> Row:
    id, kind, said_at, said_by, takes_back, payload, erased_at = row
    for subject in subjects:
        told = json.loads(payload or "{}")
        if any(map(subject.is_meant, told.values())):
            payload = json.dumps(statement_erasure.without(kind, told, subject), ensure_ascii=False)
            erased_at = erased_at or said_at
    return id, kind, said_at, said_by, takes_back, payload, erased_at
