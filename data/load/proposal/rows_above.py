"""Lines above the header: a title, a date of the report, the first line of a DATEV file."""

from __future__ import annotations

from typing import Any

from data.load.fields import SUBJECTS
from data.load.proposal.assignment import score
from data.sources.file import Staged, distinct_names

MOST = 12
ENOUGH = 2


def rows_above(connection: Any, staged: Staged) -> int:
    """How many lines stand above the header; 0 if the first line is one, or no line is."""
    first = known(staged.columns)
    if first >= ENOUGH:
        return 0
    listed = ", ".join(f"c{at}::VARCHAR" for at in range(len(staged.columns)))
    rows = connection.execute(f"SELECT {listed} FROM {staged.table} ORDER BY rowid LIMIT {MOST}").fetchall()
    rated = [(known(distinct_names(row)), -at, at + 1) for at, row in enumerate(rows)]
    best = max(rated, default=(0, 0, 0))
    return best[2] if best[0] > max(first, 1) else 0


def known(columns: tuple[str, ...]) -> int:
    """How many of these names are called like a field of any subject."""
    fields = {(subject.name, field.name) for subject in SUBJECTS for field in subject.fields}
    return sum(any(score(subject, field, name) for subject, field in fields) for name in columns)
