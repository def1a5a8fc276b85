"""Links to the portal and the browsers that opened them: a private file of SQLite beside the warehouse, and its key.

Of a token neither the link nor the browser's is kept, but what it is known by. No backup holds either file: who puts a
warehouse up elsewhere makes new links.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from pathlib import Path
from sqlite3 import Connection

from data.store import private_files
from data.store.sqlite_file import SqliteKind

ENDING, KEY_ENDING = ".portal.sqlite", ".portal.key"
MARK = 0x434C504F  # "CLPO", as SQLite keeps whose a file is
CREATED = (
    """CREATE TABLE link (
        id TEXT PRIMARY KEY, warehouse TEXT NOT NULL, kind TEXT NOT NULL, numbering TEXT NOT NULL, number TEXT NOT NULL,
        made_at INTEGER NOT NULL, made_by TEXT NOT NULL, until INTEGER NOT NULL, openings INTEGER NOT NULL,
        opened INTEGER NOT NULL DEFAULT 0, used_at INTEGER, revoked_at INTEGER, revoked_by TEXT)""",
    "CREATE TABLE browser (token TEXT PRIMARY KEY, link TEXT NOT NULL REFERENCES link (id), began INTEGER NOT NULL)",
    "CREATE INDEX browser_link ON browser (link)",
    "CREATE TABLE sent (form TEXT PRIMARY KEY, link TEXT NOT NULL)",
)
KIND = SqliteKind(
    MARK,
    (CREATED,),
    holds="who was given a link to the portal",
    other="the links of Clientela's portal",
    remedy="Move it away, with its key: every link ends, and new ones can be made.",
    synchronous="FULL",
)


def place(warehouse: Path) -> Path:
    """Where the links of a warehouse are kept."""
    return warehouse.with_name(f"{warehouse.name}{ENDING}")


def reading(warehouse: Path) -> AbstractContextManager[Connection | None]:
    """One state of the links; None where none was ever made. Errors: WarehouseError."""
    return KIND.reading(place(warehouse))


def writing(warehouse: Path) -> AbstractContextManager[Connection]:
    """A transaction alone with the links. Errors: WarehouseError."""
    return KIND.writing(place(warehouse))


def key_of(warehouse: Path, make: bool = False) -> bytes:
    """What links are signed with; where there is none one that signs nothing, or a new one that is kept."""
    at = warehouse.with_name(f"{warehouse.name}{KEY_ENDING}")
    with suppress(FileNotFoundError, ValueError):
        return bytes.fromhex(at.read_text("ascii").strip())
    return private_files.made_secret(at) if make else b""
