"""Lines above the header: a title, the period of a report, the first line of a DATEV file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from data.load.mappings.canonical_fields import SUBJECTS
from data.load.proposal.column_assignment import score
from data.sources.delimited import DELIMITERS
from data.sources.file import distinct_names
from data.sources.plain_text import encoding

MOST = 15
ENOUGH = 2
LONGEST = 100_000


def rows_above(path: Path) -> int:
    """How many lines of a text file stand above its header; 0 if no line is one."""
    rated = [(known(distinct_names(row)), -at) for at, row in enumerate(_lines(path))]
    best, at = max(rated, default=(0, 0))
    return -at if best >= ENOUGH else 0


def known(columns: Sequence[str]) -> int:
    """How many of these names are called like a field of any subject."""
    fields = {(subject.name, field.name) for subject in SUBJECTS for field in subject.fields}
    return sum(
        any(score(subject, field, name) for subject, field in fields) for name in columns if len(name) < 100
    )


def _lines(path: Path) -> list[list[str]]:
    """The first lines of a text file, split by the delimiter by which the most of their names are known."""
    with path.open("rb") as file:
        head = file.read(LONGEST)
    text = head.decode(encoding(path, path.name)[0], errors="ignore")
    lines = text.splitlines()[:MOST]
    split = [[_split(line, delimiter) for line in lines] for delimiter in DELIMITERS]
    return max(split, key=lambda rows: max((known(distinct_names(row)) for row in rows), default=0))


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])
