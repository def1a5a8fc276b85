"""What comes of an erased customer again: the fact stays, and nothing of what it says of the person."""

from __future__ import annotations

import json

from data.connection import Connection
from data.load.mappings.mapping import Part
from data.load.record.source_numbers import SALT, erased_hash, numbering_of
from data.load.typing.typed_view import as_table
from data.model.canonical_tables import CUSTOMER


def anybody(connection: Connection) -> bool:
    """Whether any customer was erased."""
    return bool(
        connection.execute("SELECT count(*) FROM erased WHERE dimension = 'customer'").fetchall()[0][0]
    )


def blank(connection: Connection, part: Part, source: str, typed: str, batch: int) -> None:
    """Empty the free texts of the rows of erased customers, and the rejected rows that bear their numbers."""
    if not anybody(connection) or "customer" not in part.filled:
        return
    numbering = numbering_of(CUSTOMER, source, part.ids)
    known = _hashes(connection)
    salt = connection.execute("SELECT value FROM setting WHERE name = ?", [SALT]).fetchall()[0][0]
    _blank_texts(connection, part, typed, numbering, salt, known)
    column = part.columns.get("customer")
    if column is None:
        return
    for row, raw in connection.execute(
        "SELECT row_in_source, raw FROM rejected WHERE batch = ? AND part = ?", [batch, part.subject]
    ).fetchall():
        number = part.shape.padded("customer", str(json.loads(raw).get(column) or "").strip())
        if erased_hash(salt, numbering, number) in known:
            connection.execute(
                "UPDATE rejected SET raw = '{}', reason = 'it is of an erased customer'"
                " WHERE batch = ? AND part = ? AND row_in_source = ?",
                [batch, part.subject, row],
            )


def _hashes(connection: Connection) -> set[str]:
    found = connection.execute("SELECT hash FROM erased WHERE dimension = 'customer'").fetchall()
    return {each for (each,) in found}


def _blank_texts(
    connection: Connection, part: Part, typed: str, numbering: str, salt: str, known: set[str]
) -> None:
    texts = part.kind.fact.free_texts if part.kind.fact else ()
    filled = [text for text in texts if text in part.filled]
    if not filled:
        return
    ids = connection.execute(
        f"SELECT DISTINCT f_customer FROM {typed} WHERE f_customer IS NOT NULL"
    ).fetchall()
    erased = [each for (each,) in ids if erased_hash(salt, numbering, each) in known]
    nothing = ", ".join(f"f_{text} = NULL" for text in filled)
    as_table(connection, typed)
    connection.execute(
        f"UPDATE {typed} SET {nothing} WHERE f_customer IN (SELECT unnest($erased::VARCHAR[]))",
        {"erased": erased},
    )
