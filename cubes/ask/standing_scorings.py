"""By which scorings the scores of an answer were found, said beside them: the last one that tells each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from cubes.catalogue.scores import CARRIED_DAYS
from cubes.cells.scope import Scope
from cubes.model import Cube
from data.model import scoring
from data.model.calendar import to_date
from data.model.said import joined, said
from data.model.scoring import SavedScoring
from data.store.warehouse import Warehouse


def notes(warehouse: Warehouse, cube: Cube, scope: Scope) -> Iterator[str]:
    """A sentence for each scoring that stands, one where it no longer does, and one where earlier ones were others."""
    if cube.fact != scoring.SCORE.name:
        return
    last = to_date(scope.days[-1].last) if scope.days else date.max
    every = [each for each in scoring.read(warehouse.rows) if each.scoring.scored_on <= last]
    standing = _standing(every)
    for each in standing:
        yield each.sentence
        if scope.days and each.scoring.scored_on < last - timedelta(days=CARRIED_DAYS):
            yield said(
                "That is more than {:,} days before {}, so it stands no longer: score customers anew.",
                CARRIED_DAYS,
                last,
            )
    others = {each.scoring.made for each in every} - {each.scoring.made for each in standing}
    if others:
        yield said(
            "Earlier scorings were made otherwise ({}): what changed since may be the model's doing.",
            joined("; ", sorted(others)),
        )


def _standing(every: Sequence[SavedScoring]) -> list[SavedScoring]:
    """Those that tell a score which no later one tells, the earliest first."""
    told: set[str] = set()
    found = []
    for each in reversed(every):
        if not told.issuperset(each.scores):
            found.append(each)
        told.update(each.scores)
    return found[::-1]
