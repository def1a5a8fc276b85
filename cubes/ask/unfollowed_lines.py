"""What stands beside numbers that follow from order lines while the last of these are not followed yet."""

from __future__ import annotations

from collections.abc import Iterator

from data.model.canonical_tables import FACT, MAIN_FACT
from data.model.said import said
from data.store import unfollowed
from data.store.warehouse import Warehouse

LINES = "unfollowed lines"


def notes(warehouse: Warehouse, fact: str) -> Iterator[str]:
    """That some lines are missing, where the fact is derived and they are."""
    if FACT[fact].is_derived and (lines := _lines(warehouse)):
        yield said(
            "What follows from the last {:,} order lines is not told yet: it is being worked out.", lines
        )


def _lines(warehouse: Warehouse) -> int:
    """How many lines that whoever asks may see are not in facts that are derived."""
    if LINES not in warehouse.beside:
        through = unfollowed.through_batch(warehouse.rows)
        sql = f"SELECT count(*) FROM {MAIN_FACT.name} WHERE batch > ?"
        warehouse.beside[LINES] = 0 if through is None else int(warehouse.rows(sql, [through])[0][0])
    found: int = warehouse.beside[LINES]
    return found
