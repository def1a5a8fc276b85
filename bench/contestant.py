"""Who answers: Clientela's engine, plain SQL on the same file, and pandas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

import duckdb
import pandas as pd
import polars as pl

from bench import dataframe
from bench.question import Cells, Question, cells
from cubes.answer import ask
from data.warehouse import Warehouse


class Contestant(Protocol):
    """Answers a question in its own way; the answer is turned into cells apart, since that is not timed."""

    name: str

    def answer(self, question: Question) -> Any: ...
    def cells(self, question: Question, answer: Any) -> Cells: ...


class Clientela:
    """The cube engine as the dashboard asks it, without the dashboard's cache of answers."""

    name = "clientela"

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    def answer(self, question: Question) -> pl.DataFrame:
        return ask(self.warehouse, question.query).frame

    def cells(self, question: Question, answer: pl.DataFrame) -> Cells:
        by = question.query.by
        top = (1 << len(by)) >> 1
        rows = (
            (
                *(_own_name(row[f"{level}.id"], row["grouping"] & top >> at) for at, level in enumerate(by)),
                *(value for name, value in row.items() if name not in _labels(by)),
            )
            for row in answer.iter_rows(named=True)
        )
        return cells(by, rows)


def _labels(by: Sequence[str]) -> set[str]:
    return {*by, *(f"{level}.id" for level in by), "grouping"}


def _own_name(identity: str | None, rolled_up: int) -> str | None:
    """A member's last step on its path, which is what a rival calls it."""
    if identity is None:
        return None if rolled_up else "Others"
    return unquote(identity.rpartition("/")[2])


class PlainSql:
    """DuckDB on the same file with the same threads and memory, else as it comes."""

    name = "plain SQL"

    def __init__(self, warehouse: Warehouse) -> None:
        self._connection = duckdb.connect(":memory:")
        for setting in ("threads", "memory_limit"):
            same = warehouse.rows(f"SELECT current_setting('{setting}')")[0][0]
            self._connection.execute(f"SET {setting} = '{same}'")
        self._connection.execute(f"ATTACH '{_quoted(warehouse.path)}' AS warehouse (READ_ONLY)")
        self._connection.execute("USE warehouse")

    def answer(self, question: Question) -> pl.DataFrame:
        frame: pl.DataFrame = self._connection.sql(question.sql).pl()
        return frame

    def cells(self, question: Question, answer: pl.DataFrame) -> Cells:
        return cells(question.query.by, answer.iter_rows())

    def close(self) -> None:
        self._connection.close()


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")


class Pandas:
    """Frames in memory; what it takes to get them there is told apart."""

    name = "pandas"

    def __init__(self, lines: pd.DataFrame) -> None:
        self.lines = lines

    def answer(self, question: Question) -> Sequence[pd.DataFrame]:
        return question.frames(self.lines)

    def cells(self, question: Question, answer: Sequence[pd.DataFrame]) -> Cells:
        return cells(question.query.by, dataframe.rows(question.query.by, answer))
