"""Reads the lines that a publication touched once, in chunks of whole months, and gives them to every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from cubes.aggregates.aggregate import Refresh
from cubes.aggregates.line_chunk import LineChunk, LineReader
from cubes.aggregates.publication_work import Change, Month, TouchedSpan, Work
from cubes.model import Cube
from data.connection import Connection

CHUNK_LINES = 3_000_000
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Coming:
    """A chunk and what each kind makes of it, while another thread works on them."""

    span: TouchedSpan
    chunk: Future[LineChunk]
    prepared: list[Future[Any]]


class CubeRefresh:
    """One cube's aggregates being brought up to date in the writer's transaction.

    Lines of batches after `through_batch` are those added since the last publication.
    """

    def __init__(
        self, connection: Connection, cube: Cube, refreshes: Sequence[Refresh], through_batch: int
    ) -> None:
        self.connection, self.cube, self.through_batch = connection, cube, through_batch
        self.refreshes = refreshes
        levels = frozenset().union(*(each.levels for each in refreshes))
        columns = {name: sql for each in refreshes for name, sql in each.columns.items()}
        self.reader = LineReader(connection, cube, levels, columns)

    def run(self, work: Work, progress: Progress) -> None:
        """Follow the work to its end. Raises WarehouseError."""
        for each in self.refreshes:
            each.begin(self.reader, work)
        spans = list(self._spans(work))
        for at, coming in enumerate(self._read(spans)):
            progress(at / len(spans), f"{self.cube.label}: piece {at + 1} of {len(spans)}")
            chunk = coming.chunk.result()
            for each, prepared in zip(self.refreshes, coming.prepared, strict=True):
                each.add(chunk, coming.span, prepared.result())
        for each in reversed(self.refreshes):  # the sets that were gathered fill the memory
            each.finish(work)

    def _spans(self, work: Work) -> Iterator[TouchedSpan]:
        """Months in a row, as many as have about CHUNK_LINES lines."""
        for change in Change:
            months = work.months(change)
            lines = self._lines(months, change)
            together: list[Month] = []
            for month in months:
                if together and sum(lines.get(each.code, 0) for each in (*together, month)) > CHUNK_LINES:
                    yield TouchedSpan(tuple(together), change)
                    together = []
                together.append(month)
            if together:
                yield TouchedSpan(tuple(together), change)

    def _lines(self, months: Sequence[Month], change: Change) -> dict[int, int]:
        """How many lines each month brings."""
        if not months:
            return {}
        rows = self.connection.execute(
            f"SELECT month_code, sum(n) FROM time JOIN (SELECT day_key, count(*) AS n FROM {self.cube.fact}"
            f" WHERE {self._those(months, change)} GROUP BY day_key) USING (day_key) GROUP BY month_code"
        ).fetchall()
        return dict(rows)

    def _those(self, months: Sequence[Month], change: Change) -> str:
        """SQL for the lines of some months."""
        fact = self.cube.fact
        runs: list[list[int]] = []
        for month in months:
            if runs and runs[-1][1] + 1 == month.first:
                runs[-1][1] = month.last
            else:
                runs.append([month.first, month.last])
        days = " OR ".join(f"{fact}.day_key BETWEEN {first} AND {last}" for first, last in runs)
        added = f" AND {fact}.batch > {self.through_batch}" if change is Change.ADDED else ""
        return f"({days}){added}"

    def _read(self, spans: Sequence[TouchedSpan]) -> Iterator[Coming]:
        """Each chunk while the next is worked on: arrays are made while the engine adds up others."""
        with ThreadPoolExecutor(1) as worker:
            before: Coming | None = None
            for span in spans:
                read = self.reader.read(self._those(span.months, span.change))
                chunk = worker.submit(self.reader.chunk, read)
                prepared = [worker.submit(_prepared, each, chunk, span) for each in self.refreshes]
                if before:
                    yield before
                before = Coming(span, chunk, prepared)
            if before:
                yield before


def _prepared(refresh: Refresh, chunk: Future[LineChunk], span: TouchedSpan) -> Any:
    return refresh.prepared(chunk.result(), span)
