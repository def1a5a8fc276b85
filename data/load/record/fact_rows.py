"""The rows of a fact: which of a delivery's are new, and what they take the place of.

Where a mapping names a key, the rows of one key in one delivery are one record, delivered whole. A later
statement of a record (by `modified`, else by the moment of the export) takes the place of an earlier one; older
ones, and repeats of what is there, are dropped. Of two statements of one moment the one delivered later counts,
unless it is one that another file corrected before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.connection import Connection
from data.errors import BadInput
from data.history.left_empty import own_identity
from data.load.mappings.mapping import Part
from data.load.record.corrected_words import Teller, corrects, is_corrected
from data.load.record.member_keys import Keys
from data.load.record.removed_lines import RemovedLines
from data.load.typing.typed_view import as_table
from data.model.canonical_tables import CUSTOMER, FACT, RATE, FactTable
from data.temporary_tables import drop

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DeliveryChange:
    """What a delivery changes: rows of it that are dropped, those among them that are out of date, rows that it
    removes, and its own rows that only say so. `older_export` says that it is one of everything, and not the newest."""

    dropped: int = 0
    outdated: int = 0
    replaced: int = 0
    deletions: int = 0
    older_export: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """When a delivery was true, and whether anything told so: else it is the time of the load."""

    as_of: datetime
    told: bool


def target(part: Part) -> str:
    """The table that a part fills."""
    return part.kind.of_fact.name


def settle(
    connection: Connection,
    part: Part,
    typed: str,
    stream: str,
    moment: Moment,
    teller: Teller,
    keyed: str,
    removed: RemovedLines,
    siblings: Sequence[int] = (),
    restates: bool = True,
) -> DeliveryChange:
    """Drop the rows of `typed` that say nothing new, and remove from the fact what the others replace.

    `siblings` are batches with other rows of the same delivery: they stay beside these. `restates` says that what
    is there already is said anew of this moment. Makes the table `keyed` (place, record_key, content_hash) where
    the part has a key. Errors: BadInput where the rows that are there were told apart by another key.
    """
    if part.key:
        _keyed(connection, part, typed, stream, moment.as_of, keyed)
    if part.changes == "full":
        return _instead_of_all(connection, part, typed, stream, moment.as_of, keyed, removed)
    if not part.key:
        return DeliveryChange()
    _same_key(connection, part, stream)
    beside = _beside(part, siblings)
    _verdicts(connection, target(part), stream, moment, teller, beside, keyed)
    return _carry_out(connection, target(part), typed, stream, teller, beside, restates, keyed, removed)


def _beside(part: Part, siblings: Sequence[int]) -> str:
    """SQL for rows of the same delivery, which no later one said again."""
    if not siblings:
        return "false"
    as_said = "" if "modified" in part.filled else " AND modified_at IS NULL"
    return f"(batch IN ({', '.join(str(int(each)) for each in siblings)}){as_said})"


LOADED = {**FACT, RATE.name: RATE}
# Rows lie by month, then by customer: a scan for few customers skips most.
MONTH = "date_trunc('month', f_date)"
DAY = "(f_date - DATE '1970-01-01')::INTEGER"
# What a full export of a moment says nothing of: an increment of that moment is the later (it says when rows changed).
LATER = """(batch IN (SELECT batch FROM batch WHERE as_of > $as_of::TIMESTAMP)
    OR (modified_at IS NOT NULL AND batch NOT IN (SELECT batch FROM export WHERE stream = $stream)
        AND (modified_at > $as_of::TIMESTAMP OR batch IN (SELECT batch FROM batch WHERE as_of = $as_of::TIMESTAMP))))"""
GONE_SINCE = """SELECT place FROM {keyed} JOIN removed ON record = record_key LEFT JOIN batch USING (batch)
    WHERE stream = $stream AND CASE WHEN own THEN removed_at >= said_at ELSE removed_at > $as_of::TIMESTAMP
        OR (as_of >= $as_of::TIMESTAMP AND removed_at <> as_of) END"""
BATCHES = """SELECT batch FROM delivery JOIN batch USING (batch) WHERE source || '/' || part = $stream"""


def _instead_of_all(
    connection: Connection,
    part: Part,
    typed: str,
    stream: str,
    as_of: datetime,
    keyed: str,
    removed: RemovedLines,
) -> DeliveryChange:
    """A full export takes the place of all that its stream delivered; an older one than the newest says nothing.

    Records of later deliveries stay: what the export says of these is older.
    """
    told = {"stream": stream, "as_of": as_of}
    newer = connection.execute(
        "SELECT count(*) FROM export WHERE stream = $stream AND as_of > $as_of::TIMESTAMP", told
    ).fetchall()[0][0]
    if newer:
        dropped = connection.execute(f"SELECT count(*) FROM {typed}").fetchall()[0][0]
        as_table(connection, typed)
        connection.execute(f"DELETE FROM {typed}")
        return DeliveryChange(dropped=dropped, outdated=dropped, older_export=True)
    fact, of_stream, dropped = target(part), f"batch IN ({BATCHES})", 0
    values: Values = {"stream": stream}
    if part.key and kept_key(connection, stream) == " ".join(part.key):
        known = f"""FROM {typed} WHERE place IN (SELECT place FROM {keyed} WHERE record_key IN (
            SELECT record_key FROM {fact} WHERE record_key IS NOT NULL AND {of_stream} AND {LATER})
            UNION ALL {GONE_SINCE.format(keyed=keyed)})"""
        dropped = connection.execute(f"SELECT count(*) {known}", told).fetchall()[0][0]
        if dropped:
            as_table(connection, typed)
            connection.execute(f"DELETE {known}", told)
        of_stream, values = f"{of_stream} AND NOT (record_key IS NOT NULL AND {LATER})", told
    _remember_key(connection, part, stream)
    replaced = _take_out(connection, fact, of_stream, values, removed)
    return DeliveryChange(dropped=dropped, outdated=dropped, replaced=replaced)


def _same_key(connection: Connection, part: Part, stream: str) -> None:
    """Errors: BadInput where rows of the stream bear another key, or none, and cannot be given this one."""
    fact, told = target(part), {"stream": stream}
    there = connection.execute(
        f"SELECT count(*), count(record_key) FROM {fact} WHERE batch IN ({BATCHES})", told
    ).fetchall()[0]
    if not there[0] or (there[0] == there[1] and kept_key(connection, stream) == " ".join(part.key)):
        _remember_key(connection, part, stream)
        return
    orders = part.kind.of_fact.orders
    if not orders or part.key != (part.kind.record,):
        raise BadInput(
            f"[{part.subject}] was loaded without this key until now: its {there[0]:,} rows do not bear it.",
            'Load everything once with changes = "full" and this key, which takes their place; then go on.',
        )
    connection.execute(
        f"""UPDATE {fact} SET record_key = hash($stream, number), content_hash = 0 FROM {orders} AS o
        WHERE o.order_key = {fact}.order_key AND o.number <> '' AND batch IN ({BATCHES})""",
        told,
    )
    _remember_key(connection, part, stream)


def kept_key(connection: Connection, stream: str) -> str:
    """The fields by which the records of a stream are told apart, parted by blanks; "" where they are not."""
    kept = connection.execute("SELECT value FROM setting WHERE name = ?", [f"key:{stream}"]).fetchall()
    return kept[0][0] if kept else ""


def _remember_key(connection: Connection, part: Part, stream: str) -> None:
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [f"key:{stream}", " ".join(part.key)])


def _keyed(connection: Connection, part: Part, typed: str, stream: str, as_of: datetime, into: str) -> None:
    at = "coalesce(f_modified, $as_of::TIMESTAMP)" if "modified" in part.filled else "$as_of::TIMESTAMP"
    own = "f_modified IS NOT NULL" if "modified" in part.filled else "false"
    deleted = "coalesce(f_deleted, false)" if "deleted" in part.filled else "false"
    names = [name for (name, *_) in connection.execute(f"DESCRIBE {typed}").fetchall()]
    said = ", ".join(f"{name}" for name in names if name[:2] in ("f_", "a_") and name != "f_modified")
    key = ", ".join(f"f_{name}" for name in part.key)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {into} AS
        SELECT place, hash($stream, {key}) AS record_key, hash({said}) AS content_hash, {at} AS said_at,
            {own} AS own, {deleted} AS deleted
        FROM {typed}""",
        {"stream": stream, "as_of": as_of},
    )


def _verdicts(
    connection: Connection,
    fact: str,
    stream: str,
    moment: Moment,
    teller: Teller,
    beside: str,
    keyed: str,
) -> None:
    """`verdict`: of each record of this delivery whether it is new, newer, the same, older, or deleted.

    What a row says of its own last change (`own`) goes before the moment of a delivery. Only where a full export, which
    says nothing of changes, was made between a change and the delivery that tells of it, or at the moment of that
    delivery, the later delivery counts: the change was not yet to be seen by the export.
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE verdict AS
        WITH latest AS (
            SELECT record_key, max(said_at) AS said_at FROM {keyed} GROUP BY record_key
        ), delivered AS (
            SELECT record_key, said_at, sum(content_hash::HUGEINT) AS content, count(*) AS n,
                bool_or(deleted) AS deleted, bool_and(own) AS own
            FROM {keyed} JOIN latest USING (record_key, said_at) GROUP BY ALL
        ), there AS (
            SELECT record_key, max(coalesce(modified_at, as_of)) AS said_at, sum(content_hash::HUGEINT) AS content,
                count(*) AS n, bool_and(modified_at IS NULL) AND max(as_of) <= $as_of::TIMESTAMP AS exported_before
            FROM {fact} JOIN batch USING (batch) WHERE record_key IN (SELECT record_key FROM latest) AND NOT {beside}
            GROUP BY ALL
        ), gone AS (
            SELECT record_key, max(removed_at) AS removed_at FROM removed JOIN delivered ON record = record_key
            WHERE stream = $stream AND (removed_at <> said_at OR deleted OR NOT {teller.is_own("removed.batch")})
            GROUP BY ALL
        ), met AS (
            SELECT d.*, t.said_at AS was_at, t.content AS was, t.n AS were, removed_at,
                d.said_at >= t.said_at OR ($told AND own AND exported_before) AS later,
                {is_corrected(teller, "d.record_key", "d.said_at", "hash(d.content)")} AS corrected
            FROM delivered AS d LEFT JOIN there AS t USING (record_key) LEFT JOIN gone USING (record_key)
        )
        SELECT record_key, said_at, content, was_at, was, CASE
            WHEN removed_at >= said_at THEN 'older'
            WHEN deleted AND (was_at IS NULL OR later) THEN 'deleted'
            WHEN was_at IS NULL AND corrected THEN 'older'
            WHEN was_at IS NULL THEN 'new'
            WHEN NOT later THEN 'older'
            WHEN content = was AND n = were THEN 'same'
            WHEN said_at = was_at AND corrected THEN 'older'
            ELSE 'newer' END AS verdict
        FROM met""",
        {"stream": stream, "as_of": moment.as_of, "told": moment.told},
    )


def _carry_out(
    connection: Connection,
    fact: str,
    typed: str,
    stream: str,
    teller: Teller,
    beside: str,
    restates: bool,
    keyed: str,
    removed: RemovedLines,
) -> DeliveryChange:
    corrected = "FROM verdict WHERE verdict = 'newer' AND said_at = was_at"
    corrects(
        connection, stream, teller, f"SELECT record_key AS record, said_at, hash(was) AS hash {corrected}"
    )
    connection.execute(
        f"""INSERT INTO removed (stream, record, removed_at, batch)
        SELECT $stream, record_key, said_at, {int(teller.batch)} FROM verdict WHERE verdict = 'deleted'""",
        {"stream": stream},
    )
    if restates:
        connection.execute(
            f"""UPDATE {fact} SET modified_at = v.said_at FROM verdict AS v
            WHERE {fact}.record_key = v.record_key AND v.verdict = 'same' AND v.said_at > v.was_at"""
        )
    replaced = _take_out(
        connection,
        fact,
        f"""record_key IN (SELECT record_key FROM verdict WHERE verdict IN ('newer', 'deleted')) AND NOT {beside}""",
        {},
        removed,
    )
    stays = f"""place IN (SELECT place FROM {keyed} JOIN verdict USING (record_key, said_at)
        WHERE verdict IN ('new', 'newer'))"""
    deletions = f"""place IN (SELECT place FROM {keyed} JOIN verdict USING (record_key, said_at)
        WHERE verdict = 'deleted') AND NOT {stays}"""
    late = connection.execute(
        f"SELECT count(*) FROM {keyed} JOIN verdict USING (record_key) WHERE verdict = 'older'"
    ).fetchall()[0][0]
    gone = connection.execute(f"SELECT count(*) FROM {typed} WHERE {deletions}").fetchall()[0][0]
    dropped = connection.execute(f"SELECT count(*) FROM {typed} WHERE NOT {stays}").fetchall()[0][0] - gone
    if dropped or gone:
        as_table(connection, typed)
        connection.execute(f"DELETE FROM {typed} WHERE NOT {stays}")
    drop(connection, "verdict")
    return DeliveryChange(dropped, late, replaced, gone)


def withdrawn(
    connection: Connection, part: Part, typed: str, stream: str, corrected: Sequence[int], into: str
) -> tuple[int, int]:
    """Of the records that stand as the batches `corrected` brought them: how many, and how many `typed` does not name.

    The table `into` (record_key) holds these. Rows that are rejected name their record all the same, and what a later
    delivery said again stays.
    """
    key = ", ".join(f"f_{name}" for name in part.key)
    as_said = "" if "modified" in part.filled else " AND modified_at IS NULL"
    listed = ", ".join(str(int(each)) for each in corrected)
    stands = f"batch IN ({listed}) AND record_key IS NOT NULL{as_said}"
    there = f"SELECT DISTINCT record_key FROM {target(part)} WHERE {stands}"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {into} AS {there} AND record_key NOT IN (
            SELECT hash($stream, {key}) FROM {typed})""",
        {"stream": stream},
    )
    counted = connection.execute(f"SELECT (SELECT count(*) FROM ({there})), (SELECT count(*) FROM {into})")
    of_all, missing = counted.fetchall()[0]
    return of_all, missing


def withdraw(
    connection: Connection, part: Part, stream: str, teller: Teller, records: str, removed: RemovedLines
) -> int:
    """Remove the records whose keys the table `records` holds, and believe their words no longer; how many rows."""
    fact = target(part)
    corrects(
        connection,
        stream,
        teller,
        f"""SELECT record_key AS record, max(coalesce(modified_at, as_of)) AS said_at,
            hash(sum(content_hash::HUGEINT)) AS hash
        FROM {fact} JOIN batch USING (batch) WHERE record_key IN (FROM {records}) GROUP BY record_key""",
    )
    return _take_out(connection, fact, f"record_key IN (FROM {records})", {}, removed)


def _take_out(
    connection: Connection, fact: str, condition: str, values: Values, removed: RemovedLines
) -> int:
    """Remove rows; remember orders of their lines, and the members that they describe, in the tables of `removed`."""
    counted = connection.execute(f"SELECT count(*) FROM {fact} WHERE {condition}", values).fetchall()[0][0]
    if LOADED[fact].orders:
        connection.execute(
            f"INSERT INTO {removed.orders} SELECT DISTINCT order_key FROM {fact} WHERE {condition}", values
        )
    if LOADED[fact].describes:
        _take_words_out(connection, LOADED[fact], condition, values, removed.members)
    if counted:
        connection.execute(f"DELETE FROM {fact} WHERE {condition}", values)
    return int(counted)


def _take_words_out(
    connection: Connection, fact: FactTable, condition: str, values: Values, into: str
) -> None:
    """Rows go with what they said; their members are put into the table `into` (dimension, identity_key)."""
    for table in fact.described:
        name = table.name
        connection.execute(
            f"""INSERT INTO {into} SELECT DISTINCT '{name}', i.identity_key
            FROM (FROM {fact.name} WHERE {condition}) AS s
            JOIN described AS d ON d.batch = s.batch AND d.dimension = '{name}'
            JOIN {name} AS v USING ({table.key})
            JOIN {name}_identity AS i ON i.{table.code} = v.{table.code}{own_identity(table, "s")}""",
            values,
        )
    connection.execute(
        f"""DELETE FROM left_empty USING (FROM {fact.name} WHERE {condition}) AS gone
        WHERE left_empty.batch = gone.batch AND left_empty.row_in_source = gone.row_in_source""",
        values,
    )


def take_out_batch(connection: Connection, part: Part, batch: int, removed: RemovedLines) -> int:
    """Remove the rows of a delivery whose place another takes."""
    if part.kind.table is not None:
        return 0
    return _take_out(connection, target(part), "batch = $batch", {"batch": batch}, removed)


def origin(part: Part, batch: int, keyed: str) -> tuple[dict[str, str], str]:
    """SQL for the columns that say where a row is from, by name, and the join that they need: the table `keyed`."""
    modified = "f_modified" if "modified" in part.filled else "NULL::TIMESTAMP"
    join = f" JOIN {keyed} AS k ON k.place = l.place" if part.key else ""
    record, content = ("k.record_key", "k.content_hash") if part.key else ("NULL::UBIGINT", "NULL::UBIGINT")
    return {
        "batch": str(int(batch)),
        "row_in_source": "l.row",
        "record_key": record,
        "content_hash": content,
        "modified_at": modified,
    }, join


def keyed_columns(fact: FactTable, keys: Mapping[str, Keys]) -> dict[str, str]:
    """SQL for the columns that point at members, by their names."""
    found = {}
    for table in fact.dimensions:
        own = keys[table.name]
        found[table.key] = own.key
        found |= {table.code: own.code} if fact.is_coded(table) else {}
        found |= {"identity_key": own.identity} if table is CUSTOMER else {}
    return found


def insert(
    connection: Connection,
    part: Part,
    fact: FactTable,
    typed: str,
    keys: Mapping[str, Keys],
    batch: int,
    keyed: str,
) -> None:
    """Insert the rows of `typed` that stayed, in order of days, or in each month of customers where it has any."""
    number = "f_number" if "number" in part.filled else "NULL"
    own = {column.name: _value(part, column.name, column.sql_type) for column in fact.columns}
    from_where, join = origin(part, batch, keyed)
    columns = {"day_key": DAY, **keyed_columns(fact, keys), "number": number, **own, **from_where}
    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    joins = "".join(each.join for each in keys.values())
    order = f"{MONTH}, {CUSTOMER.key}, day_key" if CUSTOMER in fact.dimensions else "day_key"
    connection.execute(
        f"INSERT INTO {fact.name} BY NAME SELECT {listed} FROM {typed} AS l{joins}{join} ORDER BY {order}, l.row"
    )


def _value(part: Part, name: str, kind: str) -> str:
    if name in part.filled or name in part.dated:
        return f"f_{name}::{kind}"
    if name == part.kind.numbers and "number" in part.filled:
        return f"f_number::{kind}"
    if name == "kind" and part.kind.kind:
        return f"'{part.kind.kind}'"  # a declaration, see data.model.canonical_tables
    return f"NULL::{kind}"
