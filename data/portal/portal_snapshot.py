"""The snapshot that the portal reads: the one published last, opened once by a process and shared by all who come."""

from __future__ import annotations

import threading
from pathlib import Path

from data import environment
from data.store.warehouse import Warehouse, current_version

_opening = threading.Lock()
_opened: dict[Path, Warehouse] = {}


def portal_snapshot() -> Warehouse:
    """Errors: WarehouseError where there is no warehouse. An earlier snapshot ends with whoever still reads it."""
    path = environment.warehouse().resolve()
    version = current_version(path)
    with _opening:
        held = _opened.get(path)
        if held is None or held.snapshot != version:
            _opened.clear()
            held = _opened[path] = Warehouse(path)
        return held
