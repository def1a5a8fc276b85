"""What people decide about customers: that two records are one person, or are not; and that it be undone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from data.connection import Connection
from data.errors import BadRequest
from data.identity.cluster_records import Contradiction
from data.load.record.merged_identities import VERDICTS, resolve
from data.store.warehouse import writing


def decide(path: Path, one: int, other: int, verdict: str, by: str) -> None:
    """What a person decided about two identities: 'together' or 'apart'; it takes the place of what was decided.

    Errors: BadRequest where it cannot be, BadInput where it contradicts what else was decided, WarehouseError.
    """
    if verdict not in VERDICTS or one == other:
        raise BadRequest("That cannot be decided.", "Choose two records, and say together or apart.")
    with writing(path, VERDICTS[verdict]) as connection:
        _known(connection, (one, other))
        _undo(connection, one, other)
        now = datetime.now(UTC).replace(tzinfo=None)
        connection.execute(
            "INSERT INTO decision VALUES (?, ?, ?, ?, ?, NULL)",
            [min(one, other), max(one, other), verdict, now, by],
        )
        _again(connection, one, other)


def undo(path: Path, one: int, other: int) -> None:
    """Take back what was decided about two identities. Errors: BadRequest where nothing was, WarehouseError."""
    with writing(path, "decision on customers undone") as connection:
        if not _undo(connection, one, other):
            raise BadRequest("Nothing was decided about these two.", "Look at the list of decisions again.")
        _again(connection, one, other)


def _known(connection: Connection, identities: tuple[int, int]) -> None:
    found = connection.execute(
        "SELECT count(*) FROM customer_identity WHERE identity_key IN (SELECT unnest(?::INTEGER[]))",
        [list(identities)],
    ).fetchall()[0][0]
    if found != 2:
        raise BadRequest("One of these records is not there any more.", "Open the page again.")


def _undo(connection: Connection, one: int, other: int) -> bool:
    undone = connection.execute(
        """UPDATE decision SET undone_at = ? WHERE one = ? AND other = ? AND undone_at IS NULL RETURNING one""",
        [datetime.now(UTC).replace(tzinfo=None), min(one, other), max(one, other)],
    ).fetchall()
    return bool(undone)


def _again(connection: Connection, one: int, other: int) -> None:
    """Match again whoever shares a customer with either."""
    near = connection.execute(
        """SELECT identity_key FROM customer_identity WHERE customer_code IN (
            SELECT customer_code FROM customer_identity WHERE identity_key IN (?, ?))""",
        [one, other],
    ).fetchall()
    try:
        resolve(connection, [key for (key,) in near])
    except Contradiction as error:
        raise Contradiction(error.records, _numbers(connection, error.records)) from error


def _numbers(connection: Connection, identities: tuple[int, int]) -> str:
    """Two records by the numbers that their sources give them."""
    found = connection.execute(
        """SELECT string_agg(id || ' of ' || numbering, ' and ' ORDER BY identity_key)
        FROM customer_identity WHERE identity_key IN (?, ?)""",
        list(identities),
    ).fetchall()
    return f"customers {found[0][0]}"
