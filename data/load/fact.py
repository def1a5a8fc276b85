"""The rows of a fact: which of a delivery's are new, and what they take the place of.

Where a mapping names a key, the rows of one key in one delivery are one record, delivered whole. A later
statement of a record (by `modified`, else by the moment of the export) takes the place of an earlier one; older
ones, and repeats of what is there, are dropped. Of two statements of one moment the one delivered later counts,
unless it is one that was corrected before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data.errors import BadInput
from data.left_empty import own_identity
from data.load.mapping import Part
from data.load.members import Keys
from data.schema import OF_SALE, FactTable


@dataclass(frozen=True, slots=True)
class Change:
    """What a delivery changes: rows of it that are dropped, those among them that are out of date, rows that it
    removes, and its own rows that only say so."""

    dropped: int = 0
    outdated: int = 0
    replaced: int = 0
    deletions: int = 0


def target(part: Part) -> str:
    """The table that a part fills."""
    return part.kind.fact.name if part.kind.fact else "sale"


def settle(connection: Any, part: Part, typed: str, stream: str, as_of: Any) -> Change:
    """Drop the rows of `typed` that say nothing new, and remove from the fact what the others replace.

    Leaves `keyed` (place, record_key, content_hash) where the part has a key. Errors: BadInput where the rows
    that are there were told apart by another key.
    """
    if part.key:
        _keyed(connection, part, typed, stream, as_of)
    if part.changes == "full":
        return _instead_of_all(connection, part, typed, stream, as_of)
    if not part.key:
        return Change()
    _same_key(connection, part, stream)
    _verdicts(connection, target(part), stream)
    return _carry_out(connection, target(part), typed, stream)


# Rows lie by month, then by customer: a scan for few customers skips most.
MONTH = "date_trunc('month', f_date)"
BATCHES = """SELECT batch FROM delivery JOIN batch USING (batch) WHERE source || '/' || part = $stream"""


def _instead_of_all(connection: Any, part: Part, typed: str, stream: str, as_of: Any) -> Change:
    """A full export takes the place of all that its stream delivered; an older one than the newest says nothing."""
    told = {"stream": stream, "as_of": as_of}
    newer = connection.execute(
        "SELECT count(*) FROM export WHERE stream = $stream AND as_of > $as_of::TIMESTAMP", told
    ).fetchall()[0][0]
    if newer:
        dropped = connection.execute(f"SELECT count(*) FROM {typed}").fetchall()[0][0]
        connection.execute(f"DELETE FROM {typed}")
        return Change(dropped=dropped, outdated=dropped)
    _remember_key(connection, part, stream)
    return Change(replaced=_take_out(connection, target(part), f"batch IN ({BATCHES})", {"stream": stream}))


def _same_key(connection: Any, part: Part, stream: str) -> None:
    """Errors: BadInput where rows of the stream bear another key, or none, and cannot be given this one."""
    fact, told = target(part), {"stream": stream}
    there = connection.execute(
        f"SELECT count(*), count(record_key) FROM {fact} WHERE batch IN ({BATCHES})", told
    ).fetchall()[0]
    kept = connection.execute("SELECT value FROM setting WHERE name = ?", [f"key:{stream}"]).fetchall()
    if not there[0] or (there[0] == there[1] and kept == [(" ".join(part.key),)]):
        _remember_key(connection, part, stream)
        return
    if fact != "sale" or part.key != ("order",):
        raise BadInput(
            f"[{part.subject}] was loaded without this key until now: its {there[0]:,} rows do not bear it.",
            'Load everything once with changes = "full" and this key, which takes their place; then go on.',
        )
    connection.execute(
        f"""UPDATE sale SET record_key = hash($stream, number), content_hash = 0 FROM sales_order AS o
        WHERE o.order_key = sale.order_key AND o.number <> '' AND batch IN ({BATCHES})""",
        told,
    )
    _remember_key(connection, part, stream)


def _remember_key(connection: Any, part: Part, stream: str) -> None:
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [f"key:{stream}", " ".join(part.key)])


def _keyed(connection: Any, part: Part, typed: str, stream: str, as_of: Any) -> None:
    at = "coalesce(f_modified, $as_of::TIMESTAMP)" if "modified" in part.filled else "$as_of::TIMESTAMP"
    deleted = "coalesce(f_deleted, false)" if "deleted" in part.filled else "false"
    names = [name for (name, *_) in connection.execute(f"DESCRIBE {typed}").fetchall()]
    said = ", ".join(f"{name}" for name in names if name[:2] in ("f_", "a_") and name != "f_modified")
    key = ", ".join(f"f_{name}" for name in part.key)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE keyed AS
        SELECT place, hash($stream, {key}) AS record_key, hash({said}) AS content_hash, {at} AS said_at,
            {deleted} AS deleted
        FROM {typed}""",
        {"stream": stream, "as_of": as_of},
    )


def _verdicts(connection: Any, fact: str, stream: str) -> None:
    """`verdict`: of each record of this delivery whether it is new, newer, the same, older, or deleted."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE verdict AS
        WITH latest AS (
            SELECT record_key, max(said_at) AS said_at FROM keyed GROUP BY record_key
        ), delivered AS (
            SELECT record_key, said_at, sum(content_hash::HUGEINT) AS content, count(*) AS n,
                bool_or(deleted) AS deleted
            FROM keyed JOIN latest USING (record_key, said_at) GROUP BY ALL
        ), there AS (
            SELECT record_key, max(coalesce(modified_at, as_of)) AS said_at, sum(content_hash::HUGEINT) AS content,
                count(*) AS n
            FROM {fact} JOIN batch USING (batch) WHERE record_key IN (SELECT record_key FROM latest) GROUP BY ALL
        ), gone AS (
            SELECT record AS record_key, max(removed_at) AS removed_at FROM removed WHERE stream = $stream GROUP BY ALL
        )
        SELECT d.record_key, d.said_at, d.content, t.said_at AS was_at, t.content AS was, CASE
            WHEN removed_at >= d.said_at THEN 'older'
            WHEN d.deleted AND (t.said_at IS NULL OR d.said_at >= t.said_at) THEN 'deleted'
            WHEN t.said_at IS NULL THEN 'new'
            WHEN d.said_at < t.said_at THEN 'older'
            WHEN d.content = t.content AND d.n = t.n THEN 'same'
            WHEN d.said_at = t.said_at AND EXISTS (SELECT 1 FROM superseded AS s WHERE s.stream = $stream
                AND s.record = d.record_key AND s.said_at = d.said_at
                AND s.hash = hash(d.content)) THEN 'older'
            ELSE 'newer' END AS verdict
        FROM delivered AS d LEFT JOIN there AS t USING (record_key) LEFT JOIN gone USING (record_key)""",
        {"stream": stream},
    )


def _carry_out(connection: Any, fact: str, typed: str, stream: str) -> Change:
    told = {"stream": stream}
    connection.execute(
        """INSERT INTO superseded SELECT $stream, record_key, said_at, hash(was) FROM verdict
        WHERE verdict = 'newer' AND said_at = was_at""",
        told,
    )
    connection.execute(
        "INSERT INTO removed SELECT $stream, record_key, said_at FROM verdict WHERE verdict = 'deleted'", told
    )
    connection.execute(
        f"""UPDATE {fact} SET modified_at = v.said_at FROM verdict AS v
        WHERE {fact}.record_key = v.record_key AND v.verdict = 'same' AND v.said_at > v.was_at"""
    )
    replaced = _take_out(
        connection,
        fact,
        "record_key IN (SELECT record_key FROM verdict WHERE verdict IN ('newer', 'deleted'))",
        {},
    )
    stays = """place IN (SELECT place FROM keyed JOIN verdict USING (record_key, said_at)
        WHERE verdict IN ('new', 'newer'))"""
    deletions = f"""place IN (SELECT place FROM keyed JOIN verdict USING (record_key, said_at)
        WHERE verdict = 'deleted') AND NOT {stays}"""
    late = connection.execute(
        "SELECT count(*) FROM keyed JOIN verdict USING (record_key) WHERE verdict = 'older'"
    ).fetchall()[0][0]
    gone = connection.execute(f"SELECT count(*) FROM {typed} WHERE {deletions}").fetchall()[0][0]
    dropped = connection.execute(f"SELECT count(*) FROM {typed} WHERE NOT {stays}").fetchall()[0][0] - gone
    connection.execute(f"DELETE FROM {typed} WHERE NOT {stays}")
    return Change(dropped, late, replaced, gone)


def _take_out(connection: Any, fact: str, condition: str, values: dict[str, Any]) -> int:
    """Remove rows; of order lines, remember their orders in `touched_order` and their members in `retold`."""
    counted = connection.execute(f"SELECT count(*) FROM {fact} WHERE {condition}", values).fetchall()[0][0]
    if fact == "sale":
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS touched_order (order_key INTEGER)")
        connection.execute(
            f"INSERT INTO touched_order SELECT DISTINCT order_key FROM sale WHERE {condition}", values
        )
        _take_words_out(connection, condition, values)
    if counted:
        connection.execute(f"DELETE FROM {fact} WHERE {condition}", values)
    return int(counted)


def _take_words_out(connection: Any, condition: str, values: dict[str, Any]) -> None:
    """Lines go with what they said; their members are put into `retold` (dimension, identity_key)."""
    for table in (table for table in OF_SALE if table.leaf):
        name = table.name
        connection.execute(
            f"""INSERT INTO retold SELECT DISTINCT '{name}', i.identity_key FROM (FROM sale WHERE {condition}) AS s
            JOIN described AS d ON d.batch = s.batch AND d.dimension = '{name}'
            JOIN {name} AS v USING ({table.key})
            JOIN {name}_identity AS i ON i.{table.code} = v.{table.code}{own_identity(table, "s")}""",
            values,
        )
    connection.execute(
        f"""DELETE FROM left_empty USING (FROM sale WHERE {condition}) AS gone
        WHERE left_empty.batch = gone.batch AND left_empty.row_in_source = gone.row_in_source""",
        values,
    )


def take_out_batch(connection: Any, part: Part, batch: int) -> int:
    """Remove the rows of a delivery whose place another takes."""
    if part.kind.table is not None:
        return 0
    return _take_out(connection, target(part), "batch = $batch", {"batch": batch})


def origin(part: Part, batch: int) -> tuple[str, str]:
    """SQL for the columns that say where a row comes from, and the join that they need."""
    modified = "f_modified" if "modified" in part.filled else "NULL::TIMESTAMP"
    if part.key:
        return (
            f"{int(batch)}, l.row, k.record_key, k.content_hash, {modified}",
            " JOIN keyed AS k ON k.place = l.place",
        )
    return f"{int(batch)}, l.row, NULL::UBIGINT, NULL::UBIGINT, {modified}", ""


def insert(
    connection: Any, part: Part, fact: FactTable, typed: str, keys: dict[str, Keys], batch: int
) -> None:
    """Insert the rows of `typed` that stayed, in order of days, or in each month of customers where it has any."""
    where = "".join(f", {keys[d.name].key} AS of_{d.name}, {keys[d.name].code}" for d in fact.dimensions)
    whose = f", {keys['customer'].identity}" if "customer" in keys else ""
    own = "".join(f", {_value(part, column.name, column.sql_type)}" for column in fact.columns)
    number = "f_number" if "number" in part.filled else "NULL"
    columns, join = origin(part, batch)
    joins = "".join(each.join for each in keys.values())
    order = f"{MONTH}, of_customer, day" if "customer" in keys else "day"
    connection.execute(
        f"""INSERT INTO {fact.name}
        SELECT (f_date - DATE '1970-01-01')::INTEGER AS day{where}{whose}, {number}{own}, {columns}
        FROM {typed} AS l{joins}{join} ORDER BY {order}, l.row"""
    )


def _value(part: Part, name: str, kind: str) -> str:
    if name in part.filled:
        return f"f_{name}::{kind}"
    if name == "kind" and part.kind.kind:
        return f"'{part.kind.kind}'"  # a declaration, see data.load.fields
    return f"NULL::{kind}"
