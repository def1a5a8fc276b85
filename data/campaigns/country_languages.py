"""The language that a country mostly reads, from how people write the country; tables of languages begin with it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from babel import Locale
from babel.languages import get_official_languages

NAMED_IN = ("en", "it", "de", "fr", "es", "nl", "pl", "ru")


def proposed_languages(countries: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Of each country that is known, by its name in one of eight languages or by its two letters, its first official
    language; others are left out.

    >>> proposed_languages(["Italy", "Deutschland", "FR", "Atlantis"])
    (('Italy', 'it'), ('Deutschland', 'de'), ('FR', 'fr'))
    """
    known = _territories()
    found = ((each, get_official_languages(known.get(each.casefold(), ""))) for each in countries)
    return tuple((country, languages[0]) for country, languages in found if languages)


@lru_cache(maxsize=1)
def _territories() -> dict[str, str]:
    """Two letters of a country by its names, and by themselves."""
    found: dict[str, str] = {}
    for language in NAMED_IN:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(name.casefold(), code)
                found.setdefault(code.casefold(), code)
    return found
