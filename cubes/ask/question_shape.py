"""What is noted of a question that was answered: its shape, for the log of questions."""

from __future__ import annotations

from cubes.query import Query
from data.store.question_log import ShapeKey


def shape(query: Query) -> ShapeKey:
    """The levels and measures of a question, without members, moments or order."""
    return ShapeKey(
        query.cube,
        tuple(sorted(query.by)),
        tuple(sorted({cut.level for cut in query.cuts})),
        tuple(sorted({measure.partition(":")[0] for measure in query.measures})),
    )
