"""What the cube engine finds ready: the calendar, the codes of every level, the members' names.

All of it is derived from the loaded tables and made anew at the end of each write, in its transaction.
"""

from __future__ import annotations

from typing import Any, Protocol

from data.schema import DIMENSIONS, FOREVER, UNKNOWN, DimensionTable

# What stands between the steps of a path, and between members, as ids of members and links hold it.
ENCODED = (("%", "%25"), ("/", "%2F"), ("|", "%7C"))


class Connection(Protocol):
    """What a writer offers: SQL in, rows out."""

    def execute(self, query: str, parameters: object = ..., /) -> Connection: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...


def rebuild(connection: Connection) -> None:
    """Derive calendar, codes, members and settings from the tables as they now are."""
    connection.execute("DELETE FROM member")
    _calendar(connection)
    for table in DIMENSIONS:
        _codes(connection, table)
    _settings(connection)


def _calendar(connection: Connection) -> None:
    connection.execute("DELETE FROM time")
    connection.execute(
        """INSERT INTO time
        SELECT day_key, day, year(day), year(day) * 4 + quarter(day) - 1, year(day) * 12 + month(day) - 1,
               isoyear(day), (day_key + 3) // 7, day_key
        FROM (SELECT day_key, (DATE '1970-01-01' + day_key)::DATE AS day
              FROM (SELECT unnest(range(first, last + 1))::INTEGER AS day_key
                    FROM (SELECT min(day_key) AS first, max(day_key) AS last FROM sale)))
        ORDER BY day_key"""
    )
    for level, name in (
        ("year", "strftime(day, '%Y')"),
        ("quarter", "strftime(day, '%Y') || '-Q' || quarter(day)"),
        ("month", "strftime(day, '%Y-%m')"),
        ("iso_year", "strftime(day, '%G')"),
        ("week", "strftime(day, '%G-W%V')"),
        ("day", "strftime(day, '%Y-%m-%d')"),
    ):
        connection.execute(
            f"INSERT INTO member SELECT '{level}', {level}_code, any_value({name}), any_value({name})"
            f" FROM time GROUP BY {level}_code"
        )


def _codes(connection: Connection, table: DimensionTable) -> None:
    for level in (*table.descriptors, *_attributes(connection, table)):
        path = table.path(level)
        columns = ", ".join(path)
        connection.execute(f"ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS {level}_code INTEGER")
        connection.execute(
            f"CREATE TEMP TABLE path AS SELECT {columns}, (row_number() OVER (ORDER BY {columns}))::INTEGER AS code"
            f" FROM (SELECT DISTINCT {columns} FROM {table.name})"
        )
        same = " AND ".join(f"t.{column} = path.{column}" for column in path)
        connection.execute(f"UPDATE {table.name} AS t SET {level}_code = path.code FROM path WHERE {same}")
        identity = " || '/' || ".join(encoded(column) for column in path)
        connection.execute(f"INSERT INTO member SELECT '{level}', code, {identity}, {level} FROM path")
        connection.execute("DROP TABLE path")
    if table.leaf:
        connection.execute(
            f"INSERT INTO member SELECT '{table.leaf}', {table.code}, any_value({encoded('id')}),"
            f" arg_max(name, {table.key}) FROM {table.name} GROUP BY {table.code}"
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


def _settings(connection: Connection) -> None:
    """Whether an order has one day, customer and channel, so that `is_order` may be summed along them."""
    split = connection.execute(
        """SELECT count(*) FROM (
            SELECT order_key FROM sale WHERE NOT is_return GROUP BY order_key
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
