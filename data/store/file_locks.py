"""Locks among processes, by `filelock`: one holder at a time, or many that read. Each is free once its process ends.

What reads a snapshot holds it with many others where the system can tell (`flock`). Windows cannot, and need not: it
keeps a file that a program has open from being written over or taken away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout, lock_descriptor

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

Busy = Timeout
OWNER_ALONE = 0o600
EVERY_SECONDS = 0.1
INSIDE = ".held"


@contextmanager
def alone(lock: Path, seconds: float = 0) -> Iterator[None]:
    """Alone among all who ask for this lock. Errors: Busy after waiting in vain, OSError where none can be made."""
    lock.parent.stat()  # a folder that is not there would be made
    with FileLock(lock, timeout=max(seconds, 0), mode=OWNER_ALONE, poll_interval=EVERY_SECONDS,
                  fallback_to_soft=False):  # fmt: skip
        yield


def take(descriptor: int) -> bool:
    """Hold an open file alone until it is closed; False where somebody else holds it. Errors: OSError."""
    return lock_descriptor(descriptor, blocking=False)


def share(descriptor: int) -> None:
    """Hold an open file together with others who read it, so that `take_unread` finds it read."""
    if fcntl:
        with suppress(OSError):  # where files cannot be locked, none is written over either
            fcntl.flock(descriptor, fcntl.LOCK_SH)


def take_unread(file: IO[Any]) -> bool:
    """Hold a file alone that is open for writing; False where somebody reads it, or nobody can tell."""
    try:
        if not take(file.fileno()):
            return False
        if fcntl:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # other programs that read it with the engine
    except OSError:
        return False
    return True


def open_folder(place: Path) -> int:
    """A descriptor that stands for a folder; a file in it does where folders cannot be opened. Errors: OSError."""
    if hasattr(os, "O_DIRECTORY"):
        return os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    return os.open(place / INSIDE, os.O_RDWR | os.O_CREAT, OWNER_ALONE)
