"""Which places proposals are about: two that are alike word for word but for the place ask for two things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import polars as pl
from rapidfuzz import fuzz

from data.model.bare_letters import bare
from mining.proposals.proposal_text import plain_text, same_letters

MOST_WORDS, SHORTEST, SLIP = 4, 3, 85.0
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class NamedPlaces:
    """What one proposal says of its place: the field, known places that its words name, and names of its title."""

    stated: frozenset[str]
    known: frozenset[str]
    names: frozenset[str]

    @property
    def told(self) -> str:
        """The best of these in words, empty where nothing is said."""
        return ", ".join(sorted(self.stated or self.known or self.names))


def known_places(places: Iterable[str | None]) -> frozenset[str]:
    """The names of places as they are looked for in texts."""
    return frozenset(same_letters(each) for each in places) - {""}


def common_words(texts: Iterable[str]) -> frozenset[str]:
    """Words that are written with a small letter more often than with a capital: no names, however a title is set."""
    spelt: Counter[str] = Counter()
    for text in texts:
        spelt.update(WORD.findall(text))
    written: Counter[str] = Counter()
    for word, times in spelt.items():
        written[bare(word)] += times if word[0].islower() else -times if not word.isupper() else 0
    return frozenset(word for word, more in written.items() if more > 0)


def named_places(
    proposals: pl.DataFrame, known: frozenset[str] = frozenset(), common: frozenset[str] = frozenset()
) -> list[NamedPlaces]:
    """Of each row of `proposals` (`title`, `text`, `place`, null where not told).

    Names of a title are numbers, and words with a capital that are neither its first nor `common`; none where it has no
    small letters.
    """
    return [
        NamedPlaces(
            known_places([place]),
            _known(f"{title or ''} {text or ''}", known),
            _names(plain_text(title), common),
        )
        for title, text, place in proposals.select("title", "text", "place").iter_rows()
    ]


def is_elsewhere(first: NamedPlaces, second: NamedPlaces) -> bool | None:
    """Whether each names a place that the other does not; null where one of them names none.

    The fields are compared, else known places, else names; a slip of the keyboard makes no other place.
    """
    for one, other in (
        (first.stated, second.stated),
        (first.known, second.known),
        (first.names, second.names),
    ):
        if one and other:
            return _lacks(one, other) and _lacks(other, one)
    return None


def _lacks(one: frozenset[str], other: frozenset[str]) -> bool:
    return any(all(_differ(name, each) for each in other) for name in one)


def _differ(one: str, other: str) -> bool:
    if one.isdigit() or other.isdigit():
        return one != other
    return fuzz.ratio(one, other) < SLIP


def _known(text: str, gazetteer: Collection[str]) -> frozenset[str]:
    if not gazetteer:
        return frozenset()
    words = same_letters(text).split()
    return frozenset(name for name in _runs(words) if name in gazetteer)


def _runs(words: Sequence[str]) -> set[str]:
    return {
        " ".join(words[at : at + count])
        for count in range(1, MOST_WORDS + 1)
        for at in range(len(words) - count + 1)
    }


def _names(title: str, common: frozenset[str]) -> frozenset[str]:
    words = WORD.findall(title)
    capitals = [word for word in words[1:] if word[0].isupper()] if title != title.upper() else []
    names = {bare(word) for word in capitals if len(word) >= SHORTEST} - common
    return frozenset(names | {word for word in words if word.isdigit()})
