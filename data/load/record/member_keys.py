"""Which version of each member a row means: the key of every row of a typed table, dimension by dimension.

A row means the version that stood on its day; what the row itself says of the member goes before that. Where
the two differ, the row gets a version of its own that stands on no day (`valid_from` = `valid_to`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.connection import Connection
from data.errors import BadInput
from data.history.version_exchange import BEGINNING, spans
from data.load.mappings.mapping import AttributeColumn
from data.load.record.member_statements import Given
from data.model.canonical_tables import UNKNOWN, DimensionTable
from data.temporary_tables import drop


@dataclass(frozen=True, slots=True)
class Keys:
    """How rows find their version: a join to write behind them, and SQL for key, code and identity; `table` is the
    temporary table that is joined, if there is one."""

    join: str = ""
    key: str = "0"
    code: str = "0"
    identity: str = "0"
    table: str = ""


def register(connection: Connection, attributes: Sequence[AttributeColumn], source: str) -> None:
    """Make a column of each attribute, (unknown) where nothing was said. Errors: BadInput if it is of another."""
    for each in attributes:
        rows = connection.execute(
            "SELECT dimension, origin FROM attribute WHERE name = ?", [each.name]
        ).fetchall()
        if rows and rows[0][1] == "finding":
            raise BadInput(
                f"{each.name!r} is a finding that somebody saved.",
                "Give the attribute another name, or remove the finding on its page first.",
            )
        if rows and rows[0][0] != each.of:
            raise BadInput(
                f"The attribute {each.name!r} is one of {rows[0][0]} already, not of {each.of}.",
                "Give it another name.",
            )
        if not rows:
            add_attribute(connection, each.of, each.name, each.label, source)


def add_attribute(connection: Connection, dimension: str, name: str, label: str, source: str) -> None:
    """A new attribute; `name` was checked by Mapping.check: small letters, digits and underscores."""
    connection.execute(f"ALTER TABLE {dimension} ADD COLUMN {name} VARCHAR DEFAULT '{UNKNOWN}'")
    if dimension != "line":
        connection.execute(f"ALTER TABLE {dimension}_record ADD COLUMN {name} VARCHAR")
    connection.execute("INSERT INTO attribute VALUES (?, ?, ?, ?)", [name, dimension, label, source])


def keys(connection: Connection, table: DimensionTable, given: Given, lookup: str) -> Keys:
    """The keys of the rows of `given`; `lookup` is the table of identities by id (see data.load.identity)."""
    side = f"key_of_{table.name}"
    said = given.described
    if given.id is None and not said:
        return Keys()
    if table.leaf is None:
        _own_versions(connection, table, given, side, _combinations_of_texts(given))
    else:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE known_code AS SELECT DISTINCT code FROM {lookup}")
        spans(connection, table.listed, "known_code", "span")
        if said:
            _own_versions(connection, table, given, side, _combinations(given, lookup))
        else:
            connection.execute(
                f"""CREATE OR REPLACE TEMP TABLE {side} AS
                SELECT id, identity_key, code, key, first_day, last_day FROM {lookup} JOIN span USING (code)"""
            )
    drop(connection, "known_code", "span", "combination", "meant")
    return Keys(_join(connection, given, side), f"coalesce({side}.key, 0)", f"coalesce({side}.code, 0)",
                f"coalesce({side}.identity_key, 0)", side)  # fmt: skip


def _combinations(given: Given, lookup: str) -> str:
    """What rows say of members, and which version stood on their day: each combination once."""
    texts = "".join(f", {column} AS {text}" for text, column in given.described.items())
    id_sql = given.id_sql if given.id else "NULL::VARCHAR"
    found = f"LEFT JOIN {lookup} AS i ON i.id = {id_sql}" if given.id else ""
    identity = (
        "i.identity_key, i.code" if given.id else "NULL::INTEGER AS identity_key, NULL::INTEGER AS code"
    )
    return (
        f"""WITH said AS (
            SELECT {id_sql} AS id, {identity}{texts}, min(f_date) AS first, max(f_date) AS last
            FROM {given.table} AS t {found} GROUP BY ALL
        ), several AS (SELECT code FROM span GROUP BY code HAVING count(*) > 1)
        SELECT said.* EXCLUDE (first, last), coalesce(span.key, 0) AS stood,
            coalesce(first_day, -2147483647) AS first_day, coalesce(last_day, 2147483647) AS last_day
        FROM said LEFT JOIN span ON span.code = said.code WHERE said.code IS NULL OR said.code NOT IN (FROM several)
        UNION ALL
        SELECT DISTINCT {id_sql}, i.identity_key, i.code{"".join(f", t.{c}" for c in given.described.values())},
            span.key, first_day, last_day
        FROM {given.table} AS t JOIN {lookup} AS i ON i.id = {id_sql} JOIN span ON span.code = i.code
            AND (f_date - DATE '1970-01-01')::INTEGER BETWEEN first_day AND last_day
        WHERE i.code IN (FROM several)"""
        if given.id
        else f"""
        SELECT DISTINCT NULL::VARCHAR AS id, {identity}{texts}, 0 AS stood,
            -2147483647 AS first_day, 2147483647 AS last_day FROM {given.table} AS t"""
    )


def _combinations_of_texts(given: Given) -> str:
    texts = "".join(f", {column} AS {text}" for text, column in given.described.items())
    return f"""SELECT DISTINCT NULL::VARCHAR AS id, NULL::INTEGER AS identity_key, NULL::INTEGER AS code{texts},
        0 AS stood, -2147483647 AS first_day, 2147483647 AS last_day FROM {given.table}"""


def _own_versions(
    connection: Connection, table: DimensionTable, given: Given, side: str, combinations: str
) -> None:
    """`side`: the key of each combination; those that say other than what stood get a version of their own."""
    described = _columns(connection, table)
    said = given.described
    told = {
        text: f"coalesce(c.{text}, v.{text}, '{UNKNOWN}')" if text in said else f"v.{text}"
        for text in described
    }
    shown = "".join(f", {sql} AS r_{text}" for text, sql in told.items())
    same = " AND ".join(["true", *(f"{told[text]} = v.{text}" for text in said)])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE combination AS {combinations}")
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE meant AS SELECT c.*, v.id AS v_id, v.name AS v_name, ({same}) AS stands{shown}
        FROM combination AS c JOIN {table.name} AS v ON v.{table.key} = c.stood"""
    )
    columns = "".join(f", {text}" for text in described)
    wanted = "".join(f", r_{text} AS {text}" for text in described)
    equal = "".join(f" AND o.{text} = m.r_{text}" for text in described)
    history, never, off = "", "", f"o.{table.key} > 0"
    if table.leaf:
        history, never, off = (
            ", valid_from, valid_to",
            f", {BEGINNING}, {BEGINNING}",
            "o.valid_from = o.valid_to",
        )
    connection.execute(
        f"""INSERT INTO {table.name} ({table.key}, {table.code}, id, name{history}{columns})
        SELECT (SELECT max({table.key}) FROM {table.name}) + row_number() OVER (ORDER BY code{columns}),
            code, v_id, v_name{never}{columns}
        FROM (SELECT DISTINCT coalesce(code, 0) AS code, v_id, v_name{wanted} FROM meant AS m WHERE NOT stands
            AND NOT EXISTS (FROM {table.name} AS o WHERE {off} AND o.{table.code} = coalesce(m.code, 0){equal}))"""
    )
    own = "".join(f", m.{text}" for text in said)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {side} AS
        SELECT m.id, m.identity_key, coalesce(m.code, 0) AS code{own}, m.first_day, m.last_day,
            CASE WHEN stands THEN m.stood ELSE o.{table.key} END AS key
        FROM meant AS m LEFT JOIN {table.name} AS o
            ON NOT stands AND {off} AND o.{table.code} = coalesce(m.code, 0){equal}"""
    )


def _columns(connection: Connection, table: DimensionTable) -> list[str]:
    """All that describes a version, findings included."""
    sql = "SELECT name FROM attribute WHERE dimension = ? ORDER BY name"
    return [*table.descriptors, *(name for (name,) in connection.execute(sql, [table.name]).fetchall())]


def _join(connection: Connection, given: Given, side: str) -> str:
    conditions = [f"{side}.id IS NOT DISTINCT FROM {given.id_sql}"] if given.id and given.described else []
    if given.id and not given.described:
        conditions = [f"{side}.id = {given.id_sql}"]
    conditions += [f"{side}.{text} IS NOT DISTINCT FROM {column}" for text, column in given.described.items()]
    dated = connection.execute(f"SELECT count(*) FROM {side} WHERE first_day > -2147483647").fetchall()[0][0]
    if dated:
        day = "(f_date - DATE '1970-01-01')::INTEGER"
        conditions.append(f"{day} BETWEEN {side}.first_day AND {side}.last_day")
    return f" LEFT JOIN {side} ON {' AND '.join(conditions)}"
