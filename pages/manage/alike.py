"""Two records side by side: which of their fields are the same, similar or different."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

SAME, SIMILAR, DIFFERENT, MISSING = "same", "similar", "different", "not known"
SYMBOLS = {SAME: "=", SIMILAR: "≈", DIFFERENT: "≠", MISSING: "·"}
ENOUGH = 0.75
SHORTEST_PHONE = 6


def mark(field: str, one: str | None, other: str | None) -> str:
    """How two values of a field stand to each other, whatever their writing.

    >>> mark("name", "Zoë Müller", "MULLER, Zoe"), mark("name", "Anna Rossi", "Ana Rosi")
    ('same', 'similar')
    >>> mark("phone", "+39 06 123 4567", "06-1234567"), mark("email", "a@x.it", "b@y.com"), mark("city", "", "Rome")
    ('same', 'different', 'not known')
    """
    if not (one or "").strip() or not (other or "").strip():
        return MISSING
    left, right = _bare(field, one or ""), _bare(field, other or "")
    if left == right or (field == "phone" and _same_phone(left, right)):
        return SAME
    return SIMILAR if SequenceMatcher(None, left, right).ratio() >= ENOUGH else DIFFERENT


def _bare(field: str, text: str) -> str:
    """The text without accents, case and marks; a name's words in order, of a phone only its digits."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    if field == "phone":
        return re.sub(r"\D", "", plain).lstrip("0")
    words = plain.split() if field == "email" else re.findall(r"\w+", plain)
    return " ".join(sorted(words) if field == "name" else words)


def _same_phone(one: str, other: str) -> bool:
    """With and without the country's number in front."""
    short, long = sorted((one, other), key=len)
    return len(short) >= SHORTEST_PHONE and long.endswith(short)
