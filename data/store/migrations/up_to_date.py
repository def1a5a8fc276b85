"""Whether a warehouse is one of this release, and how a writer's draft of an earlier one becomes one."""

from __future__ import annotations

from pathlib import Path

from data.connection import Connection
from data.store import schema_release, write_moments
from data.store.migrations import missing_parts, taken_names, written_migrations
from data.store.migrations.declared_structure import fingerprint, is_whole
from data.store.schema_release import SCHEMA, EarlierRelease, Rows, asks

SETTING = "declared"


def is_up_to_date(rows: Rows) -> bool:
    """Whether a warehouse that is not of a later release needs nothing to be one of this."""
    return schema_release.number(rows) == SCHEMA and (_is_declared_alike(rows) or is_whole(rows))


def declare(connection: Connection) -> None:
    """Write down that a warehouse has what this release declares."""
    schema_release.declare(connection)
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [SETTING, fingerprint()])


def _is_declared_alike(rows: Rows) -> bool:
    return rows(schema_release.OF_SETTING, [SETTING]) == [(fingerprint(),)]


def check(rows: Rows, path: Path) -> None:
    """Refuse to read a warehouse of another release. Errors: EarlierRelease, WarehouseError."""
    schema_release.refuse_others(rows, path)
    if not is_up_to_date(rows):
        raise EarlierRelease(
            f"{path.name} was made by an earlier release of Clientela.",
            "Start the dashboard, or run 'python -m data migrate': that brings it up to date and loses nothing.",
        )


def bring(connection: Connection) -> bool:
    """Make the draft of a writer one of this release, in its transaction; whether anything was to be done."""
    rows = asks(connection)
    if is_up_to_date(rows):
        return False
    written_migrations.run(connection, schema_release.number(rows), SCHEMA)
    missing_parts.add(connection)
    taken_names.make_room(connection)
    declare(connection)
    write_moments.step("migrated")
    return True
