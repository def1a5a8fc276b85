"""Whose warehouse it is: a mapping that says another firm adds to it only once somebody said that both are one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data.connection import Connection, Row, Rows
from data.errors import BadInput
from data.load.mappings.mapping import Mapping
from data.store.load_ledger import is_simulated
from data.store.warehouse import Warehouse, is_there

NAMES = "firm_names"


def other_firm(path: Path, mapping: Mapping) -> str:
    """The firm of the warehouse at `path`, where the mapping says another one; else nothing.

    The demonstration firm is nobody's.
    """
    if not mapping.firm or not is_there(path):
        return ""
    store = Warehouse(path)
    try:
        return "" if is_simulated(store) else _other(store.rows, mapping.firm)
    finally:
        store.close()


def refuse(path: Path, mapping: Mapping) -> None:
    """Errors: BadInput where the mapping says another firm than that of the warehouse at `path`."""
    other = other_firm(path, mapping)
    if other:
        raise BadInput(
            f'This warehouse is that of {other}; the mapping says firm = "{mapping.firm}".',
            "If both are one, load it once with --same-firm; else name another warehouse (CLIENTELA_WAREHOUSE).",
        )


def remember(connection: Connection, firm: str) -> None:
    """This is a name of the firm of the warehouse that is being written."""

    def rows(sql: str, values: list[Any]) -> list[Row]:
        return list(connection.execute(sql, values).fetchall())

    names = sorted({*_names(rows), firm})
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [NAMES, json.dumps(names)])


def _other(rows: Rows, firm: str) -> str:
    known = _names(rows)
    now = rows("SELECT value FROM setting WHERE name = 'firm'", [])
    return str(now[0][0]) if now and _plain(firm) not in map(_plain, known) else ""


def _names(rows: Rows) -> set[str]:
    """What the firm is called, and was said to be called as well."""
    found = rows("SELECT name, value FROM setting WHERE name IN ('firm', ?)", [NAMES])
    return {each for name, value in found for each in (json.loads(value) if name == NAMES else [value])}


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
