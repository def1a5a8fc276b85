"""Who answers: Clientela's engine, plain SQL over the star and over the wide fact, chDB, Polars and pandas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pandas as pd
import polars as pl

from bench import dataframe, flat, lazyframe, star
from bench.clickhouse import ClickHouse
from bench.members import OTHERS, Members
from bench.plain import Plain, plain
from bench.question import Cells, Question, cells
from bench.wide import quoted
from cubes import catalogue
from cubes.ask.answer import Answer, ask
from cubes.ask.execute_plan import engine_of
from data.store.warehouse import Warehouse


class Contestant(Protocol):
    """Answers a question in its own way; what to do is prepared, and the answer turned into cells, untimed."""

    name: str

    def prepared(self, question: Question) -> Callable[[], Any]: ...
    def cells(self, question: Question, answer: Any) -> Cells: ...
    def close(self) -> None: ...


class Clientela:
    """The cube engine as the dashboard asks it, without the dashboard's cache of answers."""

    name = "ours"

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    def prepared(self, question: Question) -> Callable[[], Answer]:
        return lambda: ask(self.warehouse, question.query)

    def cells(self, question: Question, answer: Answer) -> Cells:
        by, frame = question.query.by, answer.frame
        ids = frame.select(f"{level}.id" for level in by).rows() if by else [()] * frame.height
        bits = [1 << at for at in range(len(by) - 1, -1, -1)]
        skipped = {*by, *(f"{level}.id" for level in by), "grouping"}
        values = frame.select(name for name in frame.columns if name not in skipped).rows()
        rows = (
            (*(_own(each, grouping & bit) for each, bit in zip(key, bits, strict=True)), *own)
            for key, grouping, own in zip(ids, frame["grouping"], values, strict=True)
        )
        return cells(by, rows)

    def close(self) -> None:
        """The warehouse is its owner's."""


class Unprepared(Clientela):
    """The same with nothing counted beforehand: whatever is asked is told by passes over the lines in memory."""

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__(Warehouse(warehouse.path))
        engine_of(self.warehouse, catalogue.load("sales", self.warehouse.profile)).planner.aggregates = []

    def close(self) -> None:
        """The warehouse is its own."""
        self.warehouse.close()


def _own(identity: str | None, rolled_up: int) -> str | None:
    return identity if identity is not None or rolled_up else OTHERS


def connected(file: Path, warehouse: Warehouse) -> duckdb.DuckDBPyConnection:
    """DuckDB on a file with the threads and the memory of the warehouse's own engine, else as it comes."""
    connection = duckdb.connect(":memory:")
    for setting in ("threads", "memory_limit"):
        same = warehouse.rows(f"SELECT current_setting('{setting}')")[0][0]
        connection.execute(f"SET {setting} = '{same}'")
    connection.execute(f"SET temp_directory = '{quoted(file)}.rival'")
    connection.execute(f"ATTACH '{quoted(file)}' AS own (READ_ONLY)")
    connection.execute("USE own")
    return connection


class Star:
    """Plain SQL in DuckDB over the star, on the same file with the same threads and memory."""

    name = "star"

    def __init__(self, warehouse: Warehouse, members: Members) -> None:
        self._connection = connected(warehouse.path, warehouse)
        self._members = members

    def prepared(self, question: Question) -> Callable[[], pl.DataFrame]:
        sql = question.sql or star.sql(question.query)
        return lambda: self._connection.sql(sql).pl()

    def cells(self, question: Question, answer: pl.DataFrame) -> Cells:
        return cells(question.query.by, answer.iter_rows(), self._members.id)

    def close(self) -> None:
        self._connection.close()


class OnWide:
    """What those on the wide fact share: the question in codes, answers with ids."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def plain(self, question: Question) -> Plain:
        return plain(question.query, self._members)

    def cells(self, question: Question, answer: Any) -> Cells:
        rows = answer.iter_rows() if isinstance(answer, pl.DataFrame) else answer
        return cells(question.query.by, rows)

    def close(self) -> None:
        """Frames in memory are let go of with the contestant."""


class Wide(OnWide):
    """Plain SQL in DuckDB over a wide fact of integer codes, sorted by day."""

    name = "wide"

    def __init__(self, warehouse: Warehouse, members: Members, file: Path) -> None:
        super().__init__(members)
        self._connection = connected(file, warehouse)

    def prepared(self, question: Question) -> Callable[[], pl.DataFrame]:
        sql = flat.sql(self.plain(question))
        return lambda: self._connection.sql(sql).pl()

    def close(self) -> None:
        self._connection.close()


class Chdb(OnWide):
    """The same SQL in ClickHouse, on the same wide fact."""

    name = "chDB"

    def __init__(self, members: Members, engine: ClickHouse, tables: str) -> None:
        super().__init__(members)
        self._engine, self._tables = engine, tables

    def prepared(self, question: Question) -> Callable[[], pl.DataFrame]:
        sql = flat.sql(self.plain(question), f"wide_{self._tables}", f"member_{self._tables}")
        return lambda: self._engine.frame(sql)


class Polars(OnWide):
    """The wide fact in memory as a Polars frame."""

    name = "Polars"

    def __init__(self, members: Members, lines: pl.DataFrame, member: pl.DataFrame) -> None:
        super().__init__(members)
        self._lines, self._names = lines, lazyframe.names(member, lines)

    def prepared(self, question: Question) -> Callable[[], pl.DataFrame]:
        asked = self.plain(question)
        return lambda: lazyframe.answer(self._lines, self._names, asked)


class Pandas(OnWide):
    """The wide fact in memory as a pandas frame."""

    name = "pandas"

    def __init__(self, members: Members, lines: pd.DataFrame, member: pl.DataFrame) -> None:
        super().__init__(members)
        self._lines, self._names = dataframe.prepared(lines), dataframe.names(member)

    def prepared(self, question: Question) -> Callable[[], Sequence[tuple[Any, ...]]]:
        asked = self.plain(question)
        return lambda: dataframe.answer(self._lines, self._names, asked)
