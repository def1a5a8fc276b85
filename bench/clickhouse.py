"""chDB: ClickHouse in this process, on the same wide fact in a table of its own, sorted by day, made once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from bench.wide import quoted

SETTINGS = " SETTINGS group_by_use_nulls = 1, join_use_nulls = 1"
LOADING = " SETTINGS schema_inference_make_columns_nullable = 0"
ABSENT = "chDB is not installed here: pip install -r bench/requirements.txt"


class ClickHouse:
    """One folder of tables. ClickHouse allows one a process, so it serves all firms of a run."""

    def __init__(self, folder: Path) -> None:
        from chdb import session

        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        opening: Any = session.Session
        self._session = opening(str((folder / "chdb").resolve()))

    def frame(self, sql: str) -> pl.DataFrame:
        """The answer to a question as a frame."""
        found = pl.from_arrow(self._session.query(sql + SETTINGS, "ArrowTable"))
        assert isinstance(found, pl.DataFrame)
        return found

    def load(self, wide: Path) -> str:
        """The tables of a wide fact, made if they are not there: the word that their names end with."""
        name = wide.stem.replace("-", "_")
        if f"done_{name}" not in self._tables():
            print(f"Loading {wide.name} into chDB, once ...", flush=True)
            self._forget(name.rpartition("_")[0])
            for table, order in (("wide", "day_code"), ("member", "(level, code)")):
                self._copy(wide, table, f"{table}_{name}", order)
            self._run(f"CREATE TABLE done_{name} (x UInt8) ENGINE = TinyLog")
        return name

    def _copy(self, wide: Path, table: str, to: str, order: str) -> None:
        file = (self._folder / f"{to}.parquet").resolve()
        try:
            _export(wide, table, file)
            self._run(f"DROP TABLE IF EXISTS {to}")
            self._run(
                f"CREATE TABLE {to} ENGINE = MergeTree ORDER BY {order}"
                f" AS SELECT * FROM file('{file}', Parquet){LOADING}"
            )
            self._run(f"OPTIMIZE TABLE {to} FINAL")
        finally:
            file.unlink(missing_ok=True)

    def _forget(self, size: str) -> None:
        """Away with the tables of firms of that size that were made before."""
        for table in self._tables():
            if f"_{size}_" in table:
                self._run(f"DROP TABLE {table}")

    def _tables(self) -> list[str]:
        return [line.strip('"') for line in str(self._session.query("SHOW TABLES", "CSV")).splitlines()]

    def _run(self, sql: str) -> None:
        self._session.query(sql)

    def close(self) -> None:
        self._session.close()


def opened(folder: Path) -> ClickHouse | None:
    """chDB, or None where it is not installed; then the reason is printed."""
    try:
        return ClickHouse(folder)
    except ImportError:
        print(ABSENT)
        return None


def _export(wide: Path, table: str, file: Path) -> None:
    connection = duckdb.connect(str(wide), read_only=True, config={"memory_limit": "2GB"})
    try:
        connection.execute(f"COPY (FROM {table}) TO '{quoted(file)}' (FORMAT parquet)")
    finally:
        connection.close()
