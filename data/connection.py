"""What the warehouse's code may ask of a connection, so that nobody beyond the engine needs to know whose it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import polars as pl
import pyarrow as pa

Row = tuple[Any, ...]
# SQL and its values in, rows out: of a connection or of a snapshot.
Rows = Callable[[str, list[Any]], list[Row]]


class PendingRows(Protocol):
    """Rows that are asked for when they are read."""

    def pl(self) -> pl.DataFrame: ...

    def to_arrow_table(self) -> pa.Table: ...


class Connection(Protocol):
    """SQL in, rows, arrays or a frame out; what is executed one after another stands in one transaction."""

    def execute(self, query: str, parameters: object = ..., /) -> Connection: ...

    def executemany(self, query: str, parameters: Sequence[Sequence[Any]] = ..., /) -> Connection: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[tuple[Any, ...]]: ...

    def fetchnumpy(self) -> dict[str, Any]: ...

    def sql(self, query: str, /, *, params: object = ...) -> PendingRows: ...

    def close(self) -> None: ...

    def __enter__(self) -> Connection: ...

    def __exit__(self, *error: object) -> None: ...

    def register(self, name: str, rows: object, /) -> Connection: ...

    def unregister(self, name: str, /) -> Connection: ...
