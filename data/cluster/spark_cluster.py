"""Spark behind Spark Connect as what counts the lines: one session a publication, its tables as views of files."""

from __future__ import annotations

import socket
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl

from data.cluster import published_manifest
from data.cluster.published_manifest import PublishedFile, PublishedManifest
from data.errors import ClientelaError, WarehouseError

LEAST = (4, 3)
SECONDS = 5
ROWS_A_PART, MOST_PARTS = 500_000, 400  # of a shuffle
TYPES = {
    "bool": "BOOLEAN", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INT", "int64": "BIGINT", "uint8": "SMALLINT",
    "uint16": "INT", "uint32": "BIGINT", "double": "DOUBLE", "date32[day]": "DATE", "string": "STRING",
    "large_string": "STRING", "string_view": "STRING",
}  # fmt: skip
AWAY = "The cluster of CLIENTELA_ENGINE does not answer."
NO_FILES = ("PATH_NOT_FOUND", "FILE_NOT_EXIST", "FileNotFoundException")
START_IT = "Start it (docs/spark.md says how), or unset CLIENTELA_ENGINE to count here."

Answered = TypeVar("Answered")


class SessionGone(WarehouseError):
    """The server has let go of a session that was idle for long, or was started anew."""


class SparkCluster:
    """One publication as the cluster sees it. Safe to use from many threads.

    Errors: WarehouseError where the cluster is away, refuses the token, or is too old; nothing is answered otherwise.
    """

    def __init__(self, address: str, folder: Path, manifest: PublishedManifest) -> None:
        self.folder, self.manifest, self._address = folder.resolve(), manifest, address
        self._showing = threading.Lock()
        self._open()

    def _open(self) -> None:
        """Begin a session, in which no table is a view yet."""
        _reached(self._address)
        with self._showing, _told():
            rows = sum(each.rows for files in self.manifest.tables.values() for each in files)
            self._session = _session(self._address, min(2 + rows // ROWS_A_PART, MOST_PARTS))
            check_version(self._session.version)
            self._hidden = {view_name(name): files for name, files in self.manifest.tables.items()}

    def offer(self, table: str, files: Sequence[PublishedFile]) -> None:
        """A roll-up that was made just now is read from these files."""
        self._hidden[view_name(table)] = tuple(files)

    def _asked(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """A statement's rows, not read yet; the tables that it names become views when they are named first."""
        from data.cluster.spark_dialect import spark_sql

        found = spark_sql(sql, tuple(parameters))
        with _told():
            with self._showing:
                for name in sorted(found.tables & self._hidden.keys()):
                    self._show(name)
            return self._session.sql(found.text, args=dict(found.values))

    def _show(self, view: str) -> None:
        paths = [self.folder / each.path for each in self._hidden[view]]
        reading = self._session.read.schema(_schema(paths[0]))
        reading.parquet(*(f"file://{each}" for each in paths)).createOrReplaceTempView(view)
        del self._hidden[view]

    def arrays(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, np.ndarray]:
        """One array a column, masked where it has nulls, of a statement as DuckDB reads it.

        Errors: BadRequest where Spark has no exact way, WarehouseError where it is away.
        """
        found = self._again(lambda: self._read(sql, parameters))
        return {name: _array(found.column(name)) for name in found.column_names}

    def _again(self, asked: Callable[[], Answered]) -> Answered:
        """What is asked of the cluster, once more in a session of its own where the server has let go of this one."""
        try:
            return asked()
        except SessionGone:
            self._open()
            return asked()

    def _read(self, sql: str, parameters: Sequence[Any]) -> Any:
        rows = self._asked(sql, parameters)
        with _told():
            return rows.toArrow()

    def write(self, sql: str, to: str) -> tuple[PublishedFile, ...]:
        """The rows of a statement as one Parquet file below the folder, written by the cluster."""
        rows = self._asked(sql)
        with _told():
            rows.repartition(1).write.mode("overwrite").parquet(f"file://{self.folder / to}")
        return written(self.folder, to)

    @contextmanager
    def kept(self, view: str, sql: str) -> Iterator[None]:
        """In here, what a statement finds is kept on the cluster as `view`."""
        rows = self._asked(sql)
        with _told():
            rows.createOrReplaceTempView(view)
            self._session.catalog.cacheTable(view)
        try:
            yield
        finally:
            with suppress(Exception):  # it goes with the session
                self._session.catalog.uncacheTable(view)

    def itemsets(
        self, sql: str, parameters: Sequence[Any], known: Sequence[int], least: int, most: int
    ) -> list[tuple[tuple[int, ...], int]] | None:
        """The sets of known codes that stand together in at least so many baskets, and in how many they do; None for
        more than `most` sets.

        The statement gives `basket` and `code_0` a line. Li, Wang, Zhang, Zhang & Chang, PFP: Parallel FP-Growth for
        query recommendation, RecSys 2008, as in Spark's own library.
        """
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", FutureWarning
            )  # of its own part for pandas, which is not used here
            return self._again(lambda: self._itemsets(self._asked(sql, parameters), known, least, most))

    def _itemsets(
        self, rows: Any, known: Sequence[int], least: int, most: int
    ) -> list[tuple[tuple[int, ...], int]] | None:
        with _told(), _active(self._session):
            return _frequent(rows, known, least, most)

    def column(self, table: str, name: str) -> np.ndarray:
        """A column of a roll-up, in the order of its file; the cluster made it, and it is small."""
        paths = [self.folder / each.path for each in self.manifest.tables[table]]
        try:
            return pl.read_parquet(paths, columns=[name])[name].to_numpy()
        except OSError as error:
            raise WarehouseError(
                f"{table} in {self.folder} cannot be read.", published_manifest.AGAIN
            ) from error

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


def _schema(file: Path) -> str:
    """The columns of a Parquet file as Spark declares them: it need not look for itself."""
    import pyarrow.parquet

    return ", ".join(f"`{each.name}` {_type(str(each.type))}" for each in pyarrow.parquet.read_schema(file))


def _type(kind: str) -> str:
    """Spark's name of a type of Arrow."""
    if kind.startswith("decimal"):
        return f"DECIMAL{kind[kind.index('(') :]}"
    return "TIMESTAMP_NTZ" if kind.startswith("timestamp") else TYPES[kind]


def _reached(address: str) -> None:
    """See that somebody listens there: the client itself would try for ten minutes. Errors: WarehouseError."""
    host, _, port = address.removeprefix("sc://").partition("/")[0].rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS).close()
    except OSError as error:
        raise WarehouseError(AWAY, START_IT) from error


def _session(address: str, parts: int) -> Any:
    """A session of its own, whose shuffles have so many parts. Errors: WarehouseError without its packages."""
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
        "spark.sql.shuffle.partitions": str(parts),
    }
    for name, value in settings.items():
        found.conf.set(name, value)
    return found


def _frequent(
    rows: Any, known: Sequence[int], least: int, most: int
) -> list[tuple[tuple[int, ...], int]] | None:
    """As `SparkCluster.itemsets`, of rows of `basket` and `code_0`."""
    from pyspark.ml.fpm import FPGrowth
    from pyspark.sql import functions

    kept = rows.where(functions.col("code_0").isin(*known)).groupBy("basket")
    baskets = kept.agg(functions.collect_set("code_0").alias("items"))
    number = baskets.count()
    if not number:
        return []
    share = min((least - 0.5) / number, 1.0)  # which the library makes a count again, rounding up
    found = FPGrowth(itemsCol="items", minSupport=share, minConfidence=1.0).fit(baskets).freqItemsets
    told = found.limit(most + 1).toArrow()
    if len(told) > most:
        return None
    return [(tuple(each["items"]), each["freq"]) for each in told.to_pylist()]


@contextmanager
def _active(session: Any) -> Iterator[None]:
    """In here, Spark's library of models, which asks the thread for its session, is given this one."""
    from pyspark.sql.connect.session import SparkSession

    of_thread = SparkSession._active_session
    before = getattr(of_thread, "session", None)
    of_thread.session = session
    try:
        yield
    finally:
        of_thread.session = before


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
        if "INVALID_HANDLE.SESSION" in said:
            raise SessionGone("The cluster has ended the session.", "Ask again.") from error
        if isinstance(error, FileNotFoundError) or any(each in said for each in NO_FILES):
            raise WarehouseError(
                "The cluster does not find the files of the publication.",
                f"The folder must be one and the same on every machine. {published_manifest.AGAIN}",
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
