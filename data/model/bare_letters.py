"""Texts in small letters without accents, by which names are found however they are written; here and in SQL alike."""

from __future__ import annotations

import unicodedata
from functools import cache

STRUCK = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i"}


def bare(text: str) -> str:
    """A text in small letters without accents, its runs of blanks one blank.

    >>> bare("  Łódź  CAFÉ ")
    'lodz cafe'
    """
    return " ".join("".join(map(_bare, text.lower())).split())


def bare_sql(column: str) -> str:
    """SQL for the same of a column, its blanks as they are."""
    small = f"strip_accents(lower({column}))"
    return f"translate({small}, '{''.join(STRUCK)}', '{''.join(STRUCK.values())}')"


@cache
def _bare(letter: str) -> str:
    """The letter without its accent; one that would be several stays as it is."""
    parts = [each for each in unicodedata.normalize("NFD", letter) if not unicodedata.combining(each)]
    return STRUCK.get(letter) or "".join(parts[:1])
