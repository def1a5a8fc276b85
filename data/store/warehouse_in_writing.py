"""The snapshot that is on its way, as a warehouse: what is derived last of a publication asks it as pages ask one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import polars as pl

from data.connection import Connection
from data.store.warehouse import Warehouse


class WarehouseInWriting(Warehouse):
    """What a writer's connection reads, its own changes among it, within its transaction and by one thread.

    Its version is no published one, so that nothing kept of it serves anybody else; `path` is where the snapshot will
    be put up.
    """

    is_published = False

    def __init__(self, connection: Connection, path: Path) -> None:
        self.path = path
        self.snapshot = self.version = f"in-writing-{uuid4().hex}"
        self.beside: dict[Hashable, Any] = {}
        self._connection = connection

    @property
    def cluster(self) -> None:
        """What is on its way is not published to any cluster yet."""

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        return self._connection.sql(sql, params=list(parameters)).pl()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, list(parameters)).fetchall()

    def arrays(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, np.ndarray]:
        return self._connection.execute(sql, list(parameters)).fetchnumpy()

    def close(self) -> None:
        """The writer closes its connection itself."""
