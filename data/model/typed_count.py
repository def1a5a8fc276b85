"""Counts that people type: digits, and few enough that Python reads them and somebody could mean them."""

from __future__ import annotations

MOST_DIGITS = 9


def whole(text: str) -> int | None:
    """A number of digits alone, and not more than anybody counts; None for all else.

    >>> whole("12"), whole("-12"), whole("1" * 5000)
    (12, None, None)
    """
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None
