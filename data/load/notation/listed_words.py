"""Words that sources use for one of a few things: told alike whatever their case, accents and what stands between."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping


def meanings(listed: Mapping[str, str]) -> dict[str, str]:
    """What each word means, of lists of words by what they mean, written with commas, in small letters without accents.

    >>> meanings({"given": "yes, opt in"})
    {'yes': 'given', 'opt in': 'given'}
    """
    pairs = [(word.split(), told) for told, words in listed.items() for word in words.split(",")]
    return {" ".join(word): told for word, told in pairs if word}


def meaning(text: str, known: Mapping[str, str]) -> str | None:
    """What a text means, or None."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return known.get(re.sub(r"[\W_]+", " ", bare).strip())


def meaning_sql(text: str, known: Mapping[str, str], otherwise: str = "NULL") -> str:
    """SQL for what the SQL text `text` means, or for `otherwise`."""
    bare = rf"trim(regexp_replace(strip_accents(lower({text})), '[^\p{{L}}\p{{N}}]+', ' ', 'g'))"
    cases = " ".join(
        f"WHEN {bare} IN ({', '.join(repr(word) for word, said in known.items() if said == each)}) THEN '{each}'"
        for each in dict.fromkeys(known.values())
    )
    return f"CASE {cases} ELSE {otherwise} END"
