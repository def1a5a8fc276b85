"""A file of SQLite beside the warehouse: whose it is, of which release, private, and what it refuses said in words.

Every process opens it for a moment and closes it again; only SQLite ever opens it, since a process that closes another
descriptor of a file would lose its locks.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from data.errors import WarehouseError
from data.store import private_files, write_moments

PREPARED = (
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)


@dataclass(frozen=True, slots=True)
class SqliteKind:
    """What files of one kind have in common.

    `mark` is how SQLite keeps whose a file is; `upgrades` make of a file of version n one of version n + 1, each whole
    or not at all, and a new one begins with the first. `holds` says in words what is in it, `other` what is told of
    another program's file, `remedy` what to try then.
    """

    mark: int
    upgrades: tuple[tuple[str, ...], ...]
    holds: str
    other: str
    remedy: str
    synchronous: str = "EXTRA"

    @contextmanager
    def reading(self, file: Path) -> Iterator[sqlite3.Connection | None]:
        """One state of `file`; None where there is none. Errors: WarehouseError."""
        if not file.exists():
            yield None
            return
        with self.alone(file) as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def writing(self, file: Path) -> Iterator[sqlite3.Connection]:
        """A transaction alone with `file`, on the disk at the end or undone. Errors: WarehouseError."""
        with self.alone(file) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            write_moments.step("said")
            connection.execute("COMMIT")
            write_moments.step("saved")

    @contextmanager
    def alone(self, file: Path) -> Iterator[sqlite3.Connection]:
        """`file` without a transaction, for what cannot be done in one. Errors: WarehouseError."""
        with self._in_words(file), closing(_connected(file)) as connection:
            with private_files.only_owner():
                for statement in (*PREPARED, f"PRAGMA synchronous = {self.synchronous}"):
                    connection.execute(statement)
                self._bring_to_this_release(connection, file)
                with suppress(sqlite3.OperationalError):  # somebody is at work: who opens it next does it
                    connection.execute("PRAGMA journal_mode = WAL")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def check_whole(self, file: Path, table: str) -> int:
        """Read all of a file; how many rows its `table` has. Errors: WarehouseError where it is damaged."""
        with self.alone(file) as connection:
            told = connection.execute("PRAGMA integrity_check").fetchall()
            if told != [("ok",)]:
                raise self.damaged(file)
            return one_number(connection, f"SELECT count(*) FROM {table}")

    def leave_nothing(self, file: Path) -> None:
        """Leave no byte of what was taken out: in no free page and in no log. Errors: WarehouseError where it is in use
        all the time."""
        with self.alone(file) as connection:
            connection.execute("VACUUM")
            if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise WarehouseError(f"{file.name} is in use.", "Try again in a moment.")

    def damaged(self, file: Path) -> WarehouseError:
        """What is said of a file that cannot be read."""
        return WarehouseError(
            f"{file.name}, which holds {self.holds}, is damaged or no such file.", self.remedy
        )

    def _bring_to_this_release(self, connection: sqlite3.Connection, file: Path) -> None:
        """Make of it what this release knows. Errors: WarehouseError where it is another's, or a later release's."""
        connection.execute("BEGIN")  # whose it is and what it holds are read of one state
        version = self._version(connection, file)
        connection.execute("COMMIT")
        if version == len(self.upgrades):
            return
        connection.execute("BEGIN IMMEDIATE")
        for statements in self.upgrades[
            self._version(connection, file) :
        ]:  # somebody else may have done it meanwhile
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {self.mark}")
        connection.execute(f"PRAGMA user_version = {len(self.upgrades)}")
        write_moments.step("upgraded")
        connection.execute("COMMIT")

    def _version(self, connection: sqlite3.Connection, file: Path) -> int:
        mark, version = (
            one_number(connection, f"PRAGMA {name}") for name in ("application_id", "user_version")
        )
        if mark != self.mark and one_number(connection, "SELECT count(*) FROM sqlite_schema"):
            raise WarehouseError(
                f"{file.name} is not {self.other}, but of another program.",
                "Move it away, or name another warehouse with CLIENTELA_WAREHOUSE or --warehouse.",
            )
        if version > len(self.upgrades):
            raise WarehouseError(
                f"{file.name} was made by a later release of Clientela.", "Update Clientela."
            )
        return version

    @contextmanager
    def _in_words(self, file: Path) -> Iterator[None]:
        """What the system or SQLite refuses, said as a person can use it."""
        try:
            yield
        except OSError as error:
            raise _refused(file, error.strerror or str(error)) from error
        except sqlite3.DatabaseError as error:
            code = (error.sqlite_errorcode or 0) & 0xFF
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise self.damaged(file) from error
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


def one_number(connection: sqlite3.Connection, sql: str) -> int:
    """The one number that a question of one row and one column gives."""
    found: int = connection.execute(sql).fetchone()[0]
    return found


def _connected(file: Path) -> sqlite3.Connection:
    where = file.resolve().as_uri()
    if not os.access(
        file.parent, os.W_OK
    ):  # SQLite could make no files beside it: it is read as it lies there
        where += "?immutable=1"
    with private_files.only_owner():
        return sqlite3.connect(
            where, timeout=write_moments.WAIT_SECONDS.get(), isolation_level=None, uri=True
        )


def _refused(file: Path, why: str) -> WarehouseError:
    return WarehouseError(
        f"{file.name} cannot be written: {why}.", "Make room or give leave to write there, then try again."
    )
