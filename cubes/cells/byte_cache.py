"""What was fetched or worked out once and is kept while there is room, for all sessions of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from functools import cached_property
from operator import itemgetter
from typing import TypeVar, cast

from cachetools import LRUCache

from data import environment

Value = TypeVar("Value")
MEGABYTE = 1_000_000


class ByteCache:
    """Values by key, within the megabytes that an environment variable grants: what was not asked for longest goes."""

    def __init__(self, setting: str) -> None:
        self.setting = setting
        self._lock = threading.Lock()

    @cached_property
    def limit(self) -> int:
        """In bytes. Raises BadInput."""
        return environment.megabytes(self.setting) * MEGABYTE

    @cached_property
    def _held(self) -> LRUCache[Hashable, tuple[object, int]]:
        return LRUCache(self.limit, getsizeof=itemgetter(1))

    def get(self, key: Hashable) -> object | None:
        with self._lock:
            found = self._held.get(key)
        return None if found is None else found[0]

    def put(self, key: Hashable, value: object, size: int) -> None:
        """Keep a value of so many bytes; one that is larger than all the room is not kept."""
        if size <= self.limit:
            with self._lock:
                self._held[key] = value, size

    def keep(self, key: Hashable, make: Callable[[], tuple[Value, int]]) -> Value:
        """The value of that key; `make` says it and its bytes where it is not held."""
        found = self.get(key)
        if found is None:
            found, size = make()
            self.put(key, found, size)
        return cast(Value, found)


CELLS = ByteCache(environment.CORE_MB)
SETS = ByteCache(environment.BITMAPS_MB)
