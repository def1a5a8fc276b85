"""The header of a table: below what a report prints above it, or missing altogether."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

Cells = Sequence[str | None]
DATA = re.compile(
    r"[-+(]?\s*[€$£]?\s*\d[\d.,'’\s\u00a0\u202f]*%?\)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(\D.*)?|\d{1,2}:\d\d.*"
)
YEAR = re.compile(r"(19|20)\d\d")
FIRST_ROWS, MOST_ABOVE, ENOUGH = 200, 30, 0.75
NO_HEADER = "{} has no header: its columns are called column 1, column 2 and so on."
PASSED_OVER = "{}: the first {} lines were passed over; they stand above the header."
ONE_PASSED_OVER = "{}: the first line was passed over; it stands above the header."


def header_at(rows: Sequence[Cells]) -> int:
    """Which of the first rows of a file is the header: the first, unless those above it are plainly no table.

    A header fills most of its columns, with words. What stands above it fills fewer, or begins with a #.

    >>> header_at([["Sales 2024"], [], ["Day", "Amount"], ["2024-01-05", "3"], ["2024-01-06", "4"]])
    2
    """
    usual = median(_filled(row) for row in rows) if rows else 0
    if not rows or (not _is_comment(rows, 0) and _is_header(rows[0], usual)):
        return 0
    for at, row in enumerate(rows[: MOST_ABOVE + 1]):
        if not _is_comment(rows, at) and _is_header(row, usual):
            above = [each for each in rows[:at] if not _hash(each)]
            fewer = all(_filled(each) < _filled(row) for each in above)
            told = _is_above_data(rows, at) or all(len(each) < len(row) for each in above)
            return at if fewer and told else 0
    return 0


def is_missing(rows: Sequence[Cells]) -> bool:
    """Whether the first row is one of the table: numbers and dates only, as in the next."""
    if len(rows) < 2 or len(rows[0]) < 2 or len(rows[0]) != len(rows[1]):
        return False
    first = [cell.strip() for cell in rows[0] if cell and cell.strip()]
    data = len(first) == len(rows[0]) and all(DATA.fullmatch(cell) for cell in first)
    return data and not all(YEAR.fullmatch(cell) for cell in first) and all(
        DATA.fullmatch((cell or "").strip()) for cell in rows[1]
    )  # fmt: skip


def _is_header(row: Cells, usual: float) -> bool:
    words = [cell.strip() for cell in row if cell and cell.strip()]
    return len(words) >= max(2, ENOUGH * usual) and not any(DATA.fullmatch(word) for word in words)


def _is_above_data(rows: Sequence[Cells], at: int) -> bool:
    """Whether the row after `at` holds a number or a date, which its header does not."""
    following = next((row for row in rows[at + 1 :] if _filled(row)), ())
    return any(DATA.fullmatch((cell or "").strip()) for cell in following)


def _is_comment(rows: Sequence[Cells], at: int) -> bool:
    """Whether a row begins with a # and a header follows it: a first column may be called # as well."""
    following = next((row for row in rows[at + 1 :] if _filled(row)), ())
    return _hash(rows[at]) and (
        _hash(following) or _is_header(following, 2) or len(following) != len(rows[at])
    )


def _hash(row: Cells) -> bool:
    return bool(row and (row[0] or "").lstrip().startswith("#"))


def _filled(row: Cells) -> int:
    return sum(bool(cell and cell.strip()) for cell in row)


def passed_over(name: str, lines: int) -> str:
    """A sentence on the lines above the header of a file."""
    return ONE_PASSED_OVER.format(name) if lines == 1 else PASSED_OVER.format(name, lines)
