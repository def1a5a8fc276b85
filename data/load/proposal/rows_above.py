"""Lines above the header: a title, the period of a report, the first line of a DATEV file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.load.fields import SUBJECTS
from data.load.proposal.assignment import score
from data.sources.delimited import DELIMITERS
from data.sources.file import Staged, distinct_names, form

MOST = 15
ENOUGH = 2
LONGEST = 100_000
ENCODINGS = ("utf-8-sig", "cp1252")


def rows_above(connection: Any, staged: Staged, path: Path) -> int:
    """How many lines stand above the header; 0 if the first line is one, or no line is."""
    first = known(staged.columns)
    if first >= ENOUGH:
        return 0
    rows = _lines(path) if form(path) == "delimited" else [staged.columns, *_rows(connection, staged)]
    rated = [(known(distinct_names(row)), -at) for at, row in enumerate(rows)]
    best, at = max(rated, default=(0, 0))
    return -at if best > max(first, 1) else 0


def known(columns: Sequence[str]) -> int:
    """How many of these names are called like a field of any subject."""
    fields = {(subject.name, field.name) for subject in SUBJECTS for field in subject.fields}
    return sum(
        any(score(subject, field, name) for subject, field in fields) for name in columns if len(name) < 100
    )


def _rows(connection: Any, staged: Staged) -> list[tuple[str | None, ...]]:
    listed = ", ".join(f"c{at}::VARCHAR" for at in range(len(staged.columns)))
    found: list[tuple[str | None, ...]] = connection.execute(
        f"SELECT {listed} FROM {staged.table} ORDER BY rowid LIMIT {MOST}"
    ).fetchall()
    return found


def _lines(path: Path) -> list[list[str]]:
    """The first lines of a text file, split by the delimiter by which the most of their names are known."""
    with path.open("rb") as file:
        head = file.read(LONGEST)
    text = next((said for each in ENCODINGS if (said := _decoded(head, each))), "")
    lines = text.splitlines()[:MOST]
    split = [[_split(line, delimiter) for line in lines] for delimiter in DELIMITERS]
    return max(split, key=lambda rows: max((known(distinct_names(row)) for row in rows), default=0))


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _decoded(head: bytes, encoding: str) -> str:
    try:
        return head.decode(encoding, errors="strict" if len(head) < LONGEST else "ignore")
    except UnicodeDecodeError:
        return ""
