"""Parquet: columns come typed; each is staged as the shortest text that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data.connection import Connection
from data.errors import BadInput
from data.sources.file import Header, Kind, Reading, check_width
from data.store import duckdb_engine as engine

NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
)
FLOATS = {"DOUBLE": 1 << 53, "FLOAT": 1 << 24}  # and up to where they tell one whole number from the next
# A few kilobytes can claim any number of equal rows.
MOST_ROWS = 1_000_000_000
FREE_ROWS, ROWS_A_BYTE = 5_000_000, 200


def read(connection: Connection, reading: Reading, table: str) -> tuple[Header, tuple[Kind, ...]]:
    """Stage a Parquet file. Errors: BadInput if it is damaged."""
    path = {"path": str(reading.path)}
    try:
        _check_rows(connection, reading)
        described = connection.execute("DESCRIBE FROM read_parquet($path)", path).fetchall()
        check_width(reading.name, len(described))
        types = [row[1] for row in described]
        aliases = ", ".join(f"p{i}" for i in range(len(types)))
        texts = ", ".join(f"{_text(f'p{i}', kind)} AS c{i}" for i, kind in enumerate(types))
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {texts} FROM read_parquet($path) AS file({aliases})"
            + reading.limit_clause,
            path,
        )
        reading.notes.extend(_lost_digits(connection, reading, described))
    except engine.OutOfMemory as error:
        raise BadInput(
            f"{reading.name} needs more memory than may be used.", "Export fewer columns or rows at a time."
        ) from error
    except engine.EngineError as error:
        raise BadInput(
            f"{reading.name} is damaged: it cannot be read to its end.", "Export it again."
        ) from error
    return tuple(row[0] for row in described), tuple(_kind(kind) for kind in types)


def _check_rows(connection: Connection, reading: Reading) -> None:
    """Errors: BadInput for more rows than a file of that size has."""
    sql = "SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata($path)"
    rows = int(connection.execute(sql, {"path": str(reading.path)}).fetchall()[0][0])
    if rows > min(MOST_ROWS, FREE_ROWS + ROWS_A_BYTE * reading.path.stat().st_size):
        raise BadInput(
            f"{reading.name} unpacks to {rows:,} rows, more than a file of its size should.",
            "Export it again, or save it as CSV.",
        )


def _lost_digits(connection: Connection, reading: Reading, described: Sequence[tuple[Any, ...]]) -> list[str]:
    """A sentence for each column of doubles whose whole numbers are longer than doubles can hold."""
    exact = {at: FLOATS[column[1]] for at, column in enumerate(described) if column[1] in FLOATS}
    if not exact:
        return []
    longer = ", ".join(
        f"max(abs(p{at})) FILTER (abs(p{at}) BETWEEN {most} AND 1e37)" for at, most in exact.items()
    )
    aliases = ", ".join(f"p{at}" for at in range(len(described)))
    found = connection.execute(
        f"SELECT {longer} FROM (FROM read_parquet($path){reading.limit_clause}) AS file({aliases})",
        {"path": str(reading.path)},
    ).fetchall()[0]
    return [
        f"{described[at][0]} of {reading.name} holds {value:.0f}, longer than its type {described[at][1]} can tell"
        " from its neighbours: export it as text."
        for at, value in zip(exact, found, strict=True)
        if value is not None
    ]


def _text(column: str, kind: str) -> str:
    if kind in FLOATS:
        # NaN is nothing, though it is equal to itself and above all numbers here.
        whole = f"{column} = trunc({column}) AND abs({column}) < 1e37"
        return (
            f"CASE WHEN {whole} THEN TRY_CAST({column} AS HUGEINT)::VARCHAR"
            f" ELSE nullif({column}::VARCHAR, 'nan') END"
        )
    if kind == "BLOB":
        return f"try(decode({column}))"
    return f"{column}::VARCHAR"


def _kind(kind: str) -> Kind:
    if kind in NUMBERS or kind in FLOATS or kind.startswith("DECIMAL"):
        return "number"
    return "date" if kind == "DATE" or kind.startswith("TIMESTAMP") else "text"
