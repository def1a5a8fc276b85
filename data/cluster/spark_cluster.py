"""Spark behind Spark Connect as what counts the lines: one session a publication, its tables as views of their files."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.cluster import published_manifest
from data.cluster.published_manifest import PublishedFile, PublishedManifest
from data.errors import ClientelaError, WarehouseError

LEAST = (4, 3)
SECONDS = 5
PARTS = 8  # of a shuffle: more would cost more than they do for less than some ten million groups
AWAY = "The cluster of CLIENTELA_ENGINE does not answer."
START_IT = "Start it (docs/spark.md says how), or unset CLIENTELA_ENGINE to count here."


class SparkCluster:
    """One publication as the cluster sees it. Safe to use from many threads.

    Errors: WarehouseError where the cluster is away, refuses the token, or is too old; nothing is answered otherwise.
    """

    def __init__(self, address: str, folder: Path, manifest: PublishedManifest) -> None:
        self.folder, self.manifest = folder.resolve(), manifest
        _reached(address)
        with _told():
            self._session = _session(address)
            check_version(self._session.version)
            for name, files in manifest.tables.items():
                self.show(name, files)

    def show(self, table: str, files: Sequence[PublishedFile]) -> None:
        """A table, or a roll-up by the name of its own, is read from these files."""
        paths = [f"file://{self.folder / each.path}" for each in files]
        with _told():
            self._session.read.parquet(*paths).createOrReplaceTempView(view_name(table))

    def arrays(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, np.ndarray]:
        """One array a column, masked where it has nulls, of a statement as DuckDB reads it.

        Errors: BadRequest where Spark has no exact way, WarehouseError where it is away.
        """
        from data.cluster.spark_dialect import spark_sql

        text, values = spark_sql(sql, tuple(parameters))
        with _told():
            found = self._session.sql(text, args=values).toArrow()
        return {name: _array(found.column(name)) for name in found.column_names}

    def write(self, sql: str, to: str) -> tuple[PublishedFile, ...]:
        """The rows of a statement as one Parquet file below the folder, written by the cluster."""
        from data.cluster.spark_dialect import spark_sql

        text, _ = spark_sql(sql, ())
        with _told():
            rows = self._session.sql(text).repartition(1)
            rows.write.mode("overwrite").parquet(f"file://{self.folder / to}")
        return written(self.folder, to)

    def column(self, table: str, name: str) -> np.ndarray:
        """A column of a roll-up, in the order of its file; the cluster made it, and it is small."""
        paths = [self.folder / each.path for each in self.manifest.tables[table]]
        try:
            return pl.read_parquet(paths, columns=[name])[name].to_numpy()
        except OSError as error:
            raise WarehouseError(
                f"{table} in {self.folder} cannot be read.", published_manifest.AGAIN
            ) from error

    def baskets(self, sql: str, parameters: Sequence[Any]) -> Any:
        """A statement's rows as they lie on the cluster."""
        from data.cluster.spark_dialect import spark_sql

        text, values = spark_sql(sql, tuple(parameters))
        with _told():
            return self._session.sql(text, args=values)

    def close(self) -> None:
        """Let go of the session."""
        with suppress(Exception):  # it may be away already
            self._session.stop()


def view_name(table: str) -> str:
    """What the view of a table is called.

    >>> view_name("rollup.sales_1")
    'rollup_sales_1'
    """
    return table.replace(".", "_")


def check_version(said: str) -> None:
    """Errors: WarehouseError for a Spark that is too old."""
    numbers = tuple(int(each) for each in said.split(".")[:2] if each.isdecimal())
    if numbers < LEAST:
        least = ".".join(map(str, LEAST))
        raise WarehouseError(
            f"The cluster runs Spark {said}; answers are known to be exact from {least} on.",
            f"Install Spark {least}.",
        )


def written(folder: Path, to: str) -> tuple[PublishedFile, ...]:
    """The Parquet files that lie in a folder of the publication."""
    found = sorted((folder / to).glob("*.parquet"))
    if not found:
        raise WarehouseError(
            f"The cluster wrote nothing to {folder / to} that can be seen here.",
            "The folder must be one and the same on every machine of the cluster and on this one.",
        )
    rows = (pl.scan_parquet(each).select(pl.len()).collect().item() for each in found)
    return tuple(
        PublishedFile(each.relative_to(folder).as_posix(), count, each.stat().st_size)
        for each, count in zip(found, rows, strict=True)
    )


def _reached(address: str) -> None:
    """See that somebody listens there: the client itself would try for ten minutes. Errors: WarehouseError."""
    host, _, port = address.removeprefix("sc://").partition("/")[0].rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS).close()
    except OSError as error:
        raise WarehouseError(AWAY, START_IT) from error


def _session(address: str) -> Any:
    """A session of its own. Errors: WarehouseError where its packages are not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", FutureWarning
            )  # of its own part for pandas, which is not used here
            from pyspark.sql import SparkSession
            from pyspark.sql.connect.client.retries import DefaultPolicy

            found = SparkSession.builder.remote(address).create()
    except ImportError as error:
        raise WarehouseError(
            "The packages for CLIENTELA_ENGINE are not installed.",
            "Run 'pip install -r requirements-spark.txt'.",
        ) from error
    found.client.set_retry_policies([DefaultPolicy(max_retries=4, max_backoff=2000)])
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": str(PARTS),
    }
    for name, value in settings.items():
        found.conf.set(name, value)
    return found


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong at the cluster, in words. Errors: WarehouseError."""
    try:
        yield
    except ClientelaError:
        raise
    except Exception as error:  # grpc and pyspark have families of their own
        said = str(error)
        if "UNAUTHENTICATED" in said or "Authentication" in said:
            raise WarehouseError(
                "The cluster refuses the token of CLIENTELA_ENGINE.",
                "Write the one that its server was started with behind ;token=.",
            ) from error
        if "UNAVAILABLE" in said or "RETRIES_EXCEEDED" in said or "onnection" in said:
            raise WarehouseError(AWAY, START_IT) from error
        raise WarehouseError(
            f"The cluster could not answer ({type(error).__name__}).",
            "Look into the log of its Connect server, or unset CLIENTELA_ENGINE to count here.",
        ) from error


def _array(column: Any) -> np.ndarray:
    """A column of Arrow as one array, masked where it has nulls."""
    mask = column.is_null().to_numpy()
    own = column.combine_chunks()
    values = own.fill_null(0) if column.null_count else own
    return (
        np.ma.masked_array(values.to_numpy(zero_copy_only=False), mask)
        if column.null_count
        else values.to_numpy(zero_copy_only=False)
    )


def kept_of(manifest: PublishedManifest, cube: str) -> list[Mapping[str, Any]]:
    """What the roll-ups of a cube keep, as they were declared."""
    return [each for each in manifest.rollups if each["cube"] == cube]
