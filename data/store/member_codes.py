"""What the cube engine finds ready: the calendar, the codes of every level, the members' names.

All of it is derived from the loaded tables at the end of each write, in its transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.connection import Connection
from data.model.calendar import GRAINS, Calendar, Days
from data.model.canonical_tables import (
    DIMENSIONS,
    FACTS,
    FOREVER,
    MASTERS,
    TIME,
    UNKNOWN,
    DimensionTable,
    FactTable,
)

if TYPE_CHECKING:
    from data.store.changed_days import Partitions, Touched

LONG = 1_000_000

# Members of a dimension are compared in shares of so many codes.
SHARE = 1024

# What stands between the steps of a path, and between members, as ids of members and links hold it.
ENCODED = (("%", "%25"), ("/", "%2F"), ("|", "%7C"))


@dataclass(frozen=True, slots=True)
class Recoded:
    """The versions of members that came to stand under other members: rows of dimension, level, key in `table`."""

    table: str


def rebuild(connection: Connection, days: Partitions) -> Recoded:
    """Derive calendar, codes, members and settings from the tables as they now are; `days` tells which were touched.

    Members as they should be are gathered in the temporary table `named`; of `member` only what differs is touched.
    """
    leaves = ", ".join(f"'{table.leaf}'" for table in MASTERS)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE earlier AS FROM member WHERE level NOT IN ({leaves})")
    connection.execute(  # not `AS FROM member LIMIT 0`: whole row groups would be lost in DuckDB 2.0
        "CREATE OR REPLACE TEMP TABLE named (level VARCHAR, code INTEGER, id VARCHAR, label VARCHAR)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE recoded (dimension VARCHAR, level VARCHAR, key INTEGER NOT NULL)"
    )
    _calendar(connection)
    for table in DIMENSIONS:
        for levels in _strands(connection, table):
            _codes(connection, table, levels)
    _correct_members(connection, f"level NOT IN ({leaves})")
    for table in MASTERS:
        _leaf(connection, table, days.shares(table))
    _settings(connection, days)
    return Recoded("recoded")


def _calendar(connection: Connection) -> None:
    """The days of all facts, from the first to the last, and the periods that they lie in."""
    connection.execute(TIME)
    calendar = Calendar.of(dict(connection.execute("SELECT name, value FROM setting").fetchall()))
    facts = " UNION ALL ".join(f"SELECT day_key FROM {fact.name}" for fact in FACTS)
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
            f"INSERT INTO named SELECT '{level}', unnest(?::INTEGER[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
            [[code for code, _ in periods[level]], ids, ids],
        )


def _strands(connection: Connection, table: DimensionTable) -> list[tuple[str, ...]]:
    """The levels of a dimension that are no leaf: those of a hierarchy together, each attribute alone."""
    strands = [tuple(level for level in levels if level != table.leaf) for levels in table.hierarchies]
    return [*strands, *((name,) for name in _attributes(connection, table))]


def _codes(connection: Connection, table: DimensionTable, levels: tuple[str, ...]) -> None:
    """Number the members of each level of a strand: those that had a number keep it.

    Which versions of a member (keys) came to stand under other codes is noted in the temporary table `recoded`.
    """
    for level in levels:
        connection.execute(f"ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS {level}_code INTEGER")
    columns = ", ".join([*levels, *(f"{level}_code" for level in levels)])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE strand AS SELECT DISTINCT {columns} FROM {table.name}")
    for level in levels:
        path = table.path(level)
        _number(connection, level, path)
        _recode(connection, table, level, path)
        connection.execute(f"INSERT INTO named SELECT '{level}', code, id, {level} FROM path")


def _number(connection: Connection, level: str, path: tuple[str, ...]) -> None:
    """The members of a level, with the columns that identify them, ids and codes, as the temporary table `path`."""
    columns = ", ".join(path)
    identity = " || '/' || ".join(encoded(column) for column in path)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE path AS SELECT {columns}, found.id, coalesce(code, (
            (SELECT coalesce(max(code), 0) FROM earlier WHERE level = '{level}')
            + row_number() OVER (PARTITION BY code IS NULL ORDER BY {columns}))::INTEGER) AS code
        FROM (SELECT DISTINCT {columns}, {identity} AS id FROM strand) AS found
        LEFT JOIN (FROM earlier WHERE level = '{level}') AS earlier USING (id)"""
    )


def _recode(connection: Connection, table: DimensionTable, level: str, path: tuple[str, ...]) -> None:
    """Give the versions whose code of a level is not that of their `path` the right one, and note them."""
    same = " AND ".join(f"t.{column} = path.{column}" for column in path)
    other = f"{same} AND t.{level}_code IS DISTINCT FROM path.code"
    if _count(connection, f"strand AS t, path WHERE {other}"):
        connection.execute(
            f"INSERT INTO recoded SELECT '{table.name}', '{level}', t.{table.key}"
            f" FROM {table.name} AS t, path WHERE {other}"
        )
        connection.execute(f"UPDATE {table.name} AS t SET {level}_code = path.code FROM path WHERE {other}")


def _leaf(connection: Connection, table: DimensionTable, shares: Sequence[int] | None) -> None:
    """The members that a dimension is of: those of the shares that changed, or all."""
    if shares == ():
        return
    within = f"code // {SHARE} IN ({', '.join(map(str, shares))})" if shares else "true"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE named AS
        SELECT '{table.leaf}' AS level, code, any_value({encoded("id")}) AS id, arg_max(name, key) AS label
        FROM (SELECT {table.key} AS key, {table.code} AS code, id, name FROM {table.name})
        WHERE {within} GROUP BY code"""
    )
    _correct_members(connection, f"level = '{table.leaf}' AND {within}")


def _correct_members(connection: Connection, which: str) -> None:
    """Make the members that the condition `which` selects those of `named`; only what differs is touched."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE stale AS SELECT level, code
        FROM (FROM member WHERE {which}) AS have FULL JOIN named USING (level, code)
        WHERE have.id IS DISTINCT FROM named.id OR have.label IS DISTINCT FROM named.label"""
    )
    if _count(connection, "stale"):
        connection.execute(
            "DELETE FROM member USING stale WHERE member.level = stale.level AND member.code = stale.code"
        )
        connection.execute(
            "INSERT INTO member FROM named SEMI JOIN stale USING (level, code) ORDER BY level, code"
        )


def _count(connection: Connection, what: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {what}").fetchall()[0][0])


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
    """Whether an order has one day, customer and channel, so that `is_order` may be summed along them."""
    whole = all(_are_whole(connection, fact, days) for fact in FACTS if fact.orders)
    connection.execute(
        "INSERT OR REPLACE INTO setting VALUES ('orders_are_whole', ?)", ["yes" if whole else "no"]
    )


def _are_whole(connection: Connection, fact: FactTable, days: Partitions) -> bool:
    """Where all orders were, and the fact is long, only those with lines added or on days changed are looked at."""
    some = ""
    before = connection.execute("SELECT value FROM setting WHERE name = 'orders_are_whole'").fetchall()
    if before == [("yes",)] and _count(connection, fact.name) >= LONG:
        touched = days.touched(fact.name)
        if touched.through_batch >= 0:
            if not touched:
                return True
            some = f" AND order_key IN ({_orders(fact, touched)})"
    split = _count(
        connection,
        f"""(SELECT order_key FROM {fact.name} WHERE NOT is_return{some} GROUP BY order_key
            HAVING min(day_key) < max(day_key) OR min(customer_key) < max(customer_key)
                OR min(channel_key) < max(channel_key))""",
    )
    return not split


def _orders(fact: FactTable, touched: Touched) -> str:
    """SQL for the orders with lines that were added, or on days that were changed else."""
    orders = f"SELECT order_key FROM {fact.name} WHERE batch > {touched.through_batch}"
    if touched.changed:
        listed = ", ".join(map(str, touched.changed))
        orders += f" UNION ALL SELECT order_key FROM {fact.name} WHERE day_key IN ({listed})"
    return orders


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
