"""The operational store: what people write, in a file of SQLite beside the warehouse, durable once it is said.

Every process opens it for a moment and closes it again. It only grows: a statement is never changed nor deleted, which
triggers hold; what a person's erasure takes out of one is the exception.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from data.store import warehouse_id
from data.store.sqlite_file import SqliteKind
from data.store.warehouse import Warehouse, asking
from data.store.warehouse import writing as writing_warehouse

ENDING = ".operational.sqlite"
READY = "made ready for what people write"
MARK = 0x434C4E54  # "CLNT", as SQLite keeps whose a file is
CREATED = (
    "CREATE TABLE store (id TEXT NOT NULL)",
    "INSERT INTO store VALUES (lower(hex(randomblob(16))))",
    """CREATE TABLE statement (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, warehouse TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
        said_at TEXT NOT NULL, said_by TEXT NOT NULL, takes_back TEXT, payload TEXT, erased_at TEXT)""",
    "CREATE UNIQUE INDEX statement_id ON statement (warehouse, id)",
    "CREATE UNIQUE INDEX taken_back_once ON statement (warehouse, takes_back) WHERE takes_back IS NOT NULL",
    "CREATE INDEX statement_kind ON statement (warehouse, kind)",
    """CREATE TRIGGER never_deleted BEFORE DELETE ON statement
        BEGIN SELECT RAISE(ABORT, 'statements are never deleted'); END""",
    """CREATE TRIGGER never_changed
        BEFORE UPDATE OF seq, warehouse, id, kind, said_at, said_by, takes_back ON statement
        BEGIN SELECT RAISE(ABORT, 'statements are never changed'); END""",
)
KIND = SqliteKind(
    MARK,
    (CREATED,),
    holds="what people wrote",
    other="what people wrote with Clientela",
    remedy="Put it back from a backup, where it lies beside that of the warehouse; or move it away to go on without.",
)


@dataclass(frozen=True, slots=True)
class OperationalStore:
    """What was written about one warehouse (its id): the file may hold what was written about others at its place."""

    file: Path
    warehouse: str


def place(warehouse: Path) -> Path:
    """Where the store of a warehouse lies."""
    return warehouse.with_name(f"{warehouse.name}{ENDING}")


def warehouse_of(file: Path) -> Path:
    """The warehouse that the store at `file` lies beside."""
    return file.with_name(file.name.removesuffix(ENDING))


def of(warehouse: Warehouse) -> OperationalStore:
    """The store beside a warehouse, to look at. What people see there is what they write about."""
    if warehouse_id.SETTING not in warehouse.beside:
        warehouse.beside[warehouse_id.SETTING] = warehouse_id.read(warehouse.rows)
    return OperationalStore(place(warehouse.path), warehouse.beside[warehouse_id.SETTING])


def ready(path: Path) -> OperationalStore:
    """The store beside the warehouse at `path`, to write to; one of an earlier release is given its id first.

    Errors: WarehouseError where there is no warehouse.
    """
    store = _of(path)
    if not store.warehouse:
        with writing_warehouse(path, READY):
            pass
        store = _of(path)
    return store


def _of(path: Path) -> OperationalStore:
    with asking(path) as rows:
        return OperationalStore(place(path), warehouse_id.read(rows))


def reading(file: Path) -> AbstractContextManager[sqlite3.Connection | None]:
    """One state of the store at `file`; None where nothing was ever said. Errors: WarehouseError."""
    return KIND.reading(file)


def writing(file: Path) -> AbstractContextManager[sqlite3.Connection]:
    """A transaction alone with the store at `file`, on the disk at the end or undone. Errors: WarehouseError."""
    return KIND.writing(file)


def alone(file: Path) -> AbstractContextManager[sqlite3.Connection]:
    """The store at `file` without a transaction, for what cannot be done in one. Errors: WarehouseError."""
    return KIND.alone(file)


def check_whole(file: Path) -> int:
    """Read all of a store; how many statements it holds. Errors: WarehouseError where it is damaged."""
    return KIND.check_whole(file, "statement")
