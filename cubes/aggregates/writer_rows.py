"""Rows as a writer's connection reads them, asked for as a snapshot's are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data.connection import Connection
from data.model.fact_extent import Rows


def rows_of(connection: Connection) -> Rows:
    """SQL and parameters in, tuples out."""

    def rows(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return connection.execute(sql, list(parameters)).fetchall()

    return rows
