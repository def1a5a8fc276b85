"""Rows of facts that people said: each statement has its own, told by its number, brought with a publication, once.

Whatever is there already stays, what was taken back goes, what came is added: doing it twice is doing it once, and it
stands or falls with the publication. A row stays as it is where its statement was erased with whom it was about, or
was lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from data.connection import Connection
from data.history.version_exchange import spans
from data.load.record import batch_ledger
from data.model.calendar import day_key
from data.model.canonical_tables import CHANNEL, CUSTOMER, DIMENSION, FACT, DimensionTable, FactColumn
from data.operational.statement_kinds import SourceNumber
from data.operational.statement_log import Statement
from data.service.firm_moments import ZONE, place_of, zone_of
from data.store.publication import OF_SERVICE
from data.temporary_tables import owned

SOURCE = "clientela"
PUT = "said_row"
OWN_BATCHES = f"batch IN (SELECT batch FROM batch WHERE origin = '{OF_SERVICE}')"
KNOWN = """SELECT numbering, id, identity_key, customer_code FROM customer_identity
JOIN (SELECT unnest(?::VARCHAR[]) AS numbering, unnest(?::VARCHAR[]) AS id) USING (numbering, id)"""
CALLED = """SELECT {table.code}, id FROM {table.name} JOIN (SELECT unnest(?::VARCHAR[]) AS id) USING (id)
WHERE {table.code} > 0 ORDER BY {table.code} DESC"""
CHANNELS = "SELECT channel_code, lower(id), lower(name) FROM channel WHERE channel_code > 0 ORDER BY channel_code DESC"
Codes = Mapping[str, Mapping[str, int]]  # of members by how they are called, by dimension
# What holds nothing in any row has no type by itself.
EMPTY_TYPES: dict[str, Any] = {"date": pl.Date, "number": pl.Float64, "units": pl.Float64, "money": pl.Decimal(18, 4),
                               "boolean": pl.Boolean, "second": pl.Int64}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SaidRow:
    """A row of a fact as people said it: `number` tells it again, `nth` is its place in the store; `at` is UTC.

    `channel` is a name or id; `members` are others that it points at, their ids by dimension; `texts` the columns.
    """

    number: str
    nth: int
    customer: SourceNumber | None
    at: datetime
    channel: str = ""
    texts: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)

    @property
    def print(self) -> int:
        """What differs where anything of it does."""
        told: list[Any] = [self.customer, self.at.isoformat(), self.channel, sorted(self.texts.items())]
        told += [sorted(self.members.items())] if self.members else []
        text = json.dumps(told, default=str, ensure_ascii=False)
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())

    def calls(self, table: DimensionTable) -> str:
        """How it calls its member of a dimension, empty where it names none."""
        return self.channel.casefold() if table == CHANNEL else self.members.get(table.name, "")


def holding(told: Sequence[Statement]) -> tuple[list[Statement], set[str]]:
    """The statements that hold and still say whom they are about, and the ids of those that were taken back."""
    gone = {each.takes_back for each in told if each.takes_back}
    said = (each for each in told if each.takes_back is None and each.id not in gone)
    return [each for each in said if each.erased_at is None or each.told.get("customer")], gone


def customer_said(statement: Statement) -> SourceNumber | None:
    """Whom a statement is about; None of nobody, and of who was erased."""
    told = statement.told.get("customer")
    return SourceNumber(*told[CUSTOMER.name]) if told else None


def bring(connection: Connection, wanted: Mapping[str, tuple[Sequence[SaidRow], set[str]]]) -> int:
    """Make the rows of facts (those wanted, and the numbers of those that are gone) what was said; how many wait for
    customers whom the snapshot does not know."""
    zone = zone_of(connection.execute(ZONE).fetchall())
    every = [row for rows, _ in wanted.values() for row in rows]
    known = _known(connection, {each.customer for each in every if each.customer})
    codes = _codes(connection, every)
    fresh: dict[str, list[SaidRow]] = {}
    for fact, (rows, gone) in wanted.items():
        here = [each for each in rows if each.customer is None or each.customer in known]
        prints = {each.number: each.print for each in here}
        held = dict(
            connection.execute(f"SELECT number, content_hash FROM {fact} WHERE {OWN_BATCHES}").fetchall()
        )
        stale = {number for number, print in held.items() if prints.get(number, print) != print}
        _delete(connection, fact, (stale | gone) & held.keys())
        fresh[fact] = [each for each in here if each.number not in held or each.number in stale]
    if any(fresh.values()):
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        batch = batch_ledger.open_batch(connection, SOURCE, now, now, OF_SERVICE)
        for fact, rows in fresh.items():
            if rows:
                _insert(connection, fact, [_cells(each, fact, known, codes, zone) for each in rows], batch)
    return sum(each.customer is not None and each.customer not in known for each in every)


def _known(connection: Connection, numbers: set[SourceNumber]) -> dict[SourceNumber, tuple[int, int]]:
    """Identity and code of those customers whom the snapshot knows."""
    listed = sorted(numbers)
    columns = [[each.numbering for each in listed], [each.id for each in listed]]
    found = connection.execute(KNOWN, columns).fetchall() if listed else []
    return {SourceNumber(numbering, id): (key, code) for numbering, id, key, code in found}


def _codes(connection: Connection, rows: Iterable[SaidRow]) -> Codes:
    """Of the members that rows call: of channels by name or id in small letters, of others by id."""
    called: dict[str, set[str]] = {}
    for each in rows:
        for name, id in each.members.items():
            called.setdefault(name, set()).add(id)
    found = {name: _called(connection, DIMENSION[name], sorted(ids)) for name, ids in called.items()}
    return found | ({CHANNEL.name: _channels(connection)} if any(each.channel for each in rows) else {})


def _called(connection: Connection, table: DimensionTable, ids: Sequence[str]) -> dict[str, int]:
    found = connection.execute(CALLED.format(table=table), [ids]).fetchall()
    return {id: code for code, id in found}


def _channels(connection: Connection) -> dict[str, int]:
    found = connection.execute(CHANNELS).fetchall()
    return {name: code for code, *names in found for name in names if name}


def _delete(connection: Connection, fact: str, numbers: set[str]) -> None:
    if numbers:
        connection.execute(
            f"DELETE FROM {fact} WHERE {OWN_BATCHES} AND number IN (SELECT unnest(?::VARCHAR[]))",
            [sorted(numbers)],
        )


def _cells(
    each: SaidRow,
    fact: str,
    known: Mapping[SourceNumber, tuple[int, int]],
    codes: Codes,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """The columns of a row, of versions of its members none yet."""
    day, second = place_of(each.at, zone)
    own = {
        "number": each.number,
        "row_in_source": each.nth,
        "content_hash": each.print,
        "day_key": day_key(day),
    }
    tables, columns = FACT[fact].dimensions, {column.name for column in FACT[fact].columns}
    for table in (table for table in tables if table != CUSTOMER):
        own[table.code] = codes.get(table.name, {}).get(each.calls(table), 0)
    if CUSTOMER in tables:
        own["identity_key"], own[CUSTOMER.code] = known[each.customer] if each.customer else (0, 0)
    if "at_second" in columns:
        own["at_second"] = second
    return own | dict(each.texts)


def _insert(connection: Connection, fact: str, rows: Sequence[Mapping[str, Any]], batch: int) -> None:
    """Rows of a fact, each pointed at the versions of its members that stand for its day."""
    tables = FACT[fact].dimensions
    with owned(connection, PUT, *(name for table in tables for name in _tables_of(table))):
        frame = _typed(rows, FACT[fact].columns)
        connection.register("rows_that_were_said", frame.to_arrow(compat_level=pl.CompatLevel.newest()))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {PUT} AS FROM rows_that_were_said")
        connection.unregister("rows_that_were_said")
        for table in tables:
            whose, span = _tables_of(table)
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {whose} AS SELECT DISTINCT {table.code} AS code FROM {PUT}"
            )
            spans(connection, table, whose, span)
        keys = "".join(f", coalesce({_tables_of(each)[1]}.key, 0) AS {each.key}" for each in tables)
        joins = " ".join(_pointed(each) for each in tables)
        connection.execute(
            f"""INSERT INTO {fact} BY NAME SELECT {PUT}.*, {int(batch)} AS batch{keys}
            FROM {PUT} {joins} ORDER BY row_in_source"""
        )


def _tables_of(table: DimensionTable) -> tuple[str, str]:
    return f"said_{table.name}", f"said_{table.name}_span"


def _pointed(table: DimensionTable) -> str:
    span = _tables_of(table)[1]
    return f"""LEFT JOIN {span} ON {span}.code = {PUT}.{table.code} AND {PUT}.{table.code} > 0
    AND day_key BETWEEN {span}.first_day AND {span}.last_day"""


def _typed(rows: Sequence[Mapping[str, Any]], columns: Iterable[FactColumn]) -> pl.DataFrame:
    schema = {"content_hash": pl.UInt64}
    frame = pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None)
    empty = [each for each in columns if frame.schema.get(each.name) == pl.Null]
    return frame.with_columns(pl.col(each.name).cast(EMPTY_TYPES.get(each.kind, pl.String)) for each in empty)
