"""A whole warehouse in place of another firm's: made beside it, then put in its place at once.

What was there before is kept as a snapshot that one can go back to (`data.recovery.earlier_states`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.access.deed import Deed
from data.errors import WarehouseError
from data.recovery.earlier_states import go_back
from data.recovery.ownership import is_own
from data.store import duckdb_engine as engine
from data.store import private_files
from data.store.publication import Instead, firm_before, kept, published, publishing
from data.store.warehouse import current_version


def set_aside(path: Path) -> Path | None:
    """Where the firm lies whose place the one at `path` took, if that is kept."""
    number = firm_before(published(path))
    return kept(path).get(number) if number is not None else None


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A place on the same disk to make another warehouse in; what was not published is gone at the end."""
    with engine.own_files(path):
        private_files.make_folder(path.parent)
        private_files.clear_away(path)
        folder = private_files.kept_folder(path.parent, f".{path.name}.")
    try:
        yield folder / path.name
    finally:
        private_files.remove(folder)


def publish(fresh: Path, path: Path, instead_of: str) -> None:
    """Put `fresh` in the place of the warehouse at `path`, whose version must still be `instead_of`.

    Readers keep what they opened. Errors: WarehouseError, and everything is as it was.
    """
    deed = published(fresh)[-1].deed
    with publishing(path, f"{deed} in place of another firm", Instead(fresh, own=is_own(path)), Deed.LOAD):
        if current_version(path) != instead_of:
            raise WarehouseError(
                "Somebody changed the warehouse in the meantime.",
                "Look at what it holds now, then load again.",
            )


def exchange(path: Path) -> None:
    """Put the firm back whose place the present one took, and set that aside. Errors: WarehouseError."""
    aside = firm_before(published(path))
    if aside is None or aside not in kept(path):
        raise WarehouseError("No other firm was here before.", "'python -m data history' lists what is kept.")
    go_back(path, aside)
