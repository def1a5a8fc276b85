"""Who is who: the number by which a source calls a member, and the code of the member behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from data.connection import Connection
from data.model.canonical_tables import DimensionTable

SALT = "erasure_salt"


@dataclass(frozen=True, slots=True)
class Newcomers:
    """The ids that were not known yet, in the temporary table `table`, and those of erased customers in `erased`."""

    table: str
    erased: str


def numbering_of(table: DimensionTable, source: str, ids: str | None) -> str:
    """The numbering in which `source` numbers the members of `table`; shared ones have no name."""
    return "" if table.shared else ids or source


def assign(
    connection: Connection, table: DimensionTable, numbering: str, named: str, order: Sequence[str]
) -> Newcomers:
    """Give each id that the table `named` (id, then texts) holds an identity, and each new one a code.

    New members are numbered in the order of their texts, so that neighbours in a hierarchy are neighbours in
    number: a filter on a country is then a range of codes.
    """
    texts = "".join(f", any_value({each}) AS {each}" for each in order)
    by = ", ".join([*(f"{each} NULLS LAST" for each in order), "id"])
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE newcomer AS SELECT id{texts} FROM {named}
        WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM {table.name}_identity WHERE numbering = $numbering)
        GROUP BY id""",
        {"numbering": numbering},
    )
    again = _forget_again(connection, table, numbering)
    connection.execute(
        f"""INSERT INTO {table.name}_identity SELECT
            (SELECT coalesce(max(identity_key), 0) FROM {table.name}_identity) + n, $numbering, id,
            (SELECT greatest((SELECT coalesce(max({table.code}), 0) FROM {table.name}_identity),
                             (SELECT coalesce(max({table.code}), 0) FROM {table.name}))) + n
        FROM (SELECT id, row_number() OVER (ORDER BY {by}) AS n FROM newcomer)""",
        {"numbering": numbering},
    )
    return Newcomers("newcomer", again)


def _forget_again(connection: Connection, table: DimensionTable, numbering: str) -> str:
    """Whoever was erased is known by the hash of the number alone: such a newcomer is that customer again, in the
    table that is returned; "" where nobody was."""
    if not connection.execute("SELECT count(*) FROM erased").fetchall()[0][0]:
        return ""
    salt = connection.execute("SELECT value FROM setting WHERE name = $name", {"name": SALT}).fetchall()[0][0]
    hashes = connection.execute(
        "SELECT hash, identity_key FROM erased WHERE dimension = $name", {"name": table.name}
    ).fetchall()
    known = dict(hashes)
    ids = [each for (each,) in connection.execute("SELECT id FROM newcomer").fetchall()]
    again = [(each, known[erased_hash(salt, numbering, each)]) for each in ids
             if erased_hash(salt, numbering, each) in known]  # fmt: skip
    connection.execute("CREATE OR REPLACE TEMP TABLE erased_again (id VARCHAR, identity_key INTEGER)")
    connection.execute(
        "INSERT INTO erased_again SELECT unnest($ids::VARCHAR[]), unnest($keys::INTEGER[])",
        {"ids": [each for each, _ in again], "keys": [key for _, key in again]},
    )
    connection.execute("DELETE FROM newcomer WHERE id IN (SELECT id FROM erased_again)")
    return "erased_again"


def erased_hash(salt: str, numbering: str, number: str) -> str:
    """What is kept of an erased customer's number."""
    return hashlib.sha256(f"{salt}|{numbering}|{number}".encode()).hexdigest()


def lookup(
    connection: Connection, table: DimensionTable, numbering: str, newcomers: Newcomers, into: str
) -> None:
    """The temporary table `into`: id, identity_key and code of every id in that numbering."""
    again = (
        f"""UNION ALL SELECT id, identity_key, {table.code} FROM {newcomers.erased}
        JOIN (SELECT identity_key, {table.code} FROM {table.name}_identity) USING (identity_key)"""
        if newcomers.erased
        else ""
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {into} AS SELECT id, identity_key, {table.code} AS code
        FROM {table.name}_identity WHERE numbering = $numbering {again}""",
        {"numbering": numbering},
    )


def member_id(table: DimensionTable) -> str:
    """SQL for the id of a member in the cube: its first number, with its numbering unless that is the first's."""
    home = f"(SELECT arg_min(numbering, identity_key) FROM {table.name}_identity)"
    named = f"CASE WHEN numbering = {home} THEN id ELSE numbering || ':' || id END"
    return f"arg_min({named}, identity_key)"
