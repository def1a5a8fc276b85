"""The operational store: what people write, in a file of SQLite beside the warehouse, durable once it is said.

Every process opens it for a moment and closes it again. It only grows: a statement is never changed nor deleted, which
triggers hold; what a person's erasure takes out of one is the exception.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from data.errors import WarehouseError
from data.store import duckdb_engine as engine
from data.store import private_files, warehouse_id
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
# What makes of a store of version n one of version n + 1, whole or not at all; a new one begins with the first.
UPGRADES: tuple[tuple[str, ...], ...] = (CREATED,)
PREPARED = (
    "PRAGMA synchronous = EXTRA",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)


@dataclass(frozen=True, slots=True)
class OperationalStore:
    """What was written about one warehouse (its id): the file may hold what was written about others at its place."""

    file: Path
    warehouse: str


def place(warehouse: Path) -> Path:
    """Where the store of a warehouse lies."""
    return warehouse.with_name(f"{warehouse.name}{ENDING}")


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


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection | None]:
    """One state of the store at `file`; None where nothing was ever said. Errors: WarehouseError."""
    if not file.exists():
        yield None
        return
    with _opened(file) as connection:
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")


@contextmanager
def writing(file: Path) -> Iterator[sqlite3.Connection]:
    """A transaction alone with the store at `file`, on the disk at the end or undone. Errors: WarehouseError."""
    with _opened(file) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        engine.step("said")
        connection.execute("COMMIT")
        engine.step("saved")


@contextmanager
def alone(file: Path) -> Iterator[sqlite3.Connection]:
    """The store at `file` without a transaction, for what cannot be done in one. Errors: WarehouseError."""
    with _opened(file) as connection:
        yield connection


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    with _in_words(file), closing(_connected(file)) as connection:
        with private_files.only_owner():
            for statement in PREPARED:
                connection.execute(statement)
            _of_this_release(connection, file)
            with suppress(sqlite3.OperationalError):  # somebody is at work: who opens it next does it
                connection.execute("PRAGMA journal_mode = WAL")
        try:
            yield connection
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _connected(file: Path) -> sqlite3.Connection:
    """Only SQLite ever opens the file: a process that closes another descriptor of it would lose its locks."""
    where = file.resolve().as_uri()
    if not os.access(
        file.parent, os.W_OK
    ):  # SQLite could make no files beside it: it is read as it lies there
        where += "?immutable=1"
    with private_files.only_owner():
        return sqlite3.connect(where, timeout=engine.WAIT_SECONDS.get(), isolation_level=None, uri=True)


def _of_this_release(connection: sqlite3.Connection, file: Path) -> None:
    """Make of it what this release knows. Errors: WarehouseError where it is another's, or a later release's."""
    connection.execute("BEGIN")  # whose it is and what it holds are read of one state
    version = _version(connection, file)
    connection.execute("COMMIT")
    if version == len(UPGRADES):
        return
    connection.execute("BEGIN IMMEDIATE")
    for statements in UPGRADES[_version(connection, file) :]:  # somebody else may have done it meanwhile
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {MARK}")
    connection.execute(f"PRAGMA user_version = {len(UPGRADES)}")
    engine.step("upgraded")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection, file: Path) -> int:
    mark, version = (int(_one(connection, f"PRAGMA {name}")) for name in ("application_id", "user_version"))
    if mark != MARK and _one(connection, "SELECT count(*) FROM sqlite_schema"):
        raise WarehouseError(
            f"{file.name} is not what people wrote with Clientela, but of another program.",
            "Move it away, or name another warehouse with CLIENTELA_WAREHOUSE or --warehouse.",
        )
    if version > len(UPGRADES):
        raise WarehouseError(f"{file.name} was made by a later release of Clientela.", "Update Clientela.")
    return version


def _one(connection: sqlite3.Connection, sql: str) -> int:
    found: int = connection.execute(sql).fetchone()[0]
    return found


def check_whole(file: Path) -> int:
    """Read all of a store; how many statements it holds. Errors: WarehouseError where it is damaged."""
    with _opened(file) as connection:
        told = connection.execute("PRAGMA integrity_check").fetchall()
        if told != [("ok",)]:
            raise damaged(file)
        return _one(connection, "SELECT count(*) FROM statement")


def damaged(file: Path) -> WarehouseError:
    """What is said of a store that cannot be read."""
    return WarehouseError(
        f"{file.name}, which holds what people wrote, is damaged or no such file.",
        "Put it back from a backup, where it lies beside that of the warehouse; or move it away to go on without.",
    )


@contextmanager
def _in_words(file: Path) -> Iterator[None]:
    """What the system or SQLite refuses, said as a person can use it."""
    try:
        yield
    except OSError as error:
        raise _refused(file, error.strerror or str(error)) from error
    except sqlite3.DatabaseError as error:
        code = (error.sqlite_errorcode or 0) & 0xFF
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise damaged(file) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise WarehouseError(f"{file.name} is in use.", "Try again in a moment.") from error
        if code in (
            sqlite3.SQLITE_FULL,
            sqlite3.SQLITE_IOERR,
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_CANTOPEN,
        ):
            raise _refused(file, str(error)) from error
        raise


def _refused(file: Path, why: str) -> WarehouseError:
    return WarehouseError(
        f"{file.name} cannot be written: {why}.", "Make room or give leave to write there, then try again."
    )
