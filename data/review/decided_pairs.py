"""Pairs of records that people decided: as the snapshot holds them, and what was said or taken back since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from data.operational import operational_store
from data.operational.statement_kinds import IDENTITY_DECISION, SourceNumber
from data.operational.statement_log import Statement, held_until, history
from data.store.warehouse import Warehouse

# Those of earlier releases are of no statement.
HELD = "(FROM decision UNION ALL BY NAME SELECT NULL::VARCHAR AS statement WHERE false)"
DECISIONS = f"""SELECT statement, d.one, d.other,
    a.numbering || ' ' || a.id AS one_number, b.numbering || ' ' || b.id AS other_number,
    verdict, decided_at, decided_by, undone_at
FROM {HELD} AS d LEFT JOIN customer_identity AS a ON a.identity_key = d.one
LEFT JOIN customer_identity AS b ON b.identity_key = d.other"""
KEYS = """SELECT numbering, id, identity_key FROM customer_identity
JOIN (SELECT unnest(?::VARCHAR[]) AS numbering, unnest(?::VARCHAR[]) AS id) USING (numbering, id)"""
COLUMNS: dict[str, Any] = {
    "statement": pl.String,
    "one": pl.Int32,
    "other": pl.Int32,
    "one_number": pl.String,
    "other_number": pl.String,
    "verdict": pl.String,
    "decided_at": pl.Datetime("us"),
    "decided_by": pl.String,
    "undone_at": pl.Datetime("us"),
}


def decisions(warehouse: Warehouse) -> pl.DataFrame:
    """What people decided, the latest first; `undone_at` is null for what holds.

    `one` and `other` are null of numbers that this snapshot does not know.
    """
    told = history(operational_store.of(warehouse), IDENTITY_DECISION)
    said = [each for each in told if each.takes_back is None and each.erased_at is None]
    anew = {each.id for each in said}
    held = [row for row in warehouse.rows(DECISIONS) if row[0] not in anew]
    rows = [*held, *_rows(warehouse, said, held_until(told, IDENTITY_DECISION))]
    found = pl.DataFrame(rows, COLUMNS, orient="row")
    return found.sort("decided_at", "one", "other", descending=[True, False, False], nulls_last=True)


def _rows(
    warehouse: Warehouse, said: Sequence[Statement], ended: dict[str, datetime]
) -> Iterator[tuple[Any, ...]]:
    keys = _keys(warehouse, [number for each in said for number in _pair(each)])
    for each in said:
        numbers = _pair(each)
        called = [f"{number.numbering} {number.id}" for number in numbers]
        yield (each.id, *map(keys.get, numbers), *called, each.told["verdict"], each.said_at, each.said_by,
               ended.get(each.id))  # fmt: skip


def _pair(statement: Statement) -> tuple[SourceNumber, ...]:
    values = statement.values(IDENTITY_DECISION)
    return tuple(each for each in values.values() if isinstance(each, SourceNumber))


def _keys(warehouse: Warehouse, numbers: Sequence[SourceNumber]) -> dict[SourceNumber, int]:
    if not numbers:
        return {}
    columns = [[each.numbering for each in numbers], [each.id for each in numbers]]
    return {SourceNumber(numbering, id): key for numbering, id, key in warehouse.rows(KEYS, columns)}
