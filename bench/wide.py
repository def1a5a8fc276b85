"""The wide fact: every line with the codes of all its levels, sorted by day, in a file of its own, made once."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench import periods
from bench.members import HOME, code

MEMORY = "3GB"
TIME = tuple(level for level in periods.LEVELS if level != "day")
TYPES = ((0, 255, "UTINYINT"), (0, 65_535, "USMALLINT"))


def wide(firm: Path) -> Path:
    """The wide fact of a firm, beside it; made if it is not there."""
    path = firm.with_name(firm.name.replace("firm-", "wide-", 1))
    if path.exists():
        return path
    print(f"Making the wide fact {path.name}, once ...", flush=True)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    connection = duckdb.connect(str(draft), config={"memory_limit": MEMORY})
    try:
        connection.execute(f"ATTACH '{quoted(firm)}' AS firm (READ_ONLY)")
        _make(connection)
    finally:
        connection.close()
    draft.replace(path)
    return path


def quoted(path: Path) -> str:
    """A path as ATTACH takes it."""
    return str(path.resolve()).replace("'", "''")


def _make(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE member AS SELECT level, code, id FROM firm.member ORDER BY level, code")
    select = f"SELECT {', '.join(_columns(connection))} FROM firm.sale AS sale {_joins()}"
    connection.execute(f"CREATE TABLE wide AS {select} LIMIT 0")
    months = "SELECT min(day_key), max(day_key) FROM firm.time GROUP BY month_code ORDER BY 1"
    for first, last in connection.execute(months).fetchall():
        connection.execute(
            f"INSERT INTO wide {select} WHERE sale.day_key BETWEEN {first} AND {last} ORDER BY sale.day_key"
        )
    lines = "SELECT (SELECT count(*) FROM wide), (SELECT count(*) FROM firm.sale)"
    ours, theirs = connection.execute(lines).fetchall()[0]
    if ours != theirs:
        raise RuntimeError(f"the wide fact has {ours:,} lines, the star {theirs:,}")
    connection.execute("CHECKPOINT")


def _columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Codes as small as they fit, the keys that are counted, amounts in cents, marks."""
    homes = [(level, "time") for level in TIME] + [(level, home.name) for level, home in HOME.items()]
    codes = [f"{table}.{code(level)}::{_type(connection, level)} AS {code(level)}" for level, table in homes]
    cents = [f"{_exactly(name, 2, 'BIGINT')} AS {name}" for name in ("revenue", "cost")]
    amounts = [f"{_exactly('units', 0, 'INTEGER')} AS units", *cents]
    return [
        "sale.day_key AS day_code", *codes, "sale.order_key", *amounts, "sale.is_return", "sale.is_order"
    ]  # fmt: skip


def _exactly(column: str, digits: int, kind: str) -> str:
    """An amount as a whole number, or an end where it is none."""
    scaled = f"sale.{column} * {10**digits}"
    return f"CASE WHEN round({scaled}) = {scaled} THEN ({scaled})::{kind} ELSE error('{column} is not whole') END"


def _type(connection: duckdb.DuckDBPyConnection, level: str) -> str:
    bounds = "SELECT min(code), max(code) FROM firm.member WHERE level = ?"
    low, high = connection.execute(bounds, [level]).fetchall()[0]
    if low is None:
        return "UTINYINT"
    return next((name for least, most, name in TYPES if least <= low and high <= most), "INTEGER")


def _joins() -> str:
    tables = dict.fromkeys(home.name for home in HOME.values())
    joined = [f"JOIN firm.{table} AS {table} USING ({table}_key)" for table in tables]
    return " ".join(["JOIN firm.time AS time USING (day_key)", *joined])
