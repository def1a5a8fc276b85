"""Folders of drops that are empty because all that they held was loaded and moved away: nothing new came there."""

from __future__ import annotations

from pathlib import Path

from data.load.mappings.deliveries import FoundDeliveries, NoneThere
from data.load.mappings.mapping import Mapping
from data.load.record import batch_ledger as ledger
from data.store import warehouse


def but_for_archived(mapping: Mapping, found: FoundDeliveries, path: Path) -> FoundDeliveries:
    """What was found, but for folders whose files the warehouse at `path` knows; a name never seen there waits."""
    empty = [each for each in found.waiting if isinstance(each.fault, NoneThere)]
    if not empty or not warehouse.is_there(path):
        return found
    snapshot = warehouse.Warehouse(path)
    try:
        rows, source = snapshot.rows, mapping.source
        known = [each for each in empty if ledger.brought(rows, source, each.part, Path(each.file).name)]
        return found.but_for(known)
    finally:
        snapshot.close()
