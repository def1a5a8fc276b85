"""What people wrote that every view shows, read at once: the store is opened anew at each run."""

from __future__ import annotations

from dataclasses import dataclass

from cubes.analysis.seen_statements import seen_notes
from data.operational import operational_store
from data.operational.favourite_measures import favourites_among
from data.operational.notes import Note, notes_among
from data.operational.statement_kinds import FAVOURITE_MEASURE, NOTE
from data.operational.statement_log import current_of
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class WrittenBeside:
    """Favourite measures by the names that every cube knows, and the notes that one may see, the oldest first."""

    favourites: tuple[str, ...]
    notes: tuple[Note, ...]


def written_beside(warehouse: Warehouse) -> WrittenBeside:
    """What holds now. Errors: WarehouseError where it cannot be read."""
    liked, noted = current_of(operational_store.of(warehouse), FAVOURITE_MEASURE, NOTE)
    return WrittenBeside(favourites_among(liked), seen_notes(warehouse, notes_among(noted)))
