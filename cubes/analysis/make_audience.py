"""Making an audience: its question is said, durable at once, and a publication writes who stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cubes.analysis.audience_question import AudienceQuestion
from data.operational.audiences import Audience
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class MadeAudience:
    """What came of it: `is_published` says whether its members are written, or the next publication brings them;
    `notes` are sentences for whoever made it."""

    audience: Audience
    is_published: bool
    notes: tuple[str, ...]


def make_audience(
    warehouse: Warehouse, name: str, question: AudienceQuestion, mode: str, who: str
) -> MadeAudience:
    """Make an audience of who the question finds on this snapshot.

    Raises BadRequest for a name that is taken, an audience of nobody, and what cannot be answered; WarehouseError.
    """
    raise NotImplementedError


def make_listed_audience(
    warehouse: Warehouse, name: str, words: str, ids: Sequence[str], who: str
) -> MadeAudience:
    """Make a frozen audience of the customers with these ids, however many; `words` say what list it is, and name
    nobody. Raises BadRequest as `make_audience`, and for ids that the warehouse does not have; WarehouseError."""
    raise NotImplementedError
