"""A whole warehouse in place of another: made beside it, put in its place at once, and exchanged back at will.

What was there before is kept as `<name>.before`. An exchange loses nothing, so undoing can be undone.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from data.engines import duckdb as engine
from data.errors import ClientelaError, WarehouseError
from data.ledger import is_simulated
from data.warehouse import Warehouse, current_version

WAIT_SECONDS = 60.0
A_DAY = 24 * 60 * 60


def set_aside(path: Path) -> Path:
    """Where the warehouse lies that was at `path` before."""
    return path.with_name(f"{path.name}.before")


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A place on the same disk to make another warehouse in; what was not published is gone at the end."""
    with engine.own_files(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{path.name}.*"):  # by a process that was ended half-way
            if left.is_dir() and time.time() - left.stat().st_mtime > A_DAY:
                shutil.rmtree(left, ignore_errors=True)
        made = tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent)
    with made as folder:
        yield Path(folder) / path.name


def publish(fresh: Path, path: Path, instead_of: str) -> None:
    """Put `fresh` in the place of the warehouse at `path`, whose version must still be `instead_of`.

    Readers keep what they opened. Errors: WarehouseError, and everything is as it was.
    """
    current_version(fresh)
    with engine.only_writer(path, WAIT_SECONDS):
        if current_version(path) != instead_of:
            raise WarehouseError(
                "Somebody changed the warehouse in the meantime.",
                "Look at what it holds now, then load again.",
            )
        with engine.own_files(path):
            _keep_own(set_aside(path))
            _copy(path, set_aside(path))
        engine.publish(fresh, path)


def exchange(path: Path) -> None:
    """Put what was set aside back in its place, and set aside what is there now.

    Errors: WarehouseError where nothing was set aside, or it cannot be opened.
    """
    with engine.only_writer(path, WAIT_SECONDS):
        Warehouse(set_aside(path)).close()
        waiting = path.with_name(f"{path.name}.exchanged")
        with engine.own_files(path):
            _copy(path, waiting)
        engine.publish(set_aside(path), path)
        with engine.own_files(path):
            waiting.replace(set_aside(path))


def _copy(path: Path, to: Path) -> None:
    """A second name for the same file: at no moment is there no warehouse at `path`."""
    to.unlink(missing_ok=True)
    try:
        os.link(path, to)
    except OSError:  # a disk without hard links
        shutil.copyfile(path, to)


def _keep_own(before: Path) -> None:
    """Move a warehouse of somebody's own data out of the way; a simulated one can be made again."""
    if not before.exists():
        return
    try:
        store = Warehouse(before)
        simulated = is_simulated(store)
        store.close()
    except ClientelaError:
        simulated = False
    if not simulated:
        places = (before.with_name(f"{before.name}-{number}") for number in count(1))
        before.rename(next(place for place in places if not place.exists()))
