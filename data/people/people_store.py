"""Who may sign in and who is signed in: a private file of SQLite beside the warehouse, shared by all processes.

It is never inside the warehouse, which backups, snapshots and questions read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from data.errors import WarehouseError
from data.store import private_files, write_moments

ENDING = ".people.sqlite"
MARK = 0x434C5045  # "CLPE", as SQLite keeps whose a file is
CREATED = (
    """CREATE TABLE account (
        name TEXT PRIMARY KEY, password TEXT NOT NULL, roles TEXT NOT NULL, changed_at TEXT NOT NULL)""",
    """CREATE TABLE session (
        token TEXT PRIMARY KEY, person TEXT NOT NULL, groups TEXT NOT NULL, provider INTEGER NOT NULL,
        may TEXT NOT NULL, began REAL NOT NULL, acted REAL NOT NULL)""",
    "CREATE INDEX session_person ON session (person)",
    "CREATE TABLE failure (whose TEXT PRIMARY KEY, times INTEGER NOT NULL, latest REAL NOT NULL)",
    "CREATE TABLE spent (state TEXT PRIMARY KEY, at REAL NOT NULL)",
    f"PRAGMA application_id = {MARK}",
    "PRAGMA user_version = 1",
)
PREPARED = ("PRAGMA secure_delete = ON", "PRAGMA temp_store = MEMORY", "PRAGMA trusted_schema = OFF")


def place(warehouse: Path) -> Path:
    """Where the people of a warehouse are kept."""
    return warehouse.with_name(f"{warehouse.name}{ENDING}")


@contextmanager
def changing(warehouse: Path, lasting: bool = True) -> Iterator[sqlite3.Connection]:
    """A transaction alone with the store, made where there was none; at the end it is undone or, where it is `lasting`,
    on the disk.

    Errors: WarehouseError where it cannot be read or written.
    """
    file = place(warehouse)
    with in_words(file), private_files.only_owner():
        private_files.make_folder(file.parent)
        with closing(opened(file)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                _ready(connection, file)
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


def opened(file: Path) -> sqlite3.Connection:
    """A connection to the store, for whatever thread holds it. Errors: those of SQLite."""
    connection = sqlite3.connect(
        file, timeout=write_moments.WAIT_SECONDS.get(), isolation_level=None, check_same_thread=False
    )
    for statement in PREPARED:
        connection.execute(statement)
    return connection


def _ready(connection: sqlite3.Connection, file: Path) -> None:
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    if mark == MARK:
        return
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() != (0,):
        raise damaged(file)
    for statement in CREATED:
        connection.execute(statement)


def damaged(file: Path) -> WarehouseError:
    """What is said of a store that cannot be read: nobody signs in until it can."""
    return WarehouseError(
        f"{file.name}, which holds who may sign in, is damaged or no such file.",
        "Move it away and add the accounts anew, on the machine itself: python -m data people add NAME.",
    )


@contextmanager
def in_words(file: Path) -> Iterator[None]:
    """What the system or SQLite refuses, said as a person can use it."""
    try:
        yield
    except OSError as error:
        raise _refused(file, error.strerror or str(error)) from error
    except sqlite3.DatabaseError as error:
        if (error.sqlite_errorcode or 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise damaged(file) from error
        raise _refused(file, str(error)) from error


def _refused(file: Path, why: str) -> WarehouseError:
    return WarehouseError(
        f"{file.name} cannot be read or written: {why}.", "Make room or give leave there, then try again."
    )
