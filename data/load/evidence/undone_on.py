"""Columns of days on which a sale was cancelled or taken back: where one is filled, the line is no sale."""

from __future__ import annotations

from collections.abc import Iterator


from data.load.evidence import words
from data.load.evidence.decided import is_mentioned
from data.load.evidence.figures import share
from data.load.evidence.sample import Sample
from data.load.evidence.ways import many, named, only, settle
from data.load.notice import Notice

DAY = r"^\d{1,4}[-/. ]+(\d{1,2}|\pL{3,12})[-/. ,]+\d{1,4}([T ,].*)?$"
MOSTLY = 0.8
KINDS = ("cancelled", "taken_back")


def notices(sample: Sample) -> Iterator[Notice]:
    """A notice for each such column."""
    for column, kind in days_undone(sample).items():
        yield notice(sample, column, kind)


def days_undone(sample: Sample) -> dict[str, str]:
    """The columns of such days that some lines fill, and whether these were cancelled or taken back."""
    part = sample.part
    used = set(part.columns.values())
    found = {}
    for column, texts in sample.texts.items():
        kind = next((each for each in KINDS if words.is_called(column, each)), None)
        if kind is None or column in used or is_mentioned(part, column):
            continue
        filled = texts.drop_nulls()
        if 0 < len(filled) < len(texts) and share(filled.str.contains(DAY)) >= MOSTLY:
            found[column] = kind
    return found


def notice(sample: Sample, column: str, kind: str) -> Notice:
    """That some lines have such a day, with the way to leave them out."""
    part, name = sample.part, f"standing: {column}"
    filled = sample.texts[column].is_not_null()
    told = "cancelled" if kind == "cancelled" else "taken back"
    said = (
        f"{column} has a day in {many(int(filled.sum()), 'row')} of {sample.seen} (first row"
        f" {sample.row(int(filled.arg_max() or 0))}): {told}, and their amounts count like sales."
    )
    ways = (only(part, test(column), f"Leave out what was {told}"), settle(part, name, "They are sales like the others"))
    return Notice(name, said, "What becomes of them?", ways)


def test(column: str) -> str:
    """The expression that is true where nothing was undone."""
    return f"missing({named(column)})"
