"""The versions of a dimension: one row for each distinct description of a member, and the key of each line.

A line points to the version that says exactly what the line says; what it does not say comes from the firm's
own list of members, then from the member's latest version in the warehouse, and else is (unknown).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.errors import BadInput
from data.load.mapping import Attribute, Part
from data.schema import UNKNOWN, DimensionTable


@dataclass(frozen=True, slots=True)
class Given:
    """What a typed table says of the members of a dimension: columns by the text that they fill."""

    table: str
    id: str | None
    name: str | None
    texts: dict[str, str]

    @classmethod
    def of(cls, part: Part, table: DimensionTable, typed: str) -> Given:
        """What the rows of `part` say of `table`. A name alone stands for the id as well."""
        filled = part.filled
        name = f"f_{table.name}_name" if f"{table.name}_name" in filled else None
        texts = {column: f"f_{column}" for column in table.descriptors if column in filled}
        texts |= {each.name: f"a_{each.name}" for each in part.attributes if each.of == table.name}
        return cls(typed, f"f_{table.name}" if table.name in filled else name, name, texts)

    @property
    def id_sql(self) -> str:
        return f"nullif({self.id}, '{UNKNOWN}')" if self.id else "NULL::VARCHAR"


def register(connection: Any, attributes: Sequence[Attribute], source: str) -> None:
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
            # The name is checked by Mapping.check: small letters, digits and underscores.
            connection.execute(f"ALTER TABLE {each.of} ADD COLUMN {each.name} VARCHAR DEFAULT '{UNKNOWN}'")
            values = [each.name, each.of, each.label, source]
            connection.execute("INSERT INTO attribute VALUES (?, ?, ?, ?)", values)


def merge(connection: Any, table: DimensionTable, lines: Given, listed: Given | None) -> str:
    """Add the versions that `lines` and `listed` need; SQL that joins the lines to their version, as `table`.

    The joined side has the version's key and code; it is empty where the lines say nothing of this dimension.
    """
    texts = [*table.descriptors, *_attributes(connection, table)]
    said = [text for text in texts if text in lines.texts]
    _combinations(connection, table, lines, said)
    _listed(connection, table, listed, texts)
    _resolve(connection, table, texts, said, listed)
    _insert(connection, table, texts)
    _rename(connection, table, lines, listed)
    return _keys(connection, table, lines, texts, said)


def _attributes(connection: Any, table: DimensionTable) -> list[str]:
    sql = "SELECT name FROM attribute WHERE dimension = ? ORDER BY name"
    return [name for (name,) in connection.execute(sql, [table.name]).fetchall()]


def _combinations(connection: Any, table: DimensionTable, lines: Given, said: Sequence[str]) -> None:
    """`combo`: what lines say of members, each once, with the last day on which they say it."""
    columns = "".join(f", {lines.texts[text]} AS {text}" for text in said)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE combo AS SELECT {lines.id_sql} AS id{columns}, max(f_date) AS last"
        f" FROM {lines.table} GROUP BY ALL"
    )


def _listed(connection: Any, table: DimensionTable, listed: Given | None, texts: Sequence[str]) -> None:
    """`listed`: the firm's own list, the row of each id that stands last as `latest`."""
    if listed is None:
        columns = "".join(f", NULL::VARCHAR AS {text}" for text in texts)
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE listed AS"
            f" SELECT NULL::VARCHAR AS id, 0 AS row, false AS latest{columns} LIMIT 0"
        )
        return
    columns = "".join(f", {listed.texts.get(text, 'NULL::VARCHAR')} AS {text}" for text in texts)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE listed AS SELECT {listed.id_sql} AS id, row,"
        f" row = max(row) OVER (PARTITION BY {listed.id}) AS latest{columns} FROM {listed.table}"
    )


def _resolve(
    connection: Any, table: DimensionTable, texts: Sequence[str], said: Sequence[str], listed: Given | None
) -> None:
    """`resolved`: each combination with every text known or (unknown); `wanted`: all versions that must be."""
    latest_key = f"{table.key} = max({table.key}) OVER (PARTITION BY id)"
    current = f"SELECT * FROM {table.name} WHERE {table.code} > 0 QUALIFY {latest_key}"
    own = {text: f"combo.{text}" if text in said else "NULL" for text in texts}
    columns = "".join(
        f", coalesce({own[text]}, listed.{text}, now.{text}, '{UNKNOWN}') AS r_{text}" for text in texts
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE resolved AS
        SELECT combo.*{columns} FROM combo LEFT JOIN listed ON combo.id = listed.id AND listed.latest
        LEFT JOIN ({current}) AS now ON combo.id = now.id"""
    )
    latest = "".join(f", arg_max({text}, last) AS {text}" for text in said)
    own = {text: f"line.{text}" if text in said else "NULL" for text in texts}
    columns = "".join(
        f", coalesce(listed.{text}, {own[text]}, now.{text}, '{UNKNOWN}') AS {text}" for text in texts
    )
    plain = "".join(f", r_{text} AS {text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE wanted AS
        SELECT coalesce(id, '{UNKNOWN}') AS id{plain}, last, 0 AS row FROM resolved
        UNION ALL BY NAME
        SELECT coalesce(listed.id, '{UNKNOWN}') AS id{columns}, DATE '9999-12-31' AS last, listed.row
        FROM listed LEFT JOIN ({current}) AS now ON listed.id = now.id
        LEFT JOIN (SELECT id{latest} FROM combo GROUP BY id) AS line ON listed.id = line.id"""
    )


def _insert(connection: Any, table: DimensionTable, texts: Sequence[str]) -> None:
    """Number the new members in the order of their place, and add the versions that are not there yet."""
    place = "".join(
        f", {', '.join(f'arg_max({text}, (last, row)) AS {text}' for text in texts)}" if texts else ""
    )
    order = ", ".join([*texts, "id"])
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE coded AS
        SELECT id, any_value({table.code}) AS code, arg_max(name, {table.key}) AS name
        FROM {table.name} WHERE id IN (SELECT id FROM wanted) GROUP BY id
        UNION ALL
        SELECT id, (SELECT max({table.code}) FROM {table.name}) + row_number() OVER (ORDER BY {order}), id
        FROM (SELECT id{place} FROM wanted WHERE id NOT IN (SELECT id FROM {table.name}) GROUP BY id)"""
    )
    columns = "".join(f", {text}" for text in texts)
    same = "".join(f" AND t.{text} = w.{text}" for text in texts)
    connection.execute(
        f"""INSERT INTO {table.name} ({table.key}, {table.code}, id, name{columns})
        SELECT (SELECT max({table.key}) FROM {table.name}) + row_number() OVER (ORDER BY code, last, row{columns}),
            code, w.id, coded.name{columns}
        FROM (SELECT id{columns}, max(last) AS last, max(row) AS row FROM wanted GROUP BY ALL) AS w
        JOIN coded ON coded.id = w.id
        WHERE NOT EXISTS (FROM {table.name} AS t WHERE t.id = w.id{same})"""
    )


def _rename(connection: Any, table: DimensionTable, lines: Given, listed: Given | None) -> None:
    """Label each member: as the firm's list says, else as most lines say (the first in the alphabet of equals)."""
    for given in (lines, listed):
        if given is None or given.name is None or given.id is None:
            continue
        order = "row DESC" if given is listed else "n DESC, name"
        counted = (
            f"SELECT {given.id} AS id, {given.name} AS name, count(*) AS n, max(row) AS row FROM {given.table}"
            f" WHERE {given.name} IS NOT NULL GROUP BY ALL"
        )
        connection.execute(
            f"""UPDATE {table.name} AS t SET name = said.name FROM (
                SELECT id, name FROM ({counted}) QUALIFY row_number() OVER (PARTITION BY id ORDER BY {order}) = 1
            ) AS said WHERE t.id = said.id AND t.{table.code} > 0 AND t.name <> said.name"""
        )


def _keys(
    connection: Any, table: DimensionTable, lines: Given, texts: Sequence[str], said: Sequence[str]
) -> str:
    side = f"key_of_{table.name}"
    own = "".join(f", r.{text}" for text in said)
    same = "".join(f" AND t.{text} = r.r_{text}" for text in texts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {side} AS SELECT r.id{own}, t.{table.key} AS key, t.{table.code} AS code
        FROM resolved AS r JOIN {table.name} AS t ON t.id = coalesce(r.id, '{UNKNOWN}'){same}"""
    )
    if lines.id is None and not said:
        return ""
    conditions = [f"{side}.id IS NOT DISTINCT FROM {lines.id_sql}"] if lines.id else []
    conditions += [f"{side}.{text} IS NOT DISTINCT FROM {lines.texts[text]}" for text in said]
    return f" LEFT JOIN {side} ON {' AND '.join(conditions)}"
