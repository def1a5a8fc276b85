"""What people wrote becomes rows of the warehouse: at the end of each write, in its transaction, once.

A snapshot holds how far it has taken the store in (`taken_in`). What was said since is taken in again whenever a write
does not come to its end, and by a snapshot that is gone back to. Rows whose members a snapshot does not know wait.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from data.connection import Connection
from data.errors import WarehouseError
from data.model.canonical_tables import CUSTOMER
from data.operational import operational_store
from data.operational.operational_store import OperationalStore, place
from data.operational.statement_kinds import WITHOUT_ROWS, Rows, SourceNumber, StatementKind, column_type
from data.operational.statement_log import Statement, held_until, history
from data.store import event_log, warehouse_id, write_moments
from data.store.warehouse import writing

Take = Callable[[Connection, StatementKind, Sequence[Statement]], int]
Ask = Callable[[str], list[tuple[Any, ...]]]
MARK = "CREATE TABLE IF NOT EXISTS taken_in (store VARCHAR NOT NULL, seq BIGINT NOT NULL, waiting INTEGER NOT NULL)"
HAS_MARK = """SELECT 1 FROM duckdb_tables()
WHERE table_name = 'taken_in' AND database_name = current_database()"""
TAKEN_IN = "SELECT store, seq, waiting FROM taken_in"
NOTHING = ("", 0, 0)
PATIENCE = 5.0
ERASED = "erased"


def take_in(connection: Connection, path: Path, kinds: Mapping[StatementKind, Take]) -> bool:
    """Bring what was written beside the warehouse at `path` into the snapshot that is on its way there.

    Each of the `kinds` is taken in by its function, which says how many of its statements wait. Returns whether there
    was anything. Errors: WarehouseError where the store cannot be read.
    """
    id = warehouse_id.read(lambda sql, values: connection.execute(sql, values).fetchall())
    if not id or not place(path).exists():
        return False
    store, mark = OperationalStore(place(path), id), watermark(lambda sql: connection.execute(sql).fetchall())
    name, last = _extent(store)
    if mark == (name, last, 0) or (mark == NOTHING and not last):
        return False
    told = history(store)
    write_moments.step("statements read")
    waiting = sum(
        take(connection, kind, [each for each in told if each.kind in (kind.name, *kind.beside)])
        for kind, take in kinds.items()
    )
    write_moments.step("statements taken in")
    connection.execute(MARK)
    connection.execute("DELETE FROM taken_in")
    connection.execute("INSERT INTO taken_in VALUES (?, ?, ?)", [name, last, waiting])
    return (mark[0], mark[1]) != (name, last) or mark[2] != waiting


def publish_now(path: Path, deed: str) -> bool:
    """Let the warehouse follow what was just written; False where the next publication must bring it."""
    patience = write_moments.WAIT_SECONDS.set(min(PATIENCE, write_moments.WAIT_SECONDS.get()))
    try:
        with writing(path, deed, needs=None):  # whoever wrote it was allowed to
            pass
    except WarehouseError as error:
        logging.getLogger(event_log.NAME).warning("%s, not published yet: %s", deed, event_log.told(error))
        return False
    finally:
        write_moments.WAIT_SECONDS.reset(patience)
    return True


def _extent(store: OperationalStore) -> tuple[str, int]:
    """Which store it is, and the place of the last statement about the warehouse that it is to have rows of."""
    with operational_store.reading(store.file) as connection:
        if connection is None:
            return "", 0
        found: tuple[str, int] = connection.execute(
            """SELECT (SELECT id FROM store), coalesce(max(seq), 0) FROM statement
            WHERE warehouse = ? AND kind NOT IN (SELECT value FROM json_each(?))""",
            [store.warehouse, json.dumps(sorted(WITHOUT_ROWS))],
        ).fetchone()
        return found


def watermark(rows: Ask) -> tuple[str, int, int]:
    """Which store a snapshot has taken in, up to which statement, and how many of them wait."""
    found = rows(TAKEN_IN) if rows(HAS_MARK) else []
    return found[0] if found else NOTHING


def taken_in_until(rows: Ask, store: OperationalStore) -> int:
    """The place of the last statement of a store that a snapshot has taken in."""
    name, seq, _ = watermark(rows)
    return seq if name == _extent(store)[0] else 0


def derive(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Make the rows of a kind what was `told` of it; how many statements wait for members that are not here.

    A row stays as it is where its statement was erased with whom it was about, or is not in the store.
    """
    rows = kind.rows or Rows(kind.name)
    make(connection, kind)
    said = [each for each in told if each.takes_back is None and _is_whole(each, kind)]
    known = _identities(connection, kind, said)
    found = [(each, values) for each in said if (values := _values(each, kind, known)) is not None]
    ended = held_until(told, kind)
    _replace(connection, kind, rows, [(each.id, each.said_at, each.said_by, ended.get(each.id), *values)
                                           for each, values in found])  # fmt: skip
    _end_erased(connection, rows, {each.id: ended.get(each.id) for each in told if each.erased_at})
    return len(said) - len(found)


def _is_whole(each: Statement, kind: StatementKind) -> bool:
    """Whether it still says whom it is about."""
    values = each.values(kind)
    return each.erased_at is None or all(
        values[field.name] is not None for field in kind.fields if field.is_member
    )


def make(connection: Connection, kind: StatementKind) -> None:
    """The table, and the column by which its rows know their statements, where an earlier release made it without."""
    rows = kind.rows or Rows(kind.name)
    own = (("statement", "VARCHAR"), (rows.said_at, "TIMESTAMP"), (rows.said_by, "VARCHAR"),
           (rows.held_until, "TIMESTAMP"))  # fmt: skip
    columns = (*own, *((field.name, column_type(field)) for field in kind.fields))
    declared = ", ".join(f"{name} {type}" for name, type in columns)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {rows.table} ({declared})")
    connection.execute(f"ALTER TABLE {rows.table} ADD COLUMN IF NOT EXISTS statement VARCHAR")


def _identities(
    connection: Connection, kind: StatementKind, said: Sequence[Statement]
) -> dict[str, dict[SourceNumber, int]]:
    """The identity of each member that these name, by dimension; of those that the snapshot knows."""
    named: dict[str, set[SourceNumber]] = {}
    for field in (field for field in kind.fields if field.is_member):
        found = {value for each in said if isinstance(value := each.values(kind)[field.name], SourceNumber)}
        named.setdefault(field.type, set()).update(found)
    return {dimension: _known(connection, dimension, sorted(numbers)) for dimension, numbers in named.items()}


def _known(
    connection: Connection, dimension: str, numbers: Sequence[SourceNumber]
) -> dict[SourceNumber, int]:
    found = connection.execute(
        f"""SELECT numbering, id, identity_key FROM {dimension}_identity
        JOIN (SELECT unnest(?::VARCHAR[]) AS numbering, unnest(?::VARCHAR[]) AS id) USING (numbering, id)""",
        [[each.numbering for each in numbers], [each.id for each in numbers]],
    ).fetchall()
    return {SourceNumber(numbering, id): key for numbering, id, key in found}


def _values(
    each: Statement, kind: StatementKind, known: Mapping[str, Mapping[SourceNumber, int]]
) -> tuple[Any, ...] | None:
    """What the columns of its row hold; None while a member is not known."""
    values = each.values(kind)
    row = tuple(
        known[field.type].get(value) if isinstance(value := values[field.name], SourceNumber) else value
        for field in kind.fields
    )
    told = (values[field.name] for field in kind.fields)
    return (
        None if any(told is not None and cell is None for told, cell in zip(told, row, strict=True)) else row
    )


def _replace(
    connection: Connection, kind: StatementKind, rows: Rows, found: Sequence[tuple[Any, ...]]
) -> None:
    """These rows, in the place of those of the same statements."""
    names = ("statement", rows.said_at, rows.said_by, rows.held_until, *(field.name for field in kind.fields))
    types = ("VARCHAR", "TIMESTAMP", "VARCHAR", "TIMESTAMP", *(column_type(field) for field in kind.fields))
    columns = [[row[at] for row in found] for at in range(len(names))]
    connection.execute(
        f"DELETE FROM {rows.table} WHERE statement IN (SELECT unnest(?::VARCHAR[]))", columns[:1]
    )
    values = ", ".join(f"unnest(?::{type}[])" for type in types)
    connection.execute(f"INSERT INTO {rows.table} ({', '.join(names)}) SELECT {values}", columns)


def _end_erased(connection: Connection, rows: Rows, until: Mapping[str, datetime | None]) -> None:
    for id, ended in until.items():
        connection.execute(f"UPDATE {rows.table} SET {rows.held_until} = ? WHERE statement = ?", [ended, id])


def erase(connection: Connection, kinds: Sequence[StatementKind], keys: Sequence[int], named: str) -> None:
    """Empty the free texts of rows about the customers with these identities, and those that `named` finds."""
    there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    tables = {each.rows.table: each for each in kinds if each.rows and each.rows.table in there}
    for table, kind in tables.items():
        customers = [field.name for field in kind.fields if field.type == CUSTOMER.name]
        about = " OR ".join(f"list_contains($keys, {name})" for name in customers) or "false"
        for field in (field for field in kind.fields if field.is_free_text):
            connection.execute(
                f"""UPDATE {table} SET {field.name} = '{ERASED}'
                WHERE {field.name} IS NOT NULL AND ({about} OR regexp_matches({field.name}, $named))""",
                {"named": named} | ({"keys": list(keys)} if customers else {}),
            )
