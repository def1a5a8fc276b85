"""How far the audit was, kept in each snapshot of the warehouse, by which entries cut off at the end are missed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from data.connection import Connection
from data.errors import WarehouseError
from data.people import audit_chain, audit_store
from data.people.audit_chain import ChainReport, KnownHead
from data.store import duckdb_engine as engine

SETTING = "audit_head"
KEPT = "INSERT OR REPLACE INTO setting VALUES (?, ?)"
READ = "SELECT value FROM setting WHERE name = ?"


def keep(connection: Connection, path: Path) -> None:
    """Keep the head of the audit in the snapshot that is on its way to `path`."""
    file = audit_store.place(path)
    head, chain = audit_store.head_told(file), audit_chain.chain_print(audit_store.key_of(file))
    connection.execute(KEPT, [SETTING, f"{chain} {head.number}:{head.seal}"])


def verified(warehouse: Path, written_down: str = "", newest: int = 0) -> ChainReport:
    """Check the audit of a warehouse against all that is known of it, and a head that somebody wrote down.

    All of it, or only the `newest` entries.

    Errors: WarehouseError; BadInput where that is no head.
    """
    known = [KnownHead(audit_chain.parse_head(written_down), "what was written down")] if written_down else []
    return audit_chain.verify(audit_store.place(warehouse), [*known, *_anchor(warehouse)], newest)


def _anchor(warehouse: Path) -> list[KnownHead]:
    """What the snapshot that is up knows, if it is of this chain: that of a warehouse from elsewhere is not."""
    try:
        with closing(engine.Reader(warehouse.resolve())) as reader:
            told = _told(reader.rows)
        chain, _, head = told.partition(" ")
        own = audit_chain.chain_print(audit_store.key_of(audit_store.place(warehouse)))
    except (WarehouseError, OSError, engine.EngineError):
        return []
    return [KnownHead(audit_chain.parse_head(head), "the warehouse")] if told and chain == own else []


def _told(rows: Callable[..., list[tuple[Any, ...]]]) -> str:
    found = rows(READ, [SETTING])
    return str(found[0][0]) if found else ""
