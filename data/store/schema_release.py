"""Which release's schema a warehouse has: a number that rises with every change of what is declared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from data.connection import Connection
from data.errors import WarehouseError

SCHEMA = 10
SETTING = "schema"
OF_SETTING = "SELECT value FROM setting WHERE name = ?"
KEEPS_HISTORY = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'publication' LIMIT 1"
Rows = Callable[..., list[tuple[Any, ...]]]


def asks(connection: Connection) -> Rows:
    """What a connection answers, as a reader would."""
    return lambda sql, values=(): connection.execute(sql, values).fetchall()


class EarlierRelease(WarehouseError):
    """A warehouse that an earlier release made, and that nobody has brought up to date yet."""


def number(rows: Rows) -> int:
    """The release of the warehouse that is asked by `rows`; the first did not write it down."""
    found = rows(OF_SETTING, [SETTING])
    return int(found[0][0]) if found else 1


def refuse_others(rows: Rows, path: Path) -> None:
    """Refuse what is no warehouse of this release or an earlier one. Errors: WarehouseError."""
    found = number(rows)
    if found > SCHEMA:
        raise WarehouseError(
            f"{path.name} was made by a later release of Clientela.",
            "Update Clientela, or name another file with CLIENTELA_WAREHOUSE or --warehouse.",
        )
    if found == 1 and not rows(KEEPS_HISTORY):
        raise WarehouseError(
            f"{path.name} was made before the first release, when no history was kept: it cannot be read.",
            "It stays as it is. Name another file with CLIENTELA_WAREHOUSE or --warehouse, and load its files there.",
        )


def declare(connection: Connection) -> None:
    """Write down that a warehouse has the schema of this release."""
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [SETTING, str(SCHEMA)])
