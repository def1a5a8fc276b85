"""What was fetched or worked out once and is kept while there is room, for all sessions of the process."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Kept = TypeVar("Kept")
MEGABYTE = 1_000_000


class Shelf:
    """Values by key, bounded in bytes: what was not asked for longest goes first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()

    def get(self, key: Hashable) -> object | None:
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: object, size: int) -> None:
        with self._lock:
            self.bytes += size - self._held.pop(key, (None, 0))[1]
            self._held[key] = value, size
            while self.bytes > self.limit and len(self._held) > 1:
                self.bytes -= self._held.popitem(last=False)[1][1]

    def keep(self, key: Hashable, make: Callable[[], tuple[Kept, int]]) -> Kept:
        """The value of that key; `make` says it and its bytes where it is not held."""
        found = self.get(key)
        if found is None:
            found, size = make()
            self.put(key, found, size)
        return cast(Kept, found)


def megabytes(setting: str, else_: int) -> int:
    """How much memory a setting grants in this process."""
    return int(os.environ.get(setting) or else_)


CELLS = Shelf(megabytes("CLIENTELA_CORE_MB", 768) * MEGABYTE)
SETS = Shelf(megabytes("CLIENTELA_BITMAPS_MB", 512) * MEGABYTE)
