"""Loads of more lines into a copy of a firm, late ones and returns among them, while readers go on asking."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any
from unittest.mock import patch

import duckdb

from bench.contestant import Clientela, Star
from bench.members import Members
from bench.questions import QUESTIONS
from bench.race import checked
from bench.wide import quoted
from data.store import unfollowed
from data.store.warehouse import Warehouse, follow, writing

READERS, PAUSE_S, AFTERWARDS_S = 16, 1.0, 15.0
FIRST_BATCH, LOADS = 2, 5
KEPT = 1  # snapshots
COPIED = 1  # loads that copy the whole file
LATE_IN = 10
ASKED_AGAIN = QUESTIONS[::4]


@dataclass(frozen=True, slots=True)
class Followed:
    """How many lines came with each load, the seconds until they were published, what readers met.

    The `first` load copies the whole file (`copied_mb`); those `after` it find their copy made, which is how it goes on
    from there. `inserted_s` is the part in which the lines themselves are written; `followed_s` is how long it took
    afterwards until what follows from them was published as well, roll-ups and sets among it.
    """

    lines: int
    first: tuple[float, ...]
    after: tuple[float, ...]
    inserted_s: float
    followed_s: tuple[float, ...]
    copied_mb: float
    readers: dict[str, Any]

    @property
    def seconds(self) -> float:
        """A load's, as it goes on."""
        return median(self.after)

    def figures(self) -> dict[str, Any]:
        return {**asdict(self), "seconds": self.seconds}


def followed(firm: Path, lines: int) -> Followed:
    """Bring so many more lines, again and again; questions are held against the base before the last of them are
    followed, and afterwards.

    Raises Disagreement.
    """
    with copy_of(firm) as path:
        more, copied = path.with_suffix(".parquet"), path.stat().st_size / 1e6
        seconds, inserted, later = list[float](), list[float](), list[float]()
        with _readers(path) as met:
            for batch in range(FIRST_BATCH, FIRST_BATCH + LOADS):
                count = _more(path, more, lines, batch)
                began = perf_counter()
                with unfollowed.putting_off():
                    inserted.append(bring(path, more, batch))
                seconds.append(perf_counter() - began)
                if batch == FIRST_BATCH + LOADS - 1:
                    _check(path)
                began = perf_counter()
                follow(path)
                later.append(perf_counter() - began)
                sleep(AFTERWARDS_S)
        _check(path)
        first, after = tuple(seconds[:COPIED]), tuple(seconds[COPIED:])
        return Followed(count, first, after, median(inserted), tuple(later), copied, met)


@contextmanager
def copy_of(firm: Path) -> Iterator[Path]:
    """A copy in a folder of its own, gone at the end; of what loads replace, KEPT are kept."""
    folder = firm.with_name("following")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        with patch.dict(os.environ, CLIENTELA_KEEP=str(KEPT)):
            yield Path(shutil.copyfile(firm, folder / "firm.duckdb"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _more(path: Path, to: Path, lines: int, batch: int) -> int:
    """Write the lines to come: earlier orders again under new numbers, one in ten late, the others in the month after
    the last. Orders stay whole, for all that is changed depends on their number alone."""
    connection = duckdb.connect(":memory:", config={"memory_limit": "2GB"})
    try:
        connection.execute(f"ATTACH '{quoted(path)}' AS own (READ_ONLY)")
        every, last_day, last_order = connection.execute(
            "SELECT greatest(count(*) // ?, 1), max(day_key), max(order_key) FROM own.sale", [lines]
        ).fetchall()[0]
        connection.execute(
            f"""COPY (
                SELECT * REPLACE (
                    order_key + {last_order} AS order_key,
                    CASE WHEN order_key % {LATE_IN} = 0 THEN day_key
                        ELSE {last_day} + 1 + order_key % 30 END::INTEGER AS day_key,
                    NOT is_return AND row_number() OVER (PARTITION BY order_key ORDER BY row_in_source) = 1 AS is_order,
                    {batch} AS batch, row_number() OVER () AS row_in_source)
                FROM own.sale WHERE row_in_source % {every} = 0)
            TO '{quoted(to)}' (FORMAT parquet)"""
        )
        return int(connection.execute("SELECT count(*) FROM read_parquet(?)", [str(to)]).fetchall()[0][0])
    finally:
        connection.close()


def bring(path: Path, more: Path, batch: int) -> float:
    """Insert and publish as a load does; the seconds of the inserts."""
    with writing(path, "more lines") as connection:
        began = perf_counter()
        source = [str(more)]
        connection.execute("INSERT INTO sale BY NAME SELECT * FROM read_parquet(?) ORDER BY day_key", source)
        connection.execute(
            "INSERT INTO sales_order SELECT DISTINCT order_key, 'demo', 'M' || order_key FROM read_parquet(?)",
            source,
        )
        connection.execute(
            "INSERT INTO batch SELECT ?, 'demo', as_of + INTERVAL 1 MONTH, loaded_at + INTERVAL 1 MONTH, 'demo'"
            " FROM batch WHERE batch = ?",
            [batch, batch - 1],
        )
        return perf_counter() - began


@contextmanager
def _readers(path: Path) -> Iterator[dict[str, Any]]:
    """Readers in a process of their own while this lasts; what they met is in the figures afterwards."""
    met: dict[str, Any] = {"readers": READERS, "pause_s": PAUSE_S}
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.readers", str(path), str(READERS), str(PAUSE_S)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the readers did not start")
        yield met
        process.stdin.close()
        met.update(json.loads(process.stdout.readline()))
        process.wait(60)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.stdout.close()
        process.wait()


def _check(path: Path) -> None:
    """Some questions, of the snapshot with the new lines: ours and the base's."""
    with closing(Warehouse(path)) as warehouse:
        members = Members(warehouse)
        star = Star(warehouse, members)
        try:
            checked([Clientela(warehouse), star], ASKED_AGAIN)
        finally:
            star.close()
