"""Whom the warehouse has forgotten, carried over to a snapshot of other times that takes its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.connection import Connection
from data.errors import ClientelaError
from data.load.record.source_numbers import SALT, erased_hash
from data.model.canonical_tables import CUSTOMER, FOREVER, UNKNOWN
from data.operational.statement_erasure import ForgottenSubject
from data.operational.statement_kinds import SourceNumber
from data.privacy.erasure import erase, remember
from data.privacy.person import Person, asks, find
from data.store import duckdb_engine as engine
from data.store import end_of_write
from data.store.warehouse import Warehouse, current_version

NOBODY = re.compile("$^")


def still_forgotten(connection: Connection, path: Path) -> tuple[Person, ...]:
    """Carry over to another snapshot, on its way to `path`, whom the warehouse there has forgotten.

    Whoever it still names is erased from it again, and returned; whoever it does not know yet keeps an empty place.
    """
    erased, deeds, salt = _forgotten(path)
    rows = asks(connection)
    own = rows("SELECT value FROM setting WHERE name = ?", [SALT])
    if not erased or (own and own[0][0] != salt):  # nobody, or another firm's warehouse
        return ()
    connection.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", [SALT, salt])
    known = {hash for (hash,) in rows("SELECT hash FROM erased", [])}
    named = {erased_hash(salt, numbering, number): code for numbering, number, code
             in rows("SELECT numbering, id, customer_code FROM customer_identity", [])}  # fmt: skip
    missing = [hash for hash, _ in erased if hash not in known]
    persons = tuple(
        find(rows, rows("SELECT any_value(id) FROM customer WHERE customer_code = ?", [code])[0][0])
        for code in sorted({named[hash] for hash in missing if hash in named})
    )
    for person in persons:
        remember(connection, person)
        erase(connection, person)
    _empty_places(connection, [(hash, key) for hash, key in erased if hash in missing and hash not in named])
    for deed in deeds:
        connection.execute(
            "INSERT INTO privacy SELECT * FROM (SELECT ?, ?, ?, ?, ?) EXCEPT FROM privacy", deed
        )
    end_of_write.complete(connection)
    return persons


def forgotten_subjects(warehouse: Warehouse, persons: Sequence[Person]) -> tuple[ForgottenSubject, ...]:
    """Whom a warehouse has forgotten, for what people wrote: by the numbers of all, by the names of those persons."""
    erased = {hash for (hash,) in warehouse.rows("SELECT hash FROM erased")}
    salt = warehouse.rows("SELECT value FROM setting WHERE name = ?", [SALT])
    if not erased or not salt:
        return ()

    def is_forgotten(number: SourceNumber) -> bool:
        return erased_hash(salt[0][0], *number) in erased

    return tuple(ForgottenSubject(is_forgotten, each.written) for each in persons) or (
        ForgottenSubject(is_forgotten, NOBODY),
    )


def _forgotten(path: Path) -> tuple[list[Any], list[Any], str]:
    try:
        current_version(path)
        reader = engine.Reader(path.resolve())  # of whatever release: nobody comes back with an earlier one
    except ClientelaError:
        return [], [], ""
    try:
        salt = reader.rows("SELECT value FROM setting WHERE name = ?", [SALT])
        erased = reader.rows("SELECT hash, identity_key FROM erased ORDER BY identity_key, hash")
        return erased, [list(row) for row in reader.rows("FROM privacy")], salt[0][0] if salt else ""
    finally:
        reader.close()


def _empty_places(connection: Connection, erased: Sequence[tuple[str, int]]) -> None:
    """Customers without anything, for those whom this snapshot does not know: what comes of them stays theirs."""
    texts = [*CUSTOMER.descriptors, *(name for (name,) in connection.execute(
        "SELECT name FROM attribute WHERE dimension = 'customer' ORDER BY ALL").fetchall())]  # fmt: skip
    columns = "".join(f", {text}" for text in texts)
    unknown = f", '{UNKNOWN}'" * len(texts)
    new: dict[int, int] = {}
    for hash, key in erased:
        if key not in new:
            new[key], code, version = connection.execute(
                """SELECT (SELECT coalesce(max(identity_key), 0) + 1 FROM customer_identity),
                greatest((SELECT max(customer_code) FROM customer),
                         (SELECT coalesce(max(customer_code), 0) FROM customer_identity)) + 1,
                (SELECT max(customer_key) + 1 FROM customer)"""
            ).fetchall()[0]
            name = f"erased-{new[key]}"
            connection.execute(
                "INSERT INTO customer_identity VALUES (?, 'erased', ?, ?)", [new[key], name, code]
            )
            connection.execute(
                f"""INSERT INTO customer (customer_key, customer_code, id, name, valid_from, valid_to{columns})
                VALUES (?, ?, ?, ?, TIMESTAMP '1900-01-01', TIMESTAMP '{FOREVER}'{unknown})""",
                [version, code, f"erased:{name}", name],
            )
        connection.execute(
            "INSERT INTO erased (dimension, hash, identity_key) VALUES ('customer', ?, ?)", [hash, new[key]]
        )
