"""A warehouse in another place: backed up to a file, and what people wrote to another beside it; put back from them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from data.access.deed import Deed
from data.errors import BadInput, WarehouseError
from data.model.canonical_tables import MAIN_FACT
from data.operational import operational_store, statement_copies
from data.people.export_note import exporting
from data.privacy.forgotten import forgotten_subjects, still_forgotten
from data.privacy.person import Person
from data.recovery.ownership import is_own
from data.store import duckdb_engine as engine
from data.store import end_of_write, extension, private_files, schema_release
from data.store.publication import Instead, Publication, published
from data.store.warehouse import Warehouse, current_version, replacing

PIECE = 1 << 22
OF_MAIN = """SELECT table_name FROM duckdb_tables()
WHERE database_name = 'snapshot' AND schema_name = 'main' ORDER BY ALL"""
WHOLE = "SELECT bit_xor(hash(whole)) FROM {} AS whole"


@dataclass(frozen=True, slots=True)
class Contents:
    """What tells a whole copy from a torn one: the rows of each table, and the revenue."""

    rows: tuple[tuple[str, int], ...]
    revenue: Decimal

    @classmethod
    def of(cls, warehouse: Warehouse | engine.Reader) -> Contents:
        tables = [table for (table,) in warehouse.rows(OF_MAIN)]
        counts = tuple((table, warehouse.rows(f"SELECT count(*) FROM {table}")[0][0]) for table in tables)
        return cls(counts, warehouse.rows(MAIN_FACT.totals)[0][1])

    @property
    def lines(self) -> int:
        return dict(self.rows)[MAIN_FACT.name]


def backup(path: Path, to: Path) -> Contents:
    """Copy the published snapshot to the file `to`, and check the copy. Loads may go on meanwhile.

    What people wrote is copied after it, so that the copy knows no less of it than the snapshot.

    Errors: BadInput where `to` cannot be written; WarehouseError where there is nothing to back up, or the copy
    is not what it should be.
    """
    current_version(path)
    if to.is_dir():
        raise BadInput(f"{to} is a folder.", f"Name a file in it, such as {to / path.name}.")
    if to.exists() and to.samefile(path):
        raise BadInput(f"{to} is the warehouse itself.", "Name another file.")
    exporting("backup", at=path)
    part = to.with_name(f"{to.name}.part")
    with _snapshot(path) as (warehouse, file), _own_part(to, part):
        contents, digest = Contents.of(warehouse), _copy(file, part)
        if digest != _digest(part) or contents_of(part) != contents:
            raise WarehouseError(f"The copy {to} is not what was copied.", "Is the disk sound? Try another.")
        statement_copies.copy(operational_store.place(path), operational_store.place(to))
        os.replace(part, to)
    return contents


@contextmanager
def _snapshot(path: Path) -> Iterator[tuple[Warehouse, BinaryIO]]:
    """The published snapshot, open as a warehouse and as a file: both are the same, whatever is published then."""
    for _ in range(engine.ATTEMPTS):
        with Path(path).open("rb") as file:
            warehouse = Warehouse(path)
            try:
                if engine.version_of(os.fstat(file.fileno())) == warehouse.version:
                    yield warehouse, file
                    return
            finally:
                warehouse.close()
    raise WarehouseError(f"{path.name} is written to again and again.", "Try again in a moment.")


@contextmanager
def _own_part(to: Path, part: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"{to} cannot be written: {error.strerror or error}.", "Make room, or name another file."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _copy(file: BinaryIO, to: Path) -> str:
    """Copy to the end and onto the disk; the digest of what was read."""
    digest = hashlib.sha256()
    with private_files.opened(to, "wb") as copy:
        while piece := file.read(PIECE):
            digest.update(piece)
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def contents_of(path: Path) -> Contents:
    """What the warehouse at `path` holds, of this release or an earlier one. Errors: WarehouseError."""
    current_version(path)
    reader = engine.Reader(path.resolve())
    try:
        schema_release.refuse_others(reader.rows, path)
        return Contents.of(reader)
    finally:
        reader.close()


def restore(path: Path, backed_up: Path) -> Contents:
    """Put the warehouse in the file `backed_up` in the place of the one at `path`, which is kept.

    What people wrote since stays; what they wrote before and is here no longer comes back from the file beside it.
    Errors: WarehouseError where the file is damaged or of a later release, and everything is as it was.
    """
    if not backed_up.exists():
        raise BadInput(f"There is no file {backed_up}.", "Name the file that 'python -m data backup' wrote.")
    with _undamaged(backed_up):
        contents = contents_of(backed_up)
        _read_all(backed_up)
        _check_written(backed_up)
        follows = _known(path, published(backed_up)[-1:])
    instead = Instead(backed_up.resolve(), follows, own=follows is None and is_own(path), anew=True)
    with replacing(path, f"restored {backed_up.name}", instead, Deed.LOAD) as connection:
        found = connection.execute(MAIN_FACT.totals).fetchall()[0]
        if found != (contents.lines, contents.revenue):
            raise WarehouseError(f"{backed_up.name} was changed meanwhile.", "Try again.")
        persons = still_forgotten(connection, path)
        carried = extension.carry_over(connection, path)
        if extension.take_in(connection, path) or carried:
            end_of_write.complete(connection)
    _bring_back(path, backed_up, persons)
    return contents


def _check_written(backed_up: Path) -> None:
    """Errors: WarehouseError where what people wrote cannot be read in the copy."""
    copied = operational_store.place(backed_up)
    if copied.exists():
        operational_store.check_whole(copied)


def _bring_back(path: Path, backed_up: Path, persons: Sequence[Person]) -> None:
    """What people wrote, without whoever was forgotten since."""
    copied = operational_store.place(backed_up)
    if copied.exists():
        warehouse = Warehouse(path)
        try:
            store, subjects = operational_store.of(warehouse), forgotten_subjects(warehouse, persons)
        finally:
            warehouse.close()
        statement_copies.bring_back(copied, store, subjects)


@contextmanager
def _undamaged(file: Path) -> Iterator[None]:
    """Read the warehouse in `file`. Errors: WarehouseError where parts of it are missing or torn."""
    try:
        yield
    except engine.EngineError as error:
        raise engine.damaged(file) from error


def _read_all(path: Path) -> None:
    """Read every value of every table: only what is read is found to be missing or torn."""
    reader = engine.Reader(path.resolve())
    try:
        for (table,) in reader.rows(OF_MAIN):
            reader.rows(WHOLE.format(table))
    finally:
        reader.close()


def _known(path: Path, last: tuple[Publication, ...]) -> int | None:
    """The publication that the backup shows, if the warehouse at `path` published it."""
    with suppress(WarehouseError):
        return next((each.number for each in published(path) if each in last), None)
    return None
