"""Which of the encodings of one byte a letter a text is in: by the words that each makes of it.

The same byte is è in Western Europe, č in Central Europe and и in Cyrillic. What tells is what stands around it: a
vowel stands between consonants and the other way round, Cyrillic words have no Latin letter, and the letters of a text
are mostly those of one language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

WESTERN, CYRILLIC = "cp1252", "cp1251"
CALLED = {"cp1252": "Western European", "cp1250": "Central European", "cp1251": "Cyrillic", "cp1254": "Turkish",
          "iso8859_2": "Central European"}  # fmt: skip
LETTERS = {
    "cp1252": ("äöüß", "àâçéèêëîïôùûœ", "àèéìíòóùú", "áéíñóúüº", "ãõâáàçéêíóôú", "éëïöüè", "åäöæøé", "áðéíóúýþæö"),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß"),
    "cp1254": ("çğıöşüâîû",),
}  # fmt: skip
LETTERS["iso8859_2"] = LETTERS["cp1250"]
VOWELS = frozenset("aeiouyàâáäãåæèéêëěęìíîïòóôöõøőœùúûüůűýąăıº")
WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
MOST_WORDS, FEWEST = 5_000, 3
CROWN = "Kč".encode("cp1250")
SURE = 0.1  # how much better a reading must be, a word, than the next that reads differently
# What stands behind some letters: ão and õe are Portuguese, ñ is Spanish where a vowel follows, else a Polish ń.
BEFORE = {"ñ": "[aeiouáéíóú]", "ń": "[^aeiouáéíóú]|$", "ã": "[oe]", "õ": "e", "œ": "[uic]"}
IMPOSSIBLE, SIGN, ODD_CAPITAL, OF_A_LANGUAGE = -10.0, -3.0, -2.0, 2.0


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest encoding, a word as it reads in it, and how that reads in the next likely, where that is near."""

    encoding: str
    word: str
    other: str = ""
    other_word: str = ""

    @property
    def told(self) -> str:
        """What was decided, in words, behind the name of a file; nothing where it changes no word."""
        if not self.word:
            return ""
        said = (
            f"is not UTF-8: it is read as {CALLED[self.encoding]} ({self.encoding}), such as {self.word!r}."
        )
        if self.other:
            said += f' If {self.other_word!r} is meant, say encoding = "{self.other}".'
        return said


def guess(text: bytes) -> Guess:
    """The likeliest encoding of a text that is no UTF-8."""
    words = Counter(word for word in WORD.findall(text) if not word.isascii())
    told = {word: n for word, n in words.most_common(MOST_WORDS) if len(word) >= FEWEST}
    if not told:
        return _of_short(words)
    if _are_cyrillic(told):
        return Guess(CYRILLIC, _example(told, CYRILLIC))
    rated = sorted(LETTERS, key=lambda each: -_score(told, each))
    best, level = rated[0], _score(told, rated[0]) - SURE * len(told)
    differing = [(each, word) for each in rated[1:] if _score(told, each) >= level
                 and (word := _differing(told, best, each))]  # fmt: skip
    if not differing:
        return Guess(best, _example(told, best))
    other, word = differing[0]
    return Guess(best, word.decode(best, "replace"), other, word.decode(other, "replace"))


def _of_short(words: Iterable[bytes]) -> Guess:
    """The guess where there are only signs and words of two letters: of units and currencies."""
    if CROWN in words:
        return Guess("cp1250", "Kč")
    short = [word for word in words if len(word) > 1 and word.decode(CYRILLIC, "replace").isalpha()]
    cyrillic = [word for word in short if not re.search(rb"[A-Za-z]", word)]
    return Guess(CYRILLIC, cyrillic[0].decode(CYRILLIC)) if cyrillic else Guess(WESTERN, "")


def _are_cyrillic(words: dict[bytes, int]) -> bool:
    """Whether words have no Latin letter beside those of more than ASCII."""
    whole = [word for word in words if not re.search(rb"[A-Za-z]", word)]
    read = [word for word in whole if word.decode(CYRILLIC, "replace").isalpha()]
    return len(read) > 0.6 * len(words)


def _score(words: dict[bytes, int], encoding: str) -> float:
    """How much these look like words in an encoding."""
    read = [word.decode(encoding, "replace") for word in words]
    known = max(sum(_has_only(word, letters) for word in read) for letters in LETTERS[encoding])
    return sum(map(_of_word, read)) + OF_A_LANGUAGE * known


def _has_only(word: str, letters: str) -> bool:
    return all(each.isascii() or each in letters for each in word.lower())


def _of_word(word: str) -> float:
    return sum(_of_letter(word, at) for at, each in enumerate(word) if not each.isascii())


def _of_letter(word: str, at: int) -> float:
    """How well a letter stands among its neighbours."""
    letter, before, behind = word[at], word[at - 1 : at], word[at + 1 : at + 2]
    if letter == "\ufffd" or ord(letter) < 0xA0:
        return IMPOSSIBLE
    if not letter.isalpha():
        return SIGN if len(word) > 1 else 0.0
    score = ODD_CAPITAL if letter.isupper() and before.islower() else 0.0
    for letters, near in BEFORE.items():
        if letter.lower() in letters:
            return score + (1.0 if re.match(near, behind.lower()) else -1.0)
    if letter == "þ" and before:  # Icelandic begins words with it, Turkish has a ş in its place anywhere
        return score - 2.0
    for near in filter(str.isalpha, (before, behind)):
        score += 1.0 if (near.lower() in VOWELS) != (letter.lower() in VOWELS) else -1.0
    return score


def _differing(words: dict[bytes, int], one: str, other: str) -> bytes | None:
    """The commonest word that reads differently."""
    return next(
        (word for word in words if word.decode(one, "replace") != word.decode(other, "replace")), None
    )


def _example(words: dict[bytes, int], encoding: str) -> str:
    return max(words, key=lambda word: (word.isalpha(), words[word], len(word))).decode(encoding, "replace")
