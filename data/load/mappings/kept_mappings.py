"""The mappings by which a warehouse was loaded, kept in it, so that rows can be mended without bringing them again.

A mapping holds no secrets: databases are named by environment variables.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from data.connection import Connection
from data.errors import BadInput
from data.load.mappings.mapping import Mapping

if TYPE_CHECKING:  # the loader writes by this file, and the warehouse knows the loader's names
    from data.store.warehouse import Warehouse

PREFIX = "mapping:"
LATEST = "SELECT origin FROM batch ORDER BY batch DESC LIMIT 1"


def keep(connection: Connection, mapping: Mapping) -> None:
    """Write down how each part of a source is loaded, in the place of what was kept of it; called within a load.

    Mended rows come by a mapping of their own, which is not how their file is loaded.
    """
    if connection.execute(LATEST).fetchall() == [("mended",)]:
        return
    for part in mapping.parts:
        text = replace(mapping, parts=(part,)).to_toml()
        told = json.dumps({"folder": str(mapping.folder.resolve()), "toml": text})
        name = f"{PREFIX}{mapping.source}/{part.subject}"
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [name, told])


def kept(warehouse: Warehouse, source: str, part: str) -> Mapping | None:
    """The mapping by which that part of `source` was loaded last; None where none was kept, or it means nothing now."""
    found = warehouse.rows("SELECT value FROM setting WHERE name = ?", [f"{PREFIX}{source}/{part}"])
    return _read(found[0][0]) if found else None


def every(warehouse: Warehouse) -> tuple[Mapping, ...]:
    """All mappings that are kept and still mean something, each of one part."""
    found = warehouse.rows("SELECT value FROM setting WHERE starts_with(name, ?) ORDER BY name", [PREFIX])
    return tuple(mapping for (told,) in found if (mapping := _read(told)))


def _read(kept: str) -> Mapping | None:
    told = json.loads(kept)
    try:
        return Mapping.from_text(told["toml"], Path(told["folder"]))
    except BadInput:
        return None
