"""Columns of days on which a sale was cancelled or taken back: where one is filled, the line is no sale."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.compared_figures import share
from data.load.evidence.decided_words import is_mentioned
from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import many, named, only, settle

DAY = r"^\d{1,4}[-/. ]+(\d{1,2}|\pL{3,12})[-/. ,]+\d{1,4}([T ,].*)?$"
MOSTLY = 0.8
KINDS = ("cancelled", "taken_back")
AMOUNTS = ("revenue", "quantity", "amount")


def notices(sample: RowSample) -> Iterator[Notice]:
    """A notice for each such column."""
    for column, kind in days_undone(sample).items():
        yield notice(sample, column, kind)


def days_undone(sample: RowSample) -> dict[str, str]:
    """The columns of such days that some lines fill, and whether these were cancelled or taken back."""
    used = set(sample.part.columns.values())
    found = {}
    for column, texts in sample.texts.items():
        kind = next((each for each in KINDS if header_words.is_called(column, each)), None)
        if kind is None or column in used or is_mentioned(sample.part, column):
            continue
        days = texts.drop_nulls()
        some = 0 < len(days) < len(texts) and share(days.str.contains(DAY)) >= MOSTLY
        if some and _count(sample, texts.is_not_null()):
            found[column] = kind
    return found


def _count(sample: RowSample, rows: pl.Series) -> bool:
    """Whether the amounts of these rows add to the others."""
    amount = next((each for name in AMOUNTS if (each := sample.field(name)) is not None), None)
    return amount is None or bool((amount.filter(rows) > 0).any())


def notice(sample: RowSample, column: str, kind: str) -> Notice:
    """That some lines have such a day, with the way to leave them out."""
    part, name = sample.part, f"standing: {column}"
    filled = sample.texts[column].is_not_null()
    told = "cancelled" if kind == "cancelled" else "taken back"
    said = (
        f"{column} has a day in {many(int(filled.sum()), 'row')} of {sample.seen} (first row"
        f" {sample.row(int(filled.arg_max() or 0))}): {told}, and their amounts count like sales."
    )
    left = only(part, test(column), f"Leave out what was {told}")
    stay = settle(part, name, "They are sales like the others")
    return Notice(name, said, "What becomes of them?", (left, stay))


def test(column: str) -> str:
    """The expression that is true where nothing was undone."""
    return f"missing({named(column)})"
