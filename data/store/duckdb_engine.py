"""DuckDB: readers that each hold one immutable snapshot, and a writer that publishes the next one.

DuckDB lets one process write a file and shuts all others out meanwhile. So nobody writes the published
file: a writer works on a copy and swaps it in with `os.replace`. Readers keep the snapshot that they opened
and see the new one when they open again. A reader attaches the file read-only to an in-memory instance of its
own, because DuckDB hands out one shared instance for every opening of the same path.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, cast

import duckdb
import numpy as np
import polars as pl

from data import environment
from data.connection import Connection
from data.errors import WarehouseError
from data.store import file_locks, private_files, question_clock, write_moments
from data.store.parsed_statements import ParsingConnection

Parameters = Sequence[Any]
LOCAL_ONLY = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
ATTEMPTS = 5
ATTEMPTS_TO_CLOSE = 100  # two seconds
MARK, MARK_AT = b"DUCK", 8
BLOCKS_AT, BLOCK = 3 * 4096, 1 << 18  # how the engine lays out its files
WORTH_SPARING = 64 << 20
WRITERS_SHARE = 0.55  # of the memory that may be taken: writers hold arrays beside the engine

EngineError = duckdb.Error
RELEASE: str = duckdb.__version__
OutOfMemory = duckdb.OutOfMemoryException
UNREADABLE = (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException)


def scratch() -> Connection:
    """An empty database in memory, to look at files with; nothing is fetched from anywhere."""
    return database(":memory:")


def database(file: str) -> Connection:
    """The database in `file`, open for writing by this process alone."""
    return cast(Connection, ParsingConnection(duckdb.connect(file, config=_granted())))


def _granted() -> dict[str, Any]:
    """What an instance may do and take."""
    threads = environment.threads()
    return {
        **LOCAL_ONLY,
        "memory_limit": environment.memory(),
        **({} if threads is None else {"threads": threads}),
    }


def version(path: Path) -> str:
    """What tells one published snapshot from the next, cheap enough to ask on every click."""
    return version_of(path.stat())


def version_of(stat: os.stat_result) -> str:
    """The same, of a file that is open."""
    return f"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"


class Reader:
    """One snapshot, read-only, safe to use from many threads. No writer takes its file over meanwhile."""

    def __init__(self, path: Path) -> None:
        self._local, self._beside = threading.local(), threading.Lock()
        for _ in range(ATTEMPTS):
            self.version = version(path)
            held = _held(path)
            self._let_go = weakref.finalize(self, os.close, held)
            spill = self._spill = _spill(path)
            self._cleared = weakref.finalize(self, private_files.remove, spill)
            self._connection = _attached(path, spill)
            if version(path) == self.version == version_of(os.fstat(held)):
                return
            self.close()  # another snapshot was published meanwhile: which one it is cannot be told
        raise WarehouseError(f"{path.name} is written to again and again.", "Try again in a moment.")

    def cursor(self) -> ParsingConnection:
        """This thread's own cursor."""
        cursor: ParsingConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self.another_cursor()
        return cursor

    def another_cursor(self) -> ParsingConnection:
        """One that is nobody's yet."""
        cursor = self._connection.cursor()
        cursor.execute("USE snapshot")
        cursor.execute("SET perfect_ht_threshold = 16")  # each connection has its own
        return cursor

    def keep_beside(self, name: str, sql: str) -> str:
        """Keep what `sql` finds, in its order, in a file of this process that goes with the reader; how it is read.

        Errors: WarehouseError where there is no room for it.
        """
        cursor = self.another_cursor()
        try:
            with self._beside, private_files.only_owner():
                cursor.execute(f"ATTACH IF NOT EXISTS {_quoted(self._spill / 'beside.duckdb')} AS beside")
            cursor.execute(f"CREATE OR REPLACE TABLE beside.main.{name} AS {sql}")
        except (OSError, duckdb.Error) as error:
            raise WarehouseError(
                f"There is no room for {name}.", "Make room beside the warehouse."
            ) from error
        return f"beside.main.{name}"

    def frame(self, sql: str, parameters: Parameters = ()) -> pl.DataFrame:
        """The answer as a polars frame."""
        with self._asking() as cursor:
            frame: pl.DataFrame = cursor.sql(sql, params=list(parameters)).pl()
        return frame

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The answer as tuples: the faster way for a few hundred rows."""
        with self._asking() as cursor:
            found: list[tuple[Any, ...]] = cursor.execute(sql, list(parameters)).fetchall()
        return found

    def arrays(self, sql: str, parameters: Parameters = ()) -> dict[str, np.ndarray]:
        """The answer as one array a column, masked where it has nulls."""
        with self._asking() as cursor:
            found: dict[str, np.ndarray] = cursor.execute(sql, list(parameters)).fetchnumpy()
        return found

    @contextmanager
    def _asking(self) -> Iterator[ParsingConnection]:
        """This thread's own cursor, for as long as one question may take."""
        cursor = self.cursor()
        with question_clock.timed(cursor.interrupt):
            yield cursor

    def close(self) -> None:
        """Let go of the snapshot, once no thread is asking it just then: until then the engine refuses."""
        for attempt in range(ATTEMPTS_TO_CLOSE):
            try:
                self._connection.close()
                break
            except duckdb.ResourceInUseException:
                if attempt == ATTEMPTS_TO_CLOSE - 1:
                    raise
                time.sleep(0.02)
        self._let_go()
        self._cleared()


class ViewReader:
    """The same snapshot through views: SQL that names a table reads the view that stands before it, if one does.

    `kept` are tables made in memory first (name, SQL, its values), which views read. Safe to use from many threads:
    each question takes a cursor that nobody uses, for the views belong to it alone.
    """

    def __init__(
        self, reader: Reader, kept: Sequence[tuple[str, str, Parameters]], views: Mapping[str, str]
    ) -> None:
        self._reader, self._views = reader, views
        self._free: SimpleQueue[ParsingConnection] = SimpleQueue()
        self._kept = [name for name, _, _ in kept]
        cursor = reader.another_cursor()
        for name, sql, values in kept:
            cursor.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}", list(values))
        self._free.put(self._behind_views(cursor))

    def _behind_views(self, cursor: ParsingConnection) -> ParsingConnection:
        for name, sql in self._views.items():
            cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")
        return cursor

    @contextmanager
    def _cursor(self) -> Iterator[ParsingConnection]:
        try:
            cursor = self._free.get_nowait()
        except Empty:
            cursor = self._behind_views(self._reader.another_cursor())
        try:
            yield cursor
        finally:
            self._free.put(cursor)

    def frame(self, sql: str, parameters: Parameters = ()) -> pl.DataFrame:
        """As `Reader.frame`."""
        with self._cursor() as cursor:
            frame: pl.DataFrame = cursor.sql(sql, params=list(parameters)).pl()
            return frame

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """As `Reader.rows`."""
        with self._cursor() as cursor:
            found: list[tuple[Any, ...]] = cursor.execute(sql, list(parameters)).fetchall()
            return found

    def arrays(self, sql: str, parameters: Parameters = ()) -> dict[str, np.ndarray]:
        """As `Reader.arrays`."""
        with self._cursor() as cursor:
            found: dict[str, np.ndarray] = cursor.execute(sql, list(parameters)).fetchnumpy()
            return found

    def close(self) -> None:
        """Let go of what was kept for the views; the snapshot stays open."""
        cursor = self._reader.another_cursor()
        for name in self._kept:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")


def _spill(path: Path) -> Path:
    """Where the engine puts what has no room in memory: beside the snapshot, gone with its reader."""
    try:
        return private_files.kept_folder(path.parent, f".{path.name}.")
    except OSError:  # where nothing may be written, questions do with memory
        return path.with_name(f"{path.name}.spill")


def _held(path: Path) -> int:
    """A descriptor of the file, held with others who read it: no writer writes over it. Errors: WarehouseError.

    The engine's own lock goes when any other opening of the file in this process is closed; this one stays.
    """
    try:
        found = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise WarehouseError(
            f"The warehouse {path} cannot be opened: {error.strerror or error}.",
            "Name another file with CLIENTELA_WAREHOUSE or --warehouse.",
        ) from error
    file_locks.share(found)
    return found


def _attached(path: Path, spill: Path) -> ParsingConnection:
    """An instance of its own with the file at `path` as `snapshot`. Errors: WarehouseError."""
    connection = instance(spill)
    try:
        connection.execute(f"ATTACH {_quoted(path)} AS snapshot (READ_ONLY)")
        connection.execute("SELECT count(*) FROM snapshot.setting").fetchall()
    except duckdb.Error as error:
        raise _refusal(path, error) from error
    connection.execute("SET preserve_insertion_order=false")
    return connection


def instance(spill: Path) -> ParsingConnection:
    """An instance of the engine that holds nothing yet; what has no room in memory goes to the folder `spill`."""
    return ParsingConnection(duckdb.connect(":memory:", config={**_granted(), "temp_directory": str(spill)}))


def _quoted(path: Path) -> str:
    """A path as ATTACH takes it, which takes no parameters."""
    return "'" + str(path).replace("'", "''") + "'"


def _refusal(path: Path, error: duckdb.Error) -> WarehouseError:
    told = str(error)
    if "set lock" in told:
        return WarehouseError(
            f"Another program has opened {path.name} for writing.", "Close it there, then try again."
        )
    if "version number" in told:  # of the file's format, which a later engine wrote
        return WarehouseError(
            f"{path.name} was made by a later release of Clientela.",
            "Update Clientela, or name another file with CLIENTELA_WAREHOUSE or --warehouse.",
        )
    if (isinstance(error, UNREADABLE) or "Corrupt" in told) and _is_marked(path):
        return damaged(path)
    return WarehouseError(
        f"{path.name} is not a warehouse of Clientela ({type(error).__name__}).",
        "Name another file with CLIENTELA_WAREHOUSE or --warehouse; this one stays as it is.",
    )


def damaged(path: Path) -> WarehouseError:
    """What is said of a file of this engine that cannot be read to the end."""
    return WarehouseError(
        f"{path.name} is damaged or cut off: not all of it can be read. Nothing was changed.",
        "Copy it anew from where it came, or name another file.",
    )


def _is_marked(path: Path) -> bool:
    """Whether the file begins as those of this engine do."""
    try:
        with path.open("rb") as file:
            return file.read(MARK_AT + len(MARK))[MARK_AT:] == MARK
    except OSError:
        return False


@contextmanager
def own_files(path: Path) -> Iterator[None]:
    """Work on the files of the warehouse at `path`. Errors: WarehouseError where the system refuses it."""
    try:
        yield
    except OSError as error:
        raise WarehouseError(
            f"The warehouse {path} cannot be written: {error.strerror or error}.",
            "Make room or give leave to write there, or name another file with"
            " CLIENTELA_WAREHOUSE or --warehouse.",
        ) from error


@contextmanager
def drafting(path: Path, base: Path, spare: Path) -> Iterator[Path]:
    """A private copy of `base`, where there is one, to work on and to publish as `path`; gone at the end.

    It takes the place of `spare` (see `let_go`), if there is one that nobody reads: then only those blocks are
    written that differ. The caller holds `only_writer`.
    """
    draft = path.with_name(f"{path.name}.draft")
    try:
        with own_files(path):
            _clear(draft)
            if base.exists() and not _written_over(spare, base, draft):
                shutil.copyfile(base, draft)
            private_files.close_up(draft)
        write_moments.step("copied")
        with _settling(draft):
            yield draft
    finally:
        with suppress(OSError):  # the next writer clears it away
            _clear(draft)


def let_go(snapshot: Path, spare: Path) -> None:
    """Nobody needs this snapshot any longer; a large one stays as `spare`, for the next writer to write over."""
    stat = snapshot.stat()
    if stat.st_size >= WORTH_SPARING and stat.st_nlink == 1:
        snapshot.replace(spare)
    else:
        snapshot.unlink()


def make_ready(spare: Path, path: Path) -> None:
    """Make `spare` equal to what is published, so that the next writer finds its copy made.

    The caller holds `only_writer`. A file beside it tells of which snapshot it is a copy, once all of it is on disk.
    """
    if path.stat().st_size < WORTH_SPARING or _is_ready(spare, path):
        return
    made = spare.with_name(f"{spare.name}.duckdb.new")
    if not _written_over(spare, path, made):
        if spare.exists():  # somebody reads it
            return
        shutil.copyfile(path, made)
    private_files.close_up(made)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(spare)
    with private_files.opened(_told(spare), "w") as note:
        note.write(_told_of(spare, path))


def _told(spare: Path) -> Path:
    return spare.with_name(f"{spare.name}.copy-of")


def _told_of(spare: Path, path: Path) -> str:
    return f"{version(spare)} {version(path)}"


def _is_ready(spare: Path, path: Path) -> bool:
    """Whether `spare` is a copy of `path`, neither touched since."""
    told = _told(spare)
    return spare.exists() and told.exists() and told.read_text() == _told_of(spare, path)


def _written_over(spare: Path, base: Path, draft: Path) -> bool:
    """Make `draft` of `spare`, equal to `base`; False, and nothing done, where there is none or somebody reads it."""
    if not spare.exists() or spare.samefile(base):
        return False
    if _is_ready(spare, base):
        spare.replace(draft)  # a copy of its own that nobody ever read
        return True
    with spare.open("r+b", buffering=0) as file, base.open("rb", buffering=0) as wanted:
        if not file_locks.take_unread(file):
            return False
        spare.replace(draft)
        write_moments.step("sparing")
        file.truncate(base.stat().st_size)
        at, size = 0, BLOCKS_AT
        new, old = bytearray(BLOCK), bytearray(BLOCK)
        while got := wanted.readinto(memoryview(new)[:size]):
            if file.readinto(memoryview(old)[:size]) != got or new != old:
                _write(file, memoryview(new)[:got], at)
                old[:] = new
            at, size = at + got, BLOCK
            file.seek(at)
    return True


def _write(file: IO[bytes], block: memoryview, at: int) -> None:
    file.seek(at)
    while block:
        block = block[file.write(block) :]


@contextmanager
def _settling(draft: Path) -> Iterator[None]:
    """Meanwhile a copy goes to the disk, so that publishing need only wait for what was written since."""
    if not draft.exists():
        yield
        return
    with draft.open("rb") as file:  # open to the end: closing it would take the engine's lock away
        thread = threading.Thread(target=_to_disk, args=(file.fileno(),), daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join()


def _to_disk(descriptor: int) -> None:
    with suppress(OSError):  # `publish` tries again, and tells
        os.fsync(descriptor)


def _clear(draft: Path) -> None:
    """Away with it, and with what a writer that was ended left of it."""
    for stale in (
        draft,
        *(draft.with_name(f"{draft.name}{end}") for end in (".wal", ".fresh", ".fresh.wal")),
    ):
        stale.unlink(missing_ok=True)
    shutil.rmtree(draft.with_name(f"{draft.name}.tmp"), ignore_errors=True)


@contextmanager
def transaction(draft: Path) -> Iterator[Connection]:
    """One transaction on the file `draft`, whole and written down at the end."""
    connection = database(str(draft))
    try:
        connection.execute(f"SET memory_limit = '{environment.memory_beside(WRITERS_SHARE)}'")
        connection.execute("BEGIN")
        yield connection
        write_moments.step("in transaction")
        connection.execute("COMMIT")
        write_moments.step("committed")
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    write_moments.step("checkpointed")


def is_empty(connection: Connection) -> bool:
    """Whether nothing was ever written to the file that is open for writing, this transaction apart.

    Asked for tables, the engine would make its own hundred views first.
    """
    size = "SELECT total_blocks FROM pragma_database_size() WHERE database_name = current_database()"
    return connection.execute(size).fetchall() == [(0,)]


def keep_row_groups(connection: Connection) -> None:
    """Let the end of this write leave row groups as they are: put together, sets of customers alone take seconds.

    For writes that only add, which leave hardly any deleted rows to be let go of. (Setting `max_vacuum_tasks`.)
    """
    connection.execute("SET max_vacuum_tasks = 0")


@contextmanager
def quickly_compressed(connection: Connection) -> Iterator[None]:
    """Texts that are appended in here are compressed in a way that takes twice the room and a third of the time of
    the one that the engine would choose: for texts of which hardly two are equal, and which are seldom read."""
    connection.execute("SET force_compression = 'zstd'")
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # a transaction that broke takes no more statements
            connection.execute("SET force_compression = 'auto'")


def write_anew(draft: Path) -> None:
    """Copy what the file `draft` holds into a fresh one in its place: freed blocks keep what was deleted."""
    fresh = draft.with_name(f"{draft.name}.fresh")
    fresh.unlink(missing_ok=True)
    connection = scratch()
    try:
        for name, file, how in (("old", draft, " (READ_ONLY)"), ("new", fresh, "")):
            connection.execute(f"ATTACH {_quoted(file)} AS {name}{how}")
        connection.execute("COPY FROM DATABASE old TO new")
        connection.execute("CHECKPOINT new")
    finally:
        connection.close()
    fresh.replace(draft)
    write_moments.step("written anew")


def publish(draft: Path, path: Path) -> None:
    """Put a finished file in the place of `path`, at once and for good; the caller holds `only_writer`."""
    with own_files(path):
        with draft.open("r+b") as file:
            os.fsync(file.fileno())
        write_moments.step("before publishing")
        os.replace(draft, path)
        write_moments.step("published")
        if hasattr(os, "O_DIRECTORY"):  # where a folder can be opened
            _folder_to_disk(path.parent)


def _folder_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def second_name(path: Path, to: Path) -> None:
    """The same file under another name as well; what lay there gives way at once."""
    if to.exists() and to.samefile(path):
        return
    waiting = to.with_name(f"{to.name}.new")
    waiting.unlink(missing_ok=True)
    try:
        os.link(path, waiting)
    except OSError:  # a disk without hard links
        shutil.copyfile(path, waiting)
    waiting.replace(to)


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Alone with `path` among all processes. Errors: WarehouseError after `WAIT_SECONDS` in vain."""
    with private_files.only_owner(), ExitStack() as held:
        with own_files(path):
            private_files.make_folder(path.parent)
            lock = file_locks.alone(path.with_name(f"{path.name}.lock"), write_moments.WAIT_SECONDS.get())
            try:
                held.enter_context(lock)
            except file_locks.Busy:
                raise WarehouseError(
                    "Another load is writing to the warehouse.", "Wait until it ends, then try again."
                ) from None
        write_moments.step("locked")
        private_files.close_up_warehouse(path)
        yield
