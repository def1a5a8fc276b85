"""Which schema a warehouse was made by: one of another release is refused in words, never misread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from data.connection import Connection
from data.errors import WarehouseError

SCHEMA = 2
SETTING = "schema"
OF_SETTING = "SELECT value FROM setting WHERE name = ?"


class EarlierRelease(WarehouseError):
    """A warehouse that an earlier release made."""


def check(settings: Callable[[str, list[Any]], list[tuple[Any, ...]]], path: Path) -> None:
    """Refuse a warehouse of another schema; `settings` asks it SQL. Errors: EarlierRelease, WarehouseError."""
    found = settings(OF_SETTING, [SETTING])
    number = int(found[0][0]) if found else 1
    if number < SCHEMA:
        raise EarlierRelease(
            f"{path.name} was made by an earlier release of Clientela, which kept less.",
            "Make the demonstration firm anew with 'python -m data demo'; to load files of your own, move it away"
            " first, then 'python -m data load MAPPING.toml'.",
        )
    if number > SCHEMA:
        raise WarehouseError(
            f"{path.name} was made by a later release of Clientela.",
            "Update Clientela, or name another file with CLIENTELA_WAREHOUSE or --warehouse.",
        )


def declare(connection: Connection) -> None:
    """Write into a new warehouse which schema it has."""
    connection.execute("INSERT INTO setting VALUES (?, ?)", [SETTING, str(SCHEMA)])
