"""Tiny facts besides order lines for tests: rows in plain words, put beside the lines of a tiny warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from data.connection import Connection
from data.model.canonical_tables import DIMENSION, FACT, UNKNOWN
from data.store.warehouse import Warehouse, writing
from tests.made_once import made_once
from tests.tiny import ALWAYS

FOLLOWING = frozenset(
    ["stage_entry", "purchase", "kept_customer", "service_request", "supply_order", "target"]
)
"""The facts that follow from others with each write, so that no test can write them."""
Row = Mapping[str, Any]
Members = dict[tuple[str, Any], tuple[int, int]]


def with_facts(path: Path, **facts: Iterable[Row]) -> Warehouse:
    """The warehouse at `path` with these rows as well, by the name of their fact.

    A row names its day, members by their ids (absent is unknown; new ones are made, as (unknown) as can be; a pair
    is a product as it was in a category), and columns of its fact.
    """
    held = {name: list(rows) for name, rows in facts.items()}
    made_once(path, held, lambda: _write(path, held))
    return Warehouse(path)


def _write(path: Path, facts: Mapping[str, Iterable[Row]]) -> None:
    with writing(path) as connection:
        known: Members = {}
        for name, rows in facts.items():
            for at, row in enumerate(rows, 1):
                _insert(connection, known, name, at, row)


def _insert(connection: Connection, known: Members, name: str, at: int, row: Row) -> None:
    fact, own = (
        FACT[name],
        {"identity_key": 0} if "customer" in {d.name for d in FACT[name].dimensions} else {},
    )
    values: dict[str, Any] = {
        "day_key": (row["day"] - date(1970, 1, 1)).days,
        "batch": 1,
        "row_in_source": at,
    }
    for dimension in fact.dimensions:
        member = dimension.name, row.get(dimension.name, UNKNOWN)
        if member not in known:
            known[member] = _member(connection, *member)
        key, code = known[member]
        values |= {dimension.key: key, dimension.code: code}
    columns = {column.name for column in fact.columns} | {"number"}
    values |= own | {column: value for column, value in row.items() if column in columns}
    assert set(row) <= {"day", *columns, *(d.name for d in fact.dimensions)}, (
        f"{row} has columns beyond {name}"
    )
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {name} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def _member(connection: Connection, dimension: str, named: str | tuple[str, str]) -> tuple[int, int]:
    """Key and code of a member's latest version, or of its latest in a category."""
    table = DIMENSION[dimension]
    identity, *category = named if isinstance(named, tuple) else (named,)
    within = " AND category = ?" if category else ""
    found = connection.execute(
        f"SELECT {table.key}, {table.code} FROM {dimension} WHERE id = ?{within} ORDER BY 1 DESC LIMIT 1",
        [identity, *category],
    ).fetchall()
    if found:
        key, code = found[0]
        return key, code
    top = connection.execute(f"SELECT max({table.key}) + 1, max({table.code}) + 1 FROM {dimension}")
    key, code = top.fetchall()[0]
    texts = [UNKNOWN] * len(table.descriptors)
    columns = ", ".join([table.key, table.code, "id", "name", "valid_from", "valid_to", *table.descriptors])
    marks = ", ".join("?" * (6 + len(texts)))
    connection.execute(
        f"INSERT INTO {dimension} ({columns}) VALUES ({marks})",
        [key, code, identity, identity, *ALWAYS, *texts],
    )
    return key, code
