"""The mappings by which a warehouse was loaded, kept in it, so that rows can be mended without bringing them again.

A mapping holds no secrets: databases are named by environment variables.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import BadInput
from data.load.mapping import Mapping

if TYPE_CHECKING:  # the loader writes by this file, and the warehouse knows the loader's names
    from data.warehouse import Warehouse

PREFIX = "mapping:"


def keep(connection: Any, mapping: Mapping) -> None:
    """Write down the mapping of a source; one kept earlier is replaced."""
    told = json.dumps({"folder": str(mapping.folder.resolve()), "toml": mapping.to_toml()})
    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [PREFIX + mapping.source, told])


def kept(warehouse: Warehouse, source: str) -> Mapping | None:
    """The mapping by which `source` was loaded last; None where none was kept, or it is of another release."""
    found = warehouse.rows("SELECT value FROM setting WHERE name = ?", [PREFIX + source])
    if not found:
        return None
    told = json.loads(found[0][0])
    try:
        return Mapping.from_text(told["toml"], Path(told["folder"]))
    except BadInput:
        return None
