"""Publish: the tables that cubes read, as Parquet files for a distributed engine, and only what is not there yet.

A fact has a file a month. What tells a file from others is the fingerprint of its rows, of the same columns as in
`data/store/changed_days.py`. Names, addresses and free texts of people stay in the warehouse.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from data.cluster import published_manifest
from data.cluster.published_manifest import (
    NAME,
    ROLLUPS,
    UNFINISHED,
    PublishedFile,
    PublishedManifest,
)
from data.errors import WarehouseError
from data.export.parquet_bytes import parquet_bytes
from data.model.canonical_tables import DIMENSIONS, FACTS
from data.people.export_note import exporting
from data.store import duckdb_engine as engine
from data.store import extension, file_locks, schema_release
from data.store.changed_days import UNREAD
from data.store.warehouse import Warehouse

LOCK = ".publishing.lock"
OF_PERSONS = ("id", "name")
COLUMNS = """SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'snapshot'
    AND schema_name = 'main' AND table_name = ? ORDER BY column_index"""
MONTH = "strftime(DATE '1970-01-01' + day_key, '%Y-%m')"
NO_MONTH = "none"


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it: files of the publication, and how many of them were written now."""

    files: int
    rows: int
    written: int


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of one file: SQL for them, and what tells them from others."""

    path: str
    select: str
    rows: int


def publish(warehouse: Warehouse, folder: Path) -> Published:
    """Write what is not there yet, then the manifest; what only earlier publications named is taken away.

    Where a cluster is set up, it makes roll-ups of the tables in between.

    Errors: NotAllowed, BadRequest, WarehouseError.
    """
    exporting("published_tables", at=warehouse.path)
    try:
        published_manifest.read(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with file_locks.alone(folder / LOCK):
            return _published(warehouse, folder)
    except file_locks.Busy as error:
        raise WarehouseError(f"{folder} is being published to.", "Try again in a moment.") from error
    except OSError as error:
        raise WarehouseError(
            f"{folder} cannot be written: {error.strerror or error}.", "Make room, or name another folder."
        ) from error


def _published(warehouse: Warehouse, folder: Path) -> Published:
    before = published_manifest.read(folder)
    (folder / UNFINISHED).touch()
    known = {each.path: each for files in (before.tables if before else {}).values() for each in files}
    parts = {name: list(_parts(warehouse, name)) for name in _tables(warehouse)}
    new = [each for own in parts.values() for each in own if not _is_whole(folder, known.get(each.path))]
    fresh = {each.path: _written(warehouse, folder, each) for each in new}
    tables = {name: tuple((known | fresh)[each.path] for each in own) for name, own in parts.items()}
    made = PublishedManifest(
        warehouse.snapshot, schema_release.SCHEMA, engine.RELEASE, tables,
        before=tuple(sorted(before.paths)) if before else (),
    )  # fmt: skip
    files, kept = extension.rolled_up(warehouse, folder, made)
    made = replace(made, tables={**tables, **files}, rollups=tuple(kept))
    published_manifest.write(folder, made)
    _clear(folder, made, set(before.before) if before else set())
    (folder / UNFINISHED).unlink(missing_ok=True)
    rows = sum(each.rows for files in tables.values() for each in files)
    return Published(len(made.paths), rows, len(made.paths - known.keys()) or len(fresh))


def _tables(warehouse: Warehouse) -> list[str]:
    """The tables that cells are counted from, as far as the warehouse has them."""
    there = {
        name
        for (name,) in warehouse.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'")
    }
    return [name for name in ("time", *(each.name for each in (*DIMENSIONS, *FACTS))) if name in there]


def _parts(warehouse: Warehouse, table: str) -> Iterator[_Part]:
    """The files of a table: of a fact one a month, of another one in all, also where there are no rows."""
    columns = _columns(warehouse, table)
    names = ", ".join(columns)
    print_ = f"coalesce(sum(hash({names})), 0)::HUGEINT"
    schema = f"{hash_of(columns)}"
    by_month = "day_key" in columns and table != "time"
    month = MONTH if by_month else f"'{NO_MONTH}'"
    ends = "min(day_key), max(day_key)" if by_month else "0, 0"
    found = warehouse.rows(
        f"SELECT {month} AS month, count(*), {print_}, {ends} FROM {table} GROUP BY ALL ORDER BY month"
    )
    for label, rows, fingerprint, first, last in found or [(NO_MONTH, 0, 0, 0, -1)]:
        within = f" WHERE day_key BETWEEN {first} AND {last} ORDER BY day_key" if by_month else ""
        name = f"{fingerprint % (1 << 64):016x}-{rows:x}-{schema}.parquet"
        place = f"month={label}/{name}" if by_month else name
        yield _Part(f"{table}/{place}", f"SELECT {names} FROM {table}{within}", rows)


def _columns(warehouse: Warehouse, table: str) -> dict[str, str]:
    """The columns that are published, by type: what is known of people by name, and where rows came from, is not."""
    texts = {text for each in FACTS if each.name == table for text in each.free_texts}
    hidden = {*UNREAD, *OF_PERSONS, *texts}
    return {name: kind for name, kind in warehouse.rows(COLUMNS, [table]) if name not in hidden}


def hash_of(columns: Mapping[str, str]) -> str:
    """What tells these columns, and the engine that fingerprints them, from others."""
    told = repr((engine.RELEASE, schema_release.SCHEMA, sorted(columns.items())))
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _is_whole(folder: Path, file: PublishedFile | None) -> bool:
    try:
        return file is not None and (folder / file.path).stat().st_size == file.bytes
    except OSError:
        return False


def _written(warehouse: Warehouse, folder: Path, part: _Part) -> PublishedFile:
    """The rows as a file that appears whole."""
    place = folder / part.path
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}")
    with draft.open("wb") as file:
        file.write(parquet_bytes(warehouse.frame(part.select)))
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, place)
    published_manifest.sync(place.parent)
    return PublishedFile(part.path, part.rows, place.stat().st_size)


def _clear(folder: Path, made: PublishedManifest, older: set[str]) -> None:
    """Take away what neither this publication nor the one before names, of what was published: whatever else somebody
    put into the folder is none of ours."""
    kept = {*made.paths, *made.before}
    for room in {path.partition("/")[0] for path in kept | older} | {ROLLUPS}:
        _clear_room(folder, room, kept)
    for left in folder.glob(f".{NAME}.*"):
        left.unlink()


def _clear_room(folder: Path, room: str, kept: set[str]) -> None:
    for found in sorted((folder / room).rglob("*"), reverse=True):
        if found.is_dir():
            with suppress(OSError):  # not empty
                found.rmdir()
        elif found.relative_to(folder).as_posix() not in kept:
            found.unlink()
