"""What the cube engine finds ready: the calendar, the codes of every level, the members' names.

All of it is derived from the loaded tables and made anew at the end of each write, in its transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from data.calendar import GRAINS, Calendar, Days
from data.schema import DIMENSIONS, FACT, FOREVER, TIME, UNKNOWN, DimensionTable

if TYPE_CHECKING:
    from data.partitions import Partitions

LONG = 1_000_000

# What stands between the steps of a path, and between members, as ids of members and links hold it.
ENCODED = (("%", "%25"), ("/", "%2F"), ("|", "%7C"))


class Connection(Protocol):
    """What a writer offers: SQL in, rows or arrays out."""

    def execute(self, query: str, parameters: object = ..., /) -> Connection: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def fetchnumpy(self) -> dict[str, Any]: ...


def rebuild(connection: Connection, days: Partitions) -> None:
    """Derive calendar, codes, members and settings from the tables as they now are; `days` tells which were touched."""
    connection.execute("CREATE OR REPLACE TEMP TABLE earlier AS SELECT level, id, code FROM member")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE recoded (dimension VARCHAR, level VARCHAR, key INTEGER NOT NULL)"
    )
    connection.execute("DELETE FROM member")
    _calendar(connection)
    for table in DIMENSIONS:
        _codes(connection, table)
    _settings(connection, days)


def _calendar(connection: Connection) -> None:
    """The days of all facts, from the first to the last, and the periods that they lie in."""
    connection.execute(TIME)
    calendar = Calendar.of(dict(connection.execute("SELECT name, value FROM setting").fetchall()))
    facts = " UNION ALL ".join(f"SELECT day_key FROM {fact}" for fact in ("sale", *FACT))
    first, last = connection.execute(f"SELECT min(day_key), max(day_key) FROM ({facts})").fetchall()[0]
    if first is None:
        return
    span = Days(first, last)
    periods = {level: calendar.periods(level, span) for level in GRAINS}
    codes = [[code for code, days in periods[level] for _ in range(len(days))] for level in GRAINS]
    named = "".join(f", {level}_code" for level in GRAINS)
    marks = ", unnest(?::INTEGER[])" * len(GRAINS)
    connection.execute(
        f"INSERT INTO time (day_key, day{named})"
        f" SELECT day_key, DATE '1970-01-01' + day_key, * EXCLUDE (day_key) FROM ("
        f"SELECT unnest(range(?, ? + 1))::INTEGER AS day_key{marks})",
        [first, last, *codes],
    )
    for level in GRAINS:
        ids = [calendar.period_id(level, code) for code, _ in periods[level]]
        connection.execute(
            f"INSERT INTO member SELECT '{level}', unnest(?::INTEGER[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
            [[code for code, _ in periods[level]], ids, ids],
        )


def _codes(connection: Connection, table: DimensionTable) -> None:
    """Number the members of each level that is no leaf: those that had a number keep it.

    Which versions of a member (keys) came to stand under other codes is noted in the temporary table `recoded`.
    """
    for level in (*table.descriptors, *_attributes(connection, table)):
        path = table.path(level)
        columns = ", ".join(path)
        identity = " || '/' || ".join(encoded(column) for column in path)
        connection.execute(f"ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS {level}_code INTEGER")
        connection.execute(
            f"""CREATE TEMP TABLE path AS SELECT {columns}, found.id, coalesce(code, (
                (SELECT coalesce(max(code), 0) FROM earlier WHERE level = '{level}')
                + row_number() OVER (PARTITION BY code IS NULL ORDER BY {columns}))::INTEGER) AS code
            FROM (SELECT DISTINCT {columns}, {identity} AS id FROM {table.name}) AS found
            LEFT JOIN (FROM earlier WHERE level = '{level}') AS earlier USING (id)"""
        )
        same = " AND ".join(f"t.{column} = path.{column}" for column in path)
        other = f"{same} AND t.{level}_code IS DISTINCT FROM path.code"
        connection.execute(
            f"INSERT INTO recoded SELECT '{table.name}', '{level}', t.{table.key}"
            f" FROM {table.name} AS t, path WHERE {other}"
        )
        connection.execute(f"UPDATE {table.name} AS t SET {level}_code = path.code FROM path WHERE {other}")
        connection.execute(f"INSERT INTO member SELECT '{level}', code, id, {level} FROM path")
        connection.execute("DROP TABLE path")
    if table.leaf:
        connection.execute(
            f"INSERT INTO member SELECT '{table.leaf}', {table.code}, any_value({encoded('id')}) AS id,"
            f" arg_max(name, {table.key}) FROM {table.name} GROUP BY {table.code} ORDER BY id"
        )


def _attributes(connection: Connection, table: DimensionTable) -> list[str]:
    found = connection.execute("SELECT name FROM attribute WHERE dimension = ? ORDER BY name", [table.name])
    return [name for (name,) in found.fetchall()]


def encoded(column: str) -> str:
    """SQL for the text of `column` with what separates path steps and members encoded."""
    for text, code in ENCODED:
        column = f"replace({column}, '{text}', '{code}')"
    return column


def decoded(column: str) -> str:
    """SQL for what `encoded` made of a text, as it was."""
    for text, code in reversed(ENCODED):
        column = f"replace({column}, '{code}', '{text}')"
    return column


def _settings(connection: Connection, days: Partitions) -> None:
    """Whether an order has one day, customer and channel, so that `is_order` may be summed along them.

    Where all orders had, and the fact is long, only those with lines on days that were touched are looked at again.
    """
    some = ""
    before = connection.execute("SELECT value FROM setting WHERE name = 'orders_are_whole'").fetchall()
    lines = connection.execute("SELECT count(*) FROM sale").fetchall()[0][0]
    if before == [("yes",)] and lines >= LONG:
        touched = days.touched("sale")
        if touched.through_batch >= 0:
            listed = ", ".join(map(str, [*touched.added, *touched.changed])) or "NULL"
            some = f" AND order_key IN (SELECT order_key FROM sale WHERE day_key IN ({listed}))"
    split = connection.execute(
        f"""SELECT count(*) FROM (
            SELECT order_key FROM sale WHERE NOT is_return{some} GROUP BY order_key
            HAVING min(day_key) < max(day_key) OR min(customer_key) < max(customer_key)
                OR min(channel_key) < max(channel_key))"""
    ).fetchall()[0][0]
    connection.execute(
        "INSERT OR REPLACE INTO setting VALUES ('orders_are_whole', ?)", ["no" if split else "yes"]
    )


def unknown_member(connection: Connection, table: DimensionTable) -> None:
    """Make sure that `table` holds its explicit unknown member, key and code 0."""
    texts = "".join(f", {column}" for column in (*table.descriptors, *_attributes(connection, table)))
    marks = f", '{UNKNOWN}'" * texts.count(",")
    history, always = "", ""
    if table.leaf:
        history, always = ", valid_from, valid_to", f", TIMESTAMP '1900-01-01', TIMESTAMP '{FOREVER}'"
    connection.execute(
        f"INSERT INTO {table.name} ({table.key}, {table.code}, id, name{history}{texts})"
        f" SELECT 0, 0, '{UNKNOWN}', '{UNKNOWN}'{always}{marks}"
        f" WHERE NOT EXISTS (FROM {table.name} WHERE {table.key} = 0)"
    )
